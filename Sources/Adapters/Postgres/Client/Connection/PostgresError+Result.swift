internal import CPostgres

extension PostgresError {
    /// What the server said. Nil when libpq made the error up because the connection is gone.
    init?(_ result: QueryResult) {
        guard let sqlState = result.errorField(Int32(cpostgres_diag_sqlstate)), !sqlState.isEmpty else { return nil }
        let primary = result.errorField(Int32(cpostgres_diag_message_primary)) ?? "no message"
        self.init(
            Code(sqlState: sqlState),
            Scrubbing.withoutValues(primary, sqlState: sqlState),
            sqlState: sqlState,
            constraint: result.errorField(Int32(cpostgres_diag_constraint_name)),
            detail: result.errorField(Int32(cpostgres_diag_message_detail))
        )
    }
}

extension QueryResult {
    /// Whether the server ended the session with this error.
    var endsSession: Bool {
        let severity = errorField(Int32(cpostgres_diag_severity))
        return severity == "FATAL" || severity == "PANIC"
    }
}
