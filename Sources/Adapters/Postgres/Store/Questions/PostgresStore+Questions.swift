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
        let workflows = try await admitted(filter.workflow, filter.version)
        if let workflows, workflows.isEmpty { return [] }
        let query = ListQuery(filter, workflows: workflows, after: cursor, limit: limit)
        let rows = try await ask(query.statement, query.parameters, narrower: filter.unused)
        return try Decoding.all(rows) { (row) throws(PostgresError) in try row.summary() }
    }

    /// The row ids of the versions that a filter admits; nil for all. Looked up first, so that the planner sees how
    /// common they are.
    func admitted(_ workflow: String?, _ version: Int?) async throws(StoreError) -> [Int32]? {
        guard workflow != nil || version != nil else { return nil }
        // A version that no column could hold is none that is stored.
        let number = version.map { Int32(exactly: $0) ?? -1 }
        let rows = try await StoreError.translating { () async throws(PostgresError) in
            try await readers.execute(
                Self.versions, [workflow.map { .text($0) } ?? .null, number.map { .int32($0) } ?? .null])
        }
        return try Decoding.all(rows) { (row) throws(PostgresError) in try row.int32(0) }
    }

    /// One question of a person, planned for its values, and given up when it reads for too long.
    ///
    /// - Parameter narrower: filters that the person has not used.
    func ask(
        _ statement: PostgresStatement, _ parameters: [PostgresParameter], narrower: [String]
    ) async throws(StoreError) -> PostgresRows {
        let limit = patience.wholeMicroseconds / 1_000
        do throws(PostgresError) {
            return try await readers.executeAll([
                (Statements.planForTheseValues, []), (Self.giveUp, [.text("\(limit)ms")]), (statement, parameters),
            ])[2]
        } catch {
            throw tooMuch(error, narrower: narrower)
        }
    }

    /// The server gives up a statement that takes too long; any other error is told as it is.
    func tooMuch(_ error: PostgresError, narrower: [String]) -> StoreError {
        guard error.sqlState == "57014" else { return StoreError(error) }
        return StoreError(
            .tooMuch,
            "no answer within \(patience.sagaText)"
                + (narrower.isEmpty ? "" : "; narrow it down with \(narrower.joined(separator: ", "))"))
    }

    static let giveUp = PostgresStatement(
        "SELECT set_config('statement_timeout', $1, true)", name: "give_up", isReadOnly: true)
    private static let versions = PostgresStatement(
        """
        SELECT id FROM workflow_versions WHERE ($1::text IS NULL OR workflow = $1) AND ($2::int IS NULL OR version = $2)
        ORDER BY id
        """, name: "versions", isReadOnly: true)

    public func history(_ id: UUID, after revision: Int, limit: Int) async throws(StoreError) -> [HistoryEntry] {
        let results = try await StoreError.translating { () async throws(PostgresError) in
            try await readers.executeAll([
                (Statements.planLookups, []),
                (Statements.history, [.uuid(id), .int32(Int32(clamping: revision)), .int64(Int64(limit))]),
            ])
        }
        return try Decoding.all(results[1]) { (row) throws(PostgresError) in try row.historyEntry() }
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

    /// By the ids alone, as ``Statements/planLookups`` asks: the index of versions would be a way to the origins too.
    private static let summaryStatement = PostgresStatement(
        """
        SELECT \(ListQuery.columns)
        FROM (SELECT * FROM sagas WHERE id = $1 OFFSET 0) AS s
        CROSS JOIN (SELECT * FROM saga_origins WHERE id = $1 OFFSET 0) AS o
        JOIN workflow_versions v ON v.id = o.workflow_id
        """, name: "summary", isReadOnly: true)
}

extension PostgresRow {
    /// From the columns of ``ListQuery/columns``.
    func summary() throws(PostgresError) -> SagaSummary? {
        guard let row = try sagaRow(from: 1) else { return nil }
        return SagaSummary(id: try uuid(0), origin: try origin(from: 8), workflowVersion: Int(try int32(24)), row: row)
    }
}

extension SagaFilter {
    /// What would narrow it down, by the names that the API has for it.
    var unused: [String] {
        var names: [String] = []
        if workflow == nil { names.append("workflow") }
        if statuses.isEmpty { names.append("status") }
        if startedAfter == nil { names.append("startedAfter") }
        if startedBefore == nil { names.append("startedBefore") }
        return names
    }
}
