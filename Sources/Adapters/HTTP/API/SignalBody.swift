public import SagaValues

/// `POST /v1/sagas/{id}/signal`: an event for this saga alone. Answered as the verbs are.
public struct SignalBody: Codable, Sendable {
    /// The event's name: `payment.refunded`.
    public var event: String
    /// What it is told apart by: the saga takes one event of each id, wherever that comes from.
    public var id: String
    /// Its body, an object.
    public var body: JSON
    /// Why; it stays in the audit.
    public var reason: String
    /// Whether only what would come of it is wanted.
    public var dryRun: Bool?

    public static let members: Set<String> = ["event", "id", "body", "reason", "dryRun"]

    public init(event: String, id: String, body: JSON, reason: String, dryRun: Bool? = nil) {
        self.event = event
        self.id = id
        self.body = body
        self.reason = reason
        self.dryRun = dryRun
    }
}
