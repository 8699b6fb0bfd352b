internal import Logging
internal import SagaCore
internal import SagaValues

extension Engine {
    private static let signalVerb = "signal"

    /// Hands an event to a saga that listens for it, now or later; returns once it is kept, with its line in the audit,
    /// and whatever came of it at once is committed.
    ///
    /// Asked again with the same id it is the same event.
    public func signal(_ request: SignalRequest) async throws(EngineError) -> OperatorResult {
        let asked = Asked(
            verb: Self.signalVerb, saga: request.saga, reason: request.reason, requester: request.requester)
        return try await onRecord(asked, isRehearsal: request.isRehearsal) { () throws(EngineError) in
            try await attempt(request)
        }
    }

    private func attempt(_ request: SignalRequest) async throws(EngineError) -> OperatorResult {
        guard parts.currentNode != nil else { throw .unavailable(Self.notRegistered) }
        try request.requester.demand(.operateSagas)
        let rehearsal: Result<(LoadedSaga, OperatorResult), EngineError>
        do throws(StoreError) {
            rehearsal = try await rehearse(request)
        } catch {
            throw .unavailable(error.message)
        }
        let (loaded, before) = try rehearsal.get()
        guard !request.isRehearsal else { return before }
        let audit = AuditRecord(
            at: parts.clock.now, author: .init(request.requester), verb: Self.signalVerb, outcome: .done,
            tenant: loaded.origin.key.tenant, saga: request.saga, workflow: loaded.origin.key.workflow,
            reason: request.reason,
            detail: [
                "event": .string(request.event.name), "id": .string(request.event.id),
                "changes": .array(before.changes.map { .string($0) }),
            ])
        let kept = parts.catalog.keyed(request.event, for: .init(saga: request.saga, audit: audit))
        guard await isDelivered(kept) else {
            throw .unavailable("whether the event is kept is not known; with the same id it is safe to ask again")
        }
        do throws(StoreError) {
            guard let row = try await parts.store.summary(request.saga)?.row else { return before }
            return OperatorResult(status: row.status, revision: row.revision, changes: before.changes)
        } catch {
            throw .unavailable(error.message)
        }
    }

    private func isDelivered(_ event: KeptEvent) async -> Bool {
        await withCheckedContinuation { continuation in
            let delivery = Delivery(parts: 1) { continuation.resume(returning: $0 == .arrived) }
            if !parts.inbox.put([.arrived(event, nil, delivery)]) { delivery.settle(.lost) }
        }
    }

    /// What would come of it; nothing is written.
    private func rehearse(
        _ request: SignalRequest
    ) async throws(StoreError) -> Result<(LoadedSaga, OperatorResult), EngineError> {
        guard let stored = try await parts.store.load([request.saga]).first,
            request.requester.sees(tenant: stored.origin.key.tenant)
        else { return .failure(.unknownSaga(request.saga)) }
        try await parts.catalog.learn(ids: [stored.origin.workflowID])
        guard let workflow = parts.catalog.find(id: stored.origin.workflowID),
            var loaded = LoadedSaga(stored, workflow: workflow)
        else { return .failure(.fault("the stored state of saga \(stored.id) cannot be read")) }
        if let expected = request.expectedRevision, expected != stored.row.revision {
            return .failure(.moved(revision: stored.row.revision))
        }
        if try await parts.store.hasTaken(event: request.event.id, saga: request.saga) {
            let objection = "it has taken an event with the id \(request.event.id)"
            return .failure(.illegal(objection: objection, legal: []))
        }
        guard let event = try? JSON(parsing: request.event.body) else {
            return .failure(.fault("the body of an event is no JSON"))
        }
        let steps = loaded.plan.steps
        let change: String
        switch loaded.process.hearing(of: event, named: request.event.name) {
        case .now(let step): change = "step \(steps[step].name) takes the event \(request.event.name)"
        case .later(let later):
            let names = later.map { steps[$0].name }.joined(separator: " or ")
            change = "the event \(request.event.name) is kept until step \(names) listens for it"
        case .never(let objection): return .failure(.illegal(objection: objection, legal: []))
        }
        return .success(
            (loaded, OperatorResult(status: stored.row.status, revision: stored.row.revision, changes: [change])))
    }

    /// Hands over what was kept for a saga and did not get there, since the node that took it in died, say; one node does
    /// so for all.
    func watchSignals() async {
        while !Task.isCancelled {
            if parts.isLeader {
                do {
                    let found = try await parts.store.signalsWaitedFor(limit: parts.configuration.batchLimit)
                    if !found.isEmpty { parts.postpone(found.map { .event($0) }) }
                } catch {
                    guard !Task.isCancelled else { return }
                    parts.log.warning("cannot look for events that wait for a saga", metadata: ["error": "\(error)"])
                }
            }
            try? await Task.sleep(for: parts.configuration.signalPoll)
        }
    }
}
