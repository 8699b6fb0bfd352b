public import SagaValues

/// A wish to hand a domain event to one saga, as if its publisher had sent it, and to no other.
public struct SignalRequest: Sendable {
    public let saga: UUID
    /// Its name is the routing key; the saga takes one of each id, wherever that comes from.
    public let event: DomainEvent
    /// The revision the person saw; the request is refused if the saga has moved on. nil: whatever it is.
    public let expectedRevision: Int?
    public let reason: String
    public let requester: Requester
    /// Whether only what would come of it is wanted: nothing is kept.
    public let isRehearsal: Bool

    public init(
        saga: UUID, event: DomainEvent, expectedRevision: Int? = nil, reason: String, requester: Requester,
        isRehearsal: Bool = false
    ) {
        self.saga = saga
        self.event = event
        self.expectedRevision = expectedRevision
        self.reason = reason
        self.requester = requester
        self.isRehearsal = isRehearsal
    }
}
