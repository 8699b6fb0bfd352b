internal import Postgres
public import SagaCore
public import SagaEngine
public import SagaValues

extension PostgresStore {
    public func summary(_ id: UUID) async throws(StoreError) -> SagaSummary? {
        let results = try await StoreError.translating { () async throws(PostgresError) in
            try await readers.executeAll([(Statements.planLookups, []), (Self.summaryStatement, [.uuid(id)])])
        }
        return try Decoding.all(results[1]) { (row) throws(PostgresError) in try row.summary() }.first
    }

    public func list(_ filter: SagaFilter, after cursor: UUID?, limit: Int) async throws(StoreError) -> [SagaSummary] {
        let query = ListQuery(filter, after: cursor, limit: limit)
        let results = try await StoreError.translating { () async throws(PostgresError) in
            try await readers.executeAll([(Statements.planForTheseValues, []), (query.statement, query.parameters)])
        }
        return try Decoding.all(results[1]) { (row) throws(PostgresError) in try row.summary() }
    }

    public func history(_ id: UUID, after revision: Int, limit: Int) async throws(StoreError) -> [HistoryEntry] {
        let results = try await StoreError.translating { () async throws(PostgresError) in
            try await readers.executeAll([
                (Statements.planLookups, []),
                (Statements.history, [.uuid(id), .int32(Int32(clamping: revision)), .int64(Int64(limit))]),
            ])
        }
        return try Decoding.all(results[1]) { (row) throws(PostgresError) in try row.historyEntry() }
    }

    public func incidents(
        saga: UUID?, tenant: String?, openOnly: Bool, limit: Int
    ) async throws(StoreError) -> [IncidentRecord] {
        var conditions: [String] = []
        var parameters: [PostgresParameter] = [.int64(Int64(limit))]
        if let saga {
            parameters.append(.uuid(saga))
            conditions.append("saga_id = $2")
        }
        if let tenant {
            parameters.append(.text(tenant))
            conditions.append(
                "(SELECT o.tenant FROM saga_origins o WHERE o.id = saga_id OFFSET 0) = $\(parameters.count)")
        }
        if openOnly { conditions.append("resolved_at IS NULL") }
        let statement = PostgresStatement(
            """
            SELECT saga_id, opened_revision, step, participant, cause, error_code, error_message, opened_at,
                resolved_at, resolution
            FROM saga_incidents \(conditions.isEmpty ? "" : "WHERE " + conditions.joined(separator: " AND "))
            ORDER BY opened_at DESC, saga_id DESC, opened_revision DESC LIMIT $1
            """, name: "incidents")
        let rows = try await StoreError.translating { () async throws(PostgresError) in
            try await readers.execute(statement, parameters)
        }
        return try Decoding.all(rows) { (row) throws(PostgresError) in try row.incident() }
    }

    public func lockPlaces(of saga: UUID) async throws(StoreError) -> [LockPlace] {
        let results = try await StoreError.translating { () async throws(PostgresError) in
            try await readers.executeAll([(Statements.planLookups, []), (Self.lockPlaces, [.uuid(saga)])])
        }
        return try Decoding.all(results[1]) { (row) throws(PostgresError) in
            LockPlace(key: try row.text(0), holder: try row.optionalUUID(1), ahead: Int(try row.int64(2)))
        }
    }

    private static let lockPlaces = PostgresStatement(
        """
        SELECT own.key, (SELECT saga_id FROM saga_locks WHERE key = own.key AND held),
            (SELECT count(*) FROM saga_locks WHERE key = own.key AND NOT held AND place < own.place)
        FROM saga_locks own WHERE own.saga_id = $1 AND NOT own.held ORDER BY own.ordinal
        """, name: "lock_places")

    public func ping() async throws(StoreError) -> Timestamp {
        let rows = try await StoreError.translating { () async throws(PostgresError) in
            try await readers.execute(Statements.ping)
        }
        let (now, isReadOnly, isAllowed) = try StoreError.reading { () throws(PostgresError) in
            (try rows[0].timestamp(0), try rows[0].bool(1), try rows[0].bool(2))
        }
        guard !isReadOnly else { throw StoreError(.refused, "SAGA-0409: the database is read-only") }
        guard isAllowed else { throw StoreError(.refused, "SAGA-0411: the database user may not write") }
        return now
    }

    private static let summaryStatement = PostgresStatement(
        "SELECT \(ListQuery.columns) FROM (SELECT $1::uuid AS id) AS found \(ListQuery.joins)", name: "summary")
}

extension PostgresRow {
    /// From the columns of ``ListQuery/columns``.
    fileprivate func summary() throws(PostgresError) -> SagaSummary? {
        guard let row = try sagaRow(from: 1) else { return nil }
        return SagaSummary(id: try uuid(0), origin: try origin(from: 8), workflowVersion: Int(try int32(23)), row: row)
    }
}
