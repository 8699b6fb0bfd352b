internal import Logging
internal import SagaCore
public import SagaValues

extension Engine {
    /// Adds a line to the audit about a request that a role does not allow, before anything of it was looked at.
    ///
    /// - Parameters:
    ///   - request: what was asked, without what the requester filled in.
    ///   - saga: named in the line if they may know of it, so that the saga's own people see it.
    public func recordDenial(
        of request: String, about saga: UUID?, why: String, by requester: Requester
    ) async {
        guard let leftOut = parts.denials.take(requester) else { return }
        do throws(StoreError) {
            var origin: SagaOrigin?
            if let saga, let found = try await parts.store.summary(saga)?.origin,
                requester.sees(tenant: found.key.tenant)
            {
                origin = found
            }
            var detail = DenialBudget.detail(why, leftOut: leftOut)
            detail["request"] = .string(request)
            let line = AuditRecord(
                at: parts.clock.now, author: .init(requester), verb: "denied", outcome: .refused,
                tenant: origin?.key.tenant ?? requester.tenant, saga: origin == nil ? nil : saga,
                workflow: origin?.key.workflow, reason: "", detail: .object(detail))
            try await parts.store.audit([line])
        } catch {
            parts.log.warning(
                "a refusal is missing in the audit",
                metadata: ["request": "\(request)", "subject": "\(requester.subject)", "error": "\(error)"])
        }
    }
}
