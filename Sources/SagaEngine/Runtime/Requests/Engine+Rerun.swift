internal import SagaCore
internal import SagaValues

extension Engine {
    static let rerunVerb = "rerun"

    /// Starts a saga with the input of one that has ended; returns once it is committed, with its line in the audit.
    ///
    /// Asked again under the same key it finds the saga that was started before, so a lost answer does no harm.
    public func rerun(_ request: RerunRequest) async throws(EngineError) -> RerunResult {
        let asked = Asked(
            verb: Self.rerunVerb, saga: request.saga, reason: request.reason, requester: request.requester)
        return try await onRecord(asked, isRehearsal: request.isRehearsal) { () throws(EngineError) in
            try await attempt(request)
        }
    }

    private func attempt(_ request: RerunRequest) async throws(EngineError) -> RerunResult {
        guard parts.currentNode != nil else { throw .unavailable(Self.notRegistered) }
        try request.requester.demand(.operateSagas)
        let former = try await endedSaga(request)
        let key = former.origin.key
        let input = try await input(of: request.saga)
        func order(_ workflow: DeployedWorkflow) throws(EngineError) -> StartOrder {
            try StartOrder(
                workflow,
                key: StartKey(
                    tenant: key.tenant, workflow: key.workflow,
                    idempotencyKey: request.idempotencyKey ?? "rerun:\(request.saga)"),
                businessKey: former.origin.businessKey, trace: request.trace, input: input,
                rerun: Rerun(
                    of: request.saga, status: former.row.status, reason: request.reason, requester: request.requester))
        }
        guard request.isRehearsal else {
            let (result, workflow) = try await start(key.workflow, version: request.version, order)
            return RerunResult(
                saga: result.saga, version: workflow.plan.version, isNew: result.isNew,
                changes: [
                    result.isNew
                        ? "\(key.workflow) version \(workflow.plan.version) runs with the same input as saga \(result.saga)"
                        : "it was run once more before, as saga \(result.saga); nothing is started"
                ])
        }
        return try await rehearse(order(parts.catalog.findToStart(key.workflow, version: request.version)))
    }

    private func endedSaga(_ request: RerunRequest) async throws(EngineError) -> SagaSummary {
        let summary: SagaSummary?
        do throws(StoreError) {
            summary = try await parts.store.summary(request.saga)
        } catch {
            throw .unavailable(error.message)
        }
        guard let summary, request.requester.sees(tenant: summary.origin.key.tenant) else {
            throw .unknownSaga(request.saga)
        }
        if let parent = summary.origin.parent {
            throw .illegal(objection: "it is a part of saga \(parent.saga): run that once more", legal: [])
        }
        guard summary.row.status.isTerminal else {
            throw .illegal(
                objection: "it is \(summary.row.status.rawValue): only a saga that has ended is run once more",
                legal: [])
        }
        return summary
    }

    /// The first row of a history holds it.
    private func input(of saga: UUID) async throws(EngineError) -> JSON {
        let bytes: [UInt8]?
        do throws(StoreError) {
            bytes = try await parts.store.payloads([saga: [1]])[saga]?[1]
        } catch {
            throw .unavailable(error.message)
        }
        guard let bytes else {
            throw .illegal(objection: "its history, and with it its input, is no longer stored", legal: [])
        }
        guard let input = try? JSON(parsing: bytes) else { throw .fault("the input of saga \(saga) cannot be read") }
        return input
    }

    private func rehearse(_ order: StartOrder) async throws(EngineError) -> RerunResult {
        let lookup: StartLookup
        do throws(StoreError) {
            lookup = try await parts.store.lookUp(starts: [order.key], lockKeys: order.locks)
        } catch {
            throw .unavailable(error.message)
        }
        let plan = order.workflow.plan
        if let known = lookup.existing[order.key] {
            guard known.inputDigest == order.digest else { throw .keyConflict(known.saga) }
            return RerunResult(
                saga: known.saga, version: plan.version, isNew: false,
                changes: ["it was run once more before, as saga \(known.saga); nothing would be started"])
        }
        if let error = parts.catalog.refusal(toStart: order.workflow) { throw error }
        let busy = order.locks.first { lookup.taken.contains($0) }
        if let busy, plan.onBusy == .reject { throw .busy(lock: busy) }
        let line = busy.map { ", once the lock \($0) is free" } ?? ""
        return RerunResult(
            saga: nil, version: plan.version, isNew: true,
            changes: ["\(plan.workflow) version \(plan.version) would run with the same input\(line)"])
    }
}
