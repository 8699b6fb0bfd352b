internal import HTTPTypes
internal import Hummingbird
internal import SagaAPI
internal import SagaCore
internal import SagaEngine
internal import SagaValues
internal import ServiceLifecycle

/// Sagas: start, get, list, history.
struct SagaRoutes {
    private let engine: Engine
    private let store: any SagaStore
    private let views: Views

    init(engine: Engine, store: any SagaStore) {
        self.engine = engine
        self.store = store
        self.views = Views(engine: engine, store: store)
    }

    func add(to group: Routes) {
        group.post("sagas", .startSagas, use: start)
        group.get("sagas", .seeSagas, use: list)
        group.get("sagas/:id", .seeSagas, use: get)
        group.get("sagas/:id/history", .seeSagas, use: history)
        group.get("incidents", .seeIncidents, use: incidents)
        group.get("failed-starts", .seeFailedStarts, use: failedStarts)
    }

    private func start(_ request: Request, _ call: Call) async throws -> Answer<SagaDetail> {
        let key = try request.idempotencyKey()
        let body = try await request.decode(StartBody.self, members: StartBody.members)
        try Problem.checkLabel(body.tenant, "tenant")
        try Problem.checkLabel(body.businessKey, "businessKey")
        guard body.input.bytes.count <= Limits.input else {
            throw Problem.tooLarge("an input may have \(Limits.input) bytes at most")
        }
        let result = try await engine.start(
            StartRequest(
                workflow: body.workflow, version: body.version,
                tenant: try call.requester.tenant(for: body.tenant) ?? "default", idempotencyKey: key,
                businessKey: body.businessKey, input: body.input, trace: request.trace))
        try await waitForEnd(of: result.saga, request.preferredWait, for: call.requester)
        var detail = try await views.detail(result.saga, for: call.requester)
        detail.isNew = result.isNew
        return Answer(detail, status: result.isNew ? .created : .ok)
    }

    private func get(_ request: Request, _ call: Call) async throws -> Answer<SagaDetail> {
        let id = try call.sagaID()
        try await waitForEnd(of: id, request.preferredWait, for: call.requester)
        return Answer(try await views.detail(id, for: call.requester))
    }

    /// As long as the caller prefers, but not into the server's own end: requests under way hold it up.
    private func waitForEnd(of saga: UUID, _ preferred: Duration?, for requester: Requester) async throws {
        guard let preferred else { return }
        // How long an answer takes must not tell of another tenant's saga.
        _ = try await views.summary(saga, for: requester)
        do {
            try await cancelWhenGracefulShutdown {
                _ = try await engine.waitForEnd(saga, upTo: preferred)
            }
        } catch {
            // The store may not answer a task that was cancelled; what is asked next tells what there is.
            guard Task.isShuttingDownGracefully else { throw error }
        }
    }

    private func list(_ request: Request, _ call: Call) async throws -> Answer<SagaPage> {
        try request.checkQuery([
            "status", "workflow", "tenant", "businessKey", "key", "incident", "startedAfter", "startedBefore", "limit",
            "cursor", "parent", "children",
        ])
        var filter = SagaFilter()
        let names = Saga.Status.allCases.map(\.rawValue).joined(separator: ", ")
        filter.statuses =
            try request.query("status", "one or more of \(names), with commas between them") { text in
                let statuses = text.split(separator: ",", omittingEmptySubsequences: false).map {
                    Saga.Status(rawValue: String($0))
                }
                return statuses.contains(nil) ? nil : Set(statuses.compactMap(\.self))
            } ?? []
        filter.workflow = try request.query("workflow")
        let tenant = try request.query("tenant")
        filter.tenant = call.requester.tenant ?? tenant
        filter.businessKey = try request.query("businessKey")
        filter.idempotencyKey = try request.query("key")
        filter.withIncident = try request.query("incident", "true or false") { Bool($0) } ?? false
        let time = "an ISO 8601 time such as 2026-11-21T10:00:00Z"
        filter.startedAfter = try request.query("startedAfter", time) { Timestamp(iso8601: $0) }
        filter.startedBefore = try request.query("startedBefore", time) { Timestamp(iso8601: $0) }
        filter.parent = try request.query("parent", "a saga's id") { UUID($0) }
        filter.withChildren = try request.query("children", "true or false") { Bool($0) } ?? false
        let limit = try request.limit()
        let cursor = try request.query("cursor", "what \"next\" of the page before says") { UUID($0) }
        // Of another tenant there is nothing.
        if let tenant, !call.requester.sees(tenant: tenant) { return Answer(SagaPage(sagas: [], next: nil)) }
        let sagas = try await store.list(filter, after: cursor, limit: limit)
        return Answer(
            SagaPage(sagas: sagas.map { SagaListItem($0) }, next: sagas.count == limit ? sagas.last?.id : nil))
    }

    private func history(_ request: Request, _ call: Call) async throws -> Answer<HistoryPage> {
        try request.checkQuery(["after"])
        let id = try call.sagaID()
        let after = try request.query("after", "a revision, 0 or more") { text in
            Int(text).flatMap { $0 >= 0 ? $0 : nil }
        }
        return Answer(try await views.history(id, after: after ?? 0, for: call.requester))
    }

    private func failedStarts(
        _ request: Request, _ call: Call
    ) async throws -> Answer<FailedStartList> {
        try request.checkQuery([])
        let found = try await store.failedStarts(limit: Limits.page)
        return Answer(
            FailedStartList(
                failedStarts: found.map {
                    FailedStartView(
                        source: $0.source.rawValue, name: $0.name, key: $0.key, reason: $0.reason, at: $0.at)
                }))
    }

    private func incidents(_ request: Request, _ call: Call) async throws -> Answer<IncidentList> {
        try request.checkQuery(["saga", "all"])
        let saga = try request.query("saga", "a saga's id") { UUID($0) }
        let all = try request.query("all", "true or false") { Bool($0) } ?? false
        let found = try await store.incidents(
            saga: saga, tenant: call.requester.tenant, openOnly: !all, limit: Limits.page)
        return Answer(IncidentList(incidents: found.map { IncidentView($0) }))
    }
}
