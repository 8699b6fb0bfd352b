internal import SagaCore
internal import SagaValues

/// A wish to activate or to retire a version of a workflow.
public struct VersionRequest: Sendable {
    public let workflow: String
    public let version: Int
    public let deed: VersionDeed
    public let reason: String
    public let requester: Requester
    /// Whether only what would come of it is wanted: nothing is changed.
    public let isRehearsal: Bool

    public init(
        workflow: String, version: Int, deed: VersionDeed, reason: String, requester: Requester,
        isRehearsal: Bool = false
    ) {
        self.workflow = workflow
        self.version = version
        self.deed = deed
        self.reason = reason
        self.requester = requester
        self.isRehearsal = isRehearsal
    }
}

/// What came of it, or would come of it.
public struct VersionResult: Sendable, Hashable {
    /// As it is, or would be, afterwards.
    public let state: VersionState
    /// How many sagas of the version are open, parts of others among them; nil if they are too many to be counted.
    public let openSagas: Int?
    /// In sentences.
    public let changes: [String]
}

extension Engine {
    /// How it is with a deployed version, as far as this node has heard of it.
    public func standing(of workflow: DeployedWorkflow) -> VersionStanding? { parts.catalog.standing(of: workflow.id) }

    /// Activates or retires a version, with its line in the audit; returns once it is committed. Other nodes hear of it
    /// within ``EngineConfiguration/catalogPoll``; but no start with a retired version is committed by any of them.
    public func change(_ request: VersionRequest) async throws(EngineError) -> VersionResult {
        do throws(EngineError) {
            return try await attempt(request)
        } catch {
            if !request.isRehearsal, case .activeVersion = error {
                try await audit(
                    request.deed.verb, .refused, by: request.requester, workflow: request.workflow,
                    reason: request.reason,
                    detail: [
                        "version": .number(String(request.version)), "refusal": .string(error.startRefusal),
                    ])
            }
            throw error
        }
    }

    private func attempt(_ request: VersionRequest) async throws(EngineError) -> VersionResult {
        guard parts.currentNode != nil else { throw .unavailable(Self.notRegistered) }
        try request.requester.demand(.deployWorkflows)
        let catalog = parts.catalog
        do throws(StoreError) {
            // Decided by what is so now, and not by what this node heard last.
            try await catalog.refresh()
        } catch {
            throw .unavailable(error.message)
        }
        guard let id = catalog.id(of: request.workflow, version: request.version),
            let former = catalog.standing(of: id), let active = catalog.active(of: request.workflow)
        else { throw .unknownWorkflow(request.workflow, version: request.version) }
        if request.deed == .retire, former.state == .active {
            throw .activeVersion(request.workflow, version: request.version)
        }
        if !request.isRehearsal { try await carryOut(request, id, former: former, active: active) }
        let open = await openSagas(of: request)
        return VersionResult(
            state: request.deed.state, openSagas: open,
            changes: request.changes(former, active: active.version) + [request.told(of: open)])
    }

    private func carryOut(
        _ request: VersionRequest, _ id: Int32, former: VersionStanding, active: VersionStanding
    ) async throws(EngineError) {
        let line = AuditRecord(
            at: parts.clock.now, author: .init(request.requester), verb: request.deed.verb, outcome: .done,
            tenant: request.requester.tenant, workflow: request.workflow, reason: request.reason,
            detail: [
                "version": .number(String(request.version)), "before": .string(former.state.rawValue),
                "active": .number(String(request.deed == .activate ? request.version : active.version)),
                "activeBefore": .number(String(active.version)),
            ])
        do throws(StoreError) {
            // Its times count from now on, not from when the leader first looks.
            if request.deed == .activate, parts.catalog.find(id: id)?.plan.schedule != nil {
                _ = try await parts.store.schedules(of: [request.workflow])
            }
            let change = try await parts.store.change(
                version: request.version, of: request.workflow, request.deed, audit: line)
            for record in change.versions { _ = try? parts.catalog.learn(record) }
        } catch {
            throw .unavailable(error.message)
        }
        // Somebody else may have been quicker, and meant it otherwise.
        switch (request.deed, parts.catalog.standing(of: id)?.state) {
        case (.activate, .active), (.retire, .retired): return
        case (.retire, .active): throw .activeVersion(request.workflow, version: request.version)
        case (.activate, _), (.retire, _): throw .unavailable("somebody else changed the versions of it meanwhile")
        }
    }

    /// Nil if they are too many, or the store would have to look too long: what was asked for does not hang on it.
    private func openSagas(of request: VersionRequest) async -> Int? {
        var filter = SagaFilter()
        filter.workflow = request.workflow
        filter.version = request.version
        filter.statuses = Set(Saga.Status.allCases.filter { !$0.isTerminal })
        filter.withChildren = true
        let most = VersionResult.countedAtMost
        guard let found = try? await parts.store.affected(by: filter, limit: most), found.count <= most else {
            return nil
        }
        return found.count
    }
}

extension VersionResult {
    /// More open sagas than this are not counted.
    public static let countedAtMost = 10_000
}

extension VersionDeed {
    fileprivate var state: VersionState {
        switch self {
        case .activate: .active
        case .retire: .retired
        }
    }
}

extension VersionRequest {
    /// What it does, or would do, to a version that is as it is.
    fileprivate func changes(_ former: VersionStanding, active: Int) -> [String] {
        let name = "version \(version) of \(workflow)"
        switch (deed, former.state) {
        case (.activate, .active): return ["\(name) is active already; nothing is changed"]
        case (.retire, .retired): return ["\(name) is retired already; nothing is changed"]
        case (.activate, .inactive), (.activate, .retired):
            let back = former.state == .retired ? ["\(name) is no longer retired"] : []
            return back + ["starts that name no version take \(name) in place of version \(active)"]
        case (.retire, .inactive), (.retire, .active): return ["no saga starts with \(name) any more"]
        }
    }

    fileprivate func told(of open: Int?) -> String {
        guard let open else { return "its open sagas, which go on untouched, are too many to be counted here" }
        return open == 0
            ? "no saga of it is open"
            : "\(open == 1 ? "1 saga of it is open and goes" : "\(open) sagas of it are open and go") on"
    }
}
