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
        var conditions = Conditions(first: .int64(Int64(limit)))
        if let cursor { conditions.add("number < ", .int64(cursor)) }
        if let saga = filter.saga { conditions.add("saga_id = ", .uuid(saga)) }
        if let subject = filter.subject { conditions.add("subject = ", .text(subject)) }
        if let verb = filter.verb { conditions.add("verb = ", .text(verb)) }
        if let outcome = filter.outcome { conditions.add("outcome = ", .text(outcome.rawValue)) }
        if let tenant = filter.tenant { conditions.add("tenant = ", .text(tenant)) }
        if let workflow = filter.workflow { conditions.add("workflow = ", .text(workflow)) }
        if let time = filter.after { conditions.add("at > ", .timestamp(time)) }
        if let time = filter.before { conditions.add("at < ", .timestamp(time)) }
        if let text = filter.text { conditions.add(text: text, in: ["reason"]) }
        let statement = PostgresStatement(
            """
            SELECT number, at, saga_id, subject, credential, role, address, verb, outcome, tenant, workflow, step, reason,
                detail::text
            FROM saga_audit \(conditions.clause)
            ORDER BY number DESC LIMIT $1
            """, name: "audit_records", isReadOnly: true)
        let rows = try await ask(statement, conditions.values, narrower: filter.unused)
        return try Decoding.all(rows) { (row) throws(PostgresError) in try row.auditRecord() }
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

extension AuditFilter {
    /// What would narrow it down, by the names that the API has for it.
    fileprivate var unused: [String] {
        var names: [String] = []
        if saga == nil { names.append("saga") }
        if subject == nil { names.append("subject") }
        if after == nil { names.append("after") }
        if before == nil { names.append("before") }
        return names
    }
}
