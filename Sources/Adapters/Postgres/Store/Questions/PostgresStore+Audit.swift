internal import Postgres
public import SagaEngine
internal import SagaValues

extension PostgresStore {
    public func audit(_ records: [AuditRecord]) async throws(StoreError) {
        guard !records.isEmpty else { return }
        _ = try await StoreError.translating { () async throws(PostgresError) in
            try await watcher.execute(AuditColumns.statement, AuditColumns(records).parameters)
        }
    }

    public func auditRecords(
        _ filter: AuditFilter, before cursor: Int64?, limit: Int
    ) async throws(StoreError) -> [StoredAuditRecord] {
        var parameters: [PostgresParameter] = [.int64(Int64(limit))]
        var conditions: [String] = []
        func add(_ condition: (String) -> String, _ value: PostgresParameter?) {
            guard let value else { return }
            parameters.append(value)
            conditions.append(condition("$\(parameters.count)"))
        }
        add({ "number < \($0)" }, cursor.map { .int64($0) })
        add({ "saga_id = \($0)" }, filter.saga.map { .uuid($0) })
        add({ "subject = \($0)" }, filter.subject.map { .text($0) })
        add({ "verb = \($0)" }, filter.verb.map { .text($0) })
        add({ "outcome = \($0)" }, filter.outcome.map { .text($0.rawValue) })
        add({ "tenant = \($0)" }, filter.tenant.map { .text($0) })
        add({ "workflow = \($0)" }, filter.workflow.map { .text($0) })
        add({ "at > \($0)" }, filter.after.map { .timestamp($0) })
        add({ "at < \($0)" }, filter.before.map { .timestamp($0) })
        // The characters of a pattern have no meaning of their own here.
        add({ "strpos(lower(reason), lower(\($0) COLLATE \"C\")) > 0" }, filter.text.map { .text($0) })
        let statement = PostgresStatement(
            """
            SELECT number, at, saga_id, subject, credential, role, address, verb, outcome, tenant, workflow, step, reason,
                detail::text
            FROM saga_audit \(conditions.isEmpty ? "" : "WHERE " + conditions.joined(separator: " AND "))
            ORDER BY number DESC LIMIT $1
            """, name: "audit_records")
        let results = try await StoreError.translating { () async throws(PostgresError) in
            try await readers.executeAll([(Statements.planForTheseValues, []), (statement, parameters)])
        }
        return try Decoding.all(results[1]) { (row) throws(PostgresError) in try row.auditRecord() }
    }
}

extension PostgresRow {
    fileprivate func auditRecord() throws(PostgresError) -> StoredAuditRecord? {
        guard let outcome = AuditRecord.Outcome(rawValue: try text(8)),
            let detail = try? JSON(parsing: try text(13))
        else { return nil }
        let author = AuditRecord.Author(
            subject: try text(3), credential: try text(4), role: try text(5), address: try optionalText(6))
        return StoredAuditRecord(
            number: try int64(0),
            record: AuditRecord(
                at: try timestamp(1), author: author, verb: try text(7), outcome: outcome, tenant: try optionalText(9),
                saga: try optionalUUID(2), workflow: try optionalText(10), step: try optionalText(11),
                reason: try text(12), detail: detail))
    }
}
