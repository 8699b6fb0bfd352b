internal import Logging
internal import SagaCore
public import SagaValues

extension Engine {
    /// Adds a line to the audit about something that changes no saga.
    ///
    /// - Parameter saga: the one that it is about all the same, and whose that is.
    /// - Throws: `unavailable` if it cannot be kept: then what it is about must not be said to be done.
    public func audit(
        _ verb: String, _ outcome: AuditRecord.Outcome, by requester: Requester,
        about saga: (tenant: String, id: UUID)? = nil, workflow: String? = nil, step: String? = nil, reason: String,
        detail: JSON = [:]
    ) async throws(EngineError) {
        let record = AuditRecord(
            at: parts.clock.now, author: .init(requester), verb: verb, outcome: outcome,
            tenant: saga?.tenant ?? requester.tenant, saga: saga?.id, workflow: workflow, step: step, reason: reason,
            detail: detail)
        do throws(StoreError) {
            try await parts.store.audit([record])
        } catch {
            throw .unavailable("the audit cannot be written: \(error.message)")
        }
    }

    /// What a person was refused, if it is about a saga that they may know of.
    func recordRefusal(
        of verb: String, by requester: Requester, about saga: UUID, step: String? = nil, reason: String,
        _ error: EngineError
    ) async {
        guard let why = error.refusal else { return }
        do {
            guard let origin = try await parts.store.summary(saga)?.origin, requester.sees(tenant: origin.key.tenant)
            else { return }
            try await parts.store.audit([
                AuditRecord(
                    at: parts.clock.now, author: .init(requester), verb: verb, outcome: .refused,
                    tenant: origin.key.tenant, saga: saga, workflow: origin.key.workflow, step: step, reason: reason,
                    detail: ["refusal": .string(why)])
            ])
        } catch {
            parts.log.warning(
                "a refusal is missing in the audit",
                metadata: ["saga": "\(saga)", "verb": "\(verb)", "error": "\(error)"])
        }
    }
}

extension EngineError {
    /// Why a person was told no; nil if it was not that.
    fileprivate var refusal: String? {
        switch self {
        case .illegal(let objection, _): objection
        case .forbidden(let why): why
        case .moved(let revision): "it was at revision \(revision)"
        case .unknownWorkflow, .invalidInput, .unusableLock, .keyConflict, .busy, .unknownSaga, .overloaded,
            .unavailable, .fault:
            nil
        }
    }
}
