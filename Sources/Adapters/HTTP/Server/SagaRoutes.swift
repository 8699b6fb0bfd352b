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
        group.post("sagas", .startSagas, .startSaga, use: start)
        group.get("sagas", .seeSagas, .listSagas, use: list)
        group.get("sagas/:id", .seeSagas, .getSaga, use: get)
        group.get("sagas/:id/history", .seeSagas, .getHistory, use: history)
        group.get("failed-starts", .seeFailedStarts, .listFailedStarts, use: failedStarts)
    }

    private func start(_ request: Request, _ call: Call) async throws -> Answer<SagaDetail> {
        let key = try request.idempotencyKey()
        let body = try await request.decode(StartBody.self, members: StartBody.members)
        try Problem.checkLabel(body.tenant, "tenant")
        try Problem.checkLabel(body.businessKey, "businessKey")
        try Problem.checkVersion(body.version)
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
        let whose = try request.whose(call.requester)
        var filter = try request.sagaFilter()
        filter.tenant = whose.tenant
        let limit = try request.limit()
        let cursor = try request.query("cursor", "what \"next\" of the page before says") { UUID($0) }
        guard whose != .nobodys else { return Answer(SagaPage(sagas: [], next: nil)) }
        let sagas = try await store.list(filter, after: cursor, limit: limit)
        return Answer(
            SagaPage(sagas: sagas.map { SagaListItem($0) }, next: sagas.count == limit ? sagas.last?.id : nil))
    }

    private func history(_ request: Request, _ call: Call) async throws -> Answer<HistoryPage> {
        let id = try call.sagaID()
        let after = try request.query("after", "a revision, 0 or more") { text in
            Limits.whole(text, 0...Int.max)
        }
        return Answer(try await views.history(id, after: after ?? 0, for: call.requester))
    }

    private func failedStarts(
        _ request: Request, _ call: Call
    ) async throws -> Answer<FailedStartList> {
        let found = try await store.failedStarts(limit: Limits.page)
        return Answer(
            FailedStartList(
                failedStarts: found.map {
                    FailedStartView(
                        source: $0.source.rawValue, name: $0.name, key: $0.key, reason: $0.reason, at: $0.at)
                }))
    }
}
