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

    /// Does what somebody asked about a saga. What is refused has its line in the audit, unless it was a rehearsal.
    func onRecord<Result: Sendable>(
        _ asked: Asked, isRehearsal: Bool, _ attempt: () async throws(EngineError) -> Result
    ) async throws(EngineError) -> Result {
        do throws(EngineError) {
            return try await attempt()
        } catch {
            if !isRehearsal { await recordRefusal(of: asked, error) }
            throw error
        }
    }

    /// Notes what a person was refused, if it is about a saga that they may know of.
    func recordRefusal(of asked: Asked, _ error: EngineError) async {
        var leftOut = 0
        if case .forbidden = error {
            guard let missing = parts.denials.take(asked.requester) else { return }
            leftOut = missing
        }
        do {
            guard let record = try await refusalRecord(of: asked, error, leftOut: leftOut) else { return }
            try await parts.store.audit([record])
        } catch {
            parts.log.warning(
                "a refusal is missing in the audit",
                metadata: ["saga": "\(asked.saga)", "verb": "\(asked.verb)", "error": "\(error)"])
        }
    }

    /// The line about it; nil if it was no refusal, or they may not know of the saga.
    ///
    /// - Parameter leftOut: how many before it are missing.
    func refusalRecord(
        of asked: Asked, _ error: EngineError, leftOut: Int = 0
    ) async throws(StoreError) -> AuditRecord? {
        guard let why = error.refusal, let origin = try await parts.store.summary(asked.saga)?.origin,
            asked.requester.sees(tenant: origin.key.tenant)
        else { return nil }
        var detail = DenialBudget.detail(why, leftOut: leftOut)
        detail["job"] = asked.job.map { .string($0.description) }
        return AuditRecord(
            at: parts.clock.now, author: .init(asked.requester), verb: asked.verb, outcome: .refused,
            tenant: origin.key.tenant, saga: asked.saga, workflow: origin.key.workflow, step: asked.step,
            reason: asked.reason, detail: .object(detail))
    }
}

/// What somebody asked about a saga, as the audit tells it.
struct Asked: Sendable {
    let verb: String
    let saga: UUID
    var step: String?
    let reason: String
    let requester: Requester
    /// The job that asked for them.
    var job: UUID?
}

extension Asked {
    init(_ request: OperatorRequest) {
        self.init(
            verb: request.verb.name, saga: request.saga, step: request.verb.step, reason: request.reason,
            requester: request.requester, job: request.item?.job)
    }
}

extension EngineError {
    /// Why a person was told no; nil if it was not that.
    fileprivate var refusal: String? {
        switch self {
        case .illegal(let objection, _): objection
        case .forbidden(let why): why
        case .moved(let revision): "it was at revision \(revision)"
        case .retiredVersion(_, let version, _): "version \(version) is retired"
        case .unknownWorkflow, .activeVersion, .invalidInput, .unusableLock, .keyConflict, .busy, .unknownSaga,
            .unknownParticipant, .overloaded,
            .unavailable, .fault:
            nil
        }
    }
}
