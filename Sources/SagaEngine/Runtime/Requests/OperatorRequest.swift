public import SagaCore
public import SagaValues

/// What a person asks of a saga.
public struct OperatorRequest: Sendable {
    public let saga: UUID
    public let verb: Verb
    /// The revision the person saw; the request is refused if the saga has moved on. nil: whatever it is.
    public let expectedRevision: Int?
    public let reason: String
    /// Who asks; the history keeps the subject.
    public let requester: Requester
    /// Whether only what would come of it is wanted: nothing is written, and nothing sent.
    public let isRehearsal: Bool
    /// The item of a job that it carries out; what it does is written only if that has no outcome yet.
    public let item: JobItemName?

    public enum Verb: Sendable, Hashable {
        /// An attempt now, with a fresh budget; nil: every step that waits for a person or its next attempt.
        case retry(step: String?)
        /// An attempt now with another body, as ``patch(step:_:)`` makes it.
        case retryPatched(step: String, JSON)
        case compensate
        /// Gives or refuses the consent that a step waits for; nil: the only step that waits for one.
        case approve(step: String?, isGiven: Bool)
        /// Goes on without a step, as if it had this output.
        case skip(step: String, output: JSON?, isForced: Bool)
        /// Says what became of a step; the output is that of one that is done.
        case resolve(step: String, SagaEvent.Resolution, output: JSON?)
        /// Changes the body of a step's command as a merge patch says (RFC 7396).
        case patch(step: String, JSON)
        case pause
        case resume
        case abandon
        /// Has it go on by another version of its workflow.
        case migrate(version: Int)
    }

    public init(
        saga: UUID, verb: Verb, expectedRevision: Int?, reason: String, requester: Requester,
        isRehearsal: Bool = false, item: JobItemName? = nil
    ) {
        self.saga = saga
        self.verb = verb
        self.expectedRevision = expectedRevision
        self.reason = reason
        self.requester = requester
        self.isRehearsal = isRehearsal
        self.item = item
    }
}

/// What came of a request, or would come of it.
public struct OperatorResult: Sendable, Hashable {
    public let status: Saga.Status
    /// Of a rehearsal the one that the saga has, and keeps.
    public let revision: Int
    /// In sentences.
    public let changes: [String]
}
