internal import Hummingbird
internal import SagaAPI
internal import SagaEngine
internal import SagaValues

/// Who asked for what, and what came of it.
struct AuditRoutes {
    let store: any SagaStore

    func add(to group: Routes) {
        group.get("audit", .seeAudit, .listAudit, use: list)
    }

    private func list(_ request: Request, _ call: Call) async throws -> Answer<AuditPage> {
        var filter = AuditFilter()
        filter.saga = try request.query("saga", "a saga's id") { UUID($0) }
        filter.subject = try request.query("subject")
        filter.verb = try request.query("verb")
        filter.outcome = try request.query("outcome", "done or refused") { AuditRecord.Outcome(rawValue: $0) }
        filter.workflow = try request.query("workflow")
        let whose = try request.whose(call.requester)
        filter.tenant = whose.tenant
        (filter.after, filter.before) = (try request.time("after"), try request.time("before"))
        filter.text = try request.query("text", atMost: Limits.text)
        let limit = try request.limit()
        let cursor = try request.query("cursor", "what \"next\" of the page before says") { text in
            Limits.whole(text, 1...Int.max).map { Int64($0) }
        }
        guard whose != .nobodys else { return Answer(AuditPage(audit: [], next: nil)) }
        let found = try await store.auditRecords(filter, before: cursor, limit: limit)
        return Answer(
            AuditPage(audit: found.map { AuditView($0) }, next: found.count == limit ? found.last?.number : nil))
    }
}

extension AuditView {
    fileprivate init(_ stored: StoredAuditRecord) {
        let record = stored.record
        self.init(
            number: stored.number, at: record.at, subject: record.author.subject,
            credential: record.author.credential, role: record.author.role, address: record.author.address,
            verb: record.verb, outcome: record.outcome.rawValue, tenant: record.tenant, saga: record.saga,
            workflow: record.workflow, step: record.step, reason: record.reason,
            detail: (try? JSON(parsing: record.detail)) ?? .null)
    }
}
