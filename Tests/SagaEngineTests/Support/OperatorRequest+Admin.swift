import SagaEngine
import SagaValues

extension OperatorRequest {
    /// What somebody asks who may do everything.
    init(
        saga: UUID, verb: Verb, expectedRevision: Int?, reason: String, subject: String, isRehearsal: Bool = false
    ) {
        self.init(
            saga: saga, verb: verb, expectedRevision: expectedRevision, reason: reason,
            requester: Requester(subject: subject, credential: "test", role: .admin), isRehearsal: isRehearsal)
    }
}
