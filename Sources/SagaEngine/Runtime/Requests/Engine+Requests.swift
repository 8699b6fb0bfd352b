internal import SagaCore
public import SagaValues
internal import Synchronization
public import Workflows

extension Engine {
    /// Takes in replies. They are acknowledged once what they led to is committed.
    public func receive(_ replies: [IncomingReply]) {
        parts.inbox.put(replies.map(Input.reply))
    }

    /// Starts a saga, or finds the one that was started with the same key and input.
    ///
    /// Returns once the start is committed. When it fails with `unavailable` the outcome is not known; the
    /// same call with the same key is safe.
    public func start(_ request: StartRequest) async throws(EngineError) -> StartResult {
        // Until then nobody reads the inbox, and no workflow is known.
        guard parts.currentNode != nil else { throw .unavailable(Self.notRegistered) }
        let key = StartKey(
            tenant: request.tenant, workflow: request.workflow, idempotencyKey: request.idempotencyKey)
        return try await start(request.workflow, version: request.version) { workflow throws(EngineError) in
            try StartOrder(
                workflow, key: key, businessKey: request.businessKey, trace: request.trace, input: request.input)
        }.result
    }

    /// Starts the version asked for, or the active one. If that is retired before the saga is there, another one is active.
    func start(
        _ name: String, version: Int?, _ order: (DeployedWorkflow) throws(EngineError) -> StartOrder
    ) async throws(EngineError) -> (result: StartResult, workflow: DeployedWorkflow) {
        for _ in 0..<3 {
            let workflow = try parts.catalog.findToStart(name, version: version)
            do throws(EngineError) {
                return (try await start(order(workflow)), workflow)
            } catch {
                guard version == nil, case .retiredVersion = error else { throw error }
            }
        }
        throw .unavailable("the versions of \(name) change faster than a saga can be started")
    }

    func start(_ order: StartOrder) async throws(EngineError) -> StartResult {
        let result = await withCheckedContinuation { continuation in
            let start = PendingStart(order: order, answer: Answer(continuation))
            switch parts.inbox.put(start: start) {
            case .taken: break
            case .full: start.answer.fail(.overloaded)
            case .closed: start.answer.fail(.unavailable("the node is stopping"))
            }
        }
        return try result.get()
    }

    /// Does what an operator asks of a saga; returns once it is committed, with its line in the audit. What is refused
    /// has one too.
    public func perform(_ request: OperatorRequest) async throws(EngineError) -> OperatorResult {
        try await onRecord(Asked(request), isRehearsal: request.isRehearsal) { () throws(EngineError) in
            try await attempt(request)
        }
    }

    /// What is refused leaves no trace.
    func attempt(_ request: OperatorRequest) async throws(EngineError) -> OperatorResult {
        guard parts.currentNode != nil else { throw .unavailable(Self.notRegistered) }
        if case .abandon = request.verb {
            try request.requester.demand(request.verb.permission)
            try await checkParentHasEnded(request.saga, for: request.requester)
        }
        let result = await put(request)
        guard case .failure(.unknownWorkflow) = result else { return try result.get() }
        // A version to move to may have been deployed through another node a moment ago.
        do throws(StoreError) {
            try await parts.catalog.refresh()
        } catch {
            throw .unavailable(error.message)
        }
        return try await put(request).get()
    }

    private func put(_ request: OperatorRequest) async -> Result<OperatorResult, EngineError> {
        await withCheckedContinuation { continuation in
            let input = Input.request(PendingRequest(request: request, answer: Answer(continuation)))
            if !parts.inbox.put([input]) { input.fail(.unavailable("the node is stopping")) }
        }
    }

    /// A parent waits for its children's word, and what an abandoned one had to say nobody knows.
    private func checkParentHasEnded(_ saga: UUID, for requester: Requester) async throws(EngineError) {
        let waiting: UUID?
        do throws(StoreError) {
            let origin = try await parts.store.summary(saga)?.origin
            let parent = origin.flatMap { requester.sees(tenant: $0.key.tenant) ? $0.parent?.saga : nil }
            let summary = if let parent { try await parts.store.summary(parent) } else { nil as SagaSummary? }
            waiting = summary?.row.status.isTerminal == false ? parent : nil
        } catch {
            throw .unavailable(error.message)
        }
        guard let waiting else { return }
        throw .illegal(
            objection: "it is a part of saga \(waiting), which waits for it: abandon that first", legal: [])
    }

    /// Waits until a saga has ended, for `limit` at most; then gives it as it is. nil if it does not exist.
    public func waitForEnd(_ saga: UUID, upTo limit: Duration) async throws(StoreError) -> SagaSummary? {
        let signal = parts.watch(saga)
        defer { parts.forget(signal, of: saga) }
        let deadline = ContinuousClock.now + limit
        while true {
            let summary = try await parts.store.summary(saga)
            let left = deadline - .now
            guard let summary, !summary.row.status.isTerminal, left > .zero, !Task.isCancelled else { return summary }
            // Another node may be the one that ends it, so its word is not waited for alone.
            await signal.wait(upTo: min(left, .seconds(1)))
        }
    }

    /// Has the ends that this node commits told to `observer`, at once and in batches: for benchmarks.
    public func observeEnds(_ observer: @escaping @Sendable ([UUID]) -> Void) {
        parts.endObserver.withLock { $0 = observer }
    }

    /// Reads and checks a definition, as ``Workflow/compile(_:file:knowsTimeZone:)`` does; here its time zone too.
    public func compile(_ source: [UInt8], file: String) throws(WorkflowErrors) -> Workflow {
        let zones = parts.zones
        return try Workflow.compile(source, file: file) { zones.clock(of: $0) != nil }
    }

    /// Deploys a checked workflow; sagas that run keep the version they began with.
    public func deploy(_ workflow: Workflow) async throws(StoreError) -> WorkflowRecord {
        let record = try await parts.store.deploy(
            workflow: workflow.plan.workflow, version: workflow.plan.version, digest: workflow.digest,
            source: workflow.source)
        // Its times count from now on, not from when the leader first looks.
        if workflow.plan.schedule != nil { _ = try await parts.store.schedules(of: [workflow.plan.workflow]) }
        try parts.catalog.learn(record)
        return record
    }

    /// The versions that this node knows, in the order of their deployment.
    public var workflows: [DeployedWorkflow] { parts.catalog.all }

    /// A deployed version, or the active one.
    public func workflow(named name: String, version: Int?) -> DeployedWorkflow? {
        parts.catalog.find(name, version: version)
    }

    /// A deployed version by its id in the store.
    public func workflow(id: Int32) -> DeployedWorkflow? { parts.catalog.find(id: id) }
}
