public import SagaValues

/// A message that nobody could take.
public struct DeadLetterView: Codable, Sendable {
    public var id: UUID
    /// `open`, `put-back` or `discarded`.
    public var status: String
    public var receivedAt: Timestamp
    public var lastSeenAt: Timestamp
    /// How often it came.
    public var seen: Int
    /// Why it died: a code, and the same in words.
    public var reason: String
    public var detail: String
    /// Where it was published first.
    public var exchange: String?
    public var routingKey: String?
    /// From which the broker moved it.
    public var queue: String?
    public var messageId: String?
    public var correlationId: String?
    public var type: String?
    public var appId: String?
    /// The saga that its correlation id names.
    public var saga: UUID?
    public var bodyBytes: Int
    /// False if it was too large to be kept as it was.
    public var isWhole: Bool
    public var endedAt: Timestamp?
    public var endedBy: String?
    public var endReason: String?
    /// Its AMQP properties and headers; of one by itself.
    public var properties: JSON?
    /// Its body, if it was asked for and is text.
    public var body: String?
    /// False if the body was asked for and is no text.
    public var bodyIsText: Bool?

    public init(
        id: UUID, status: String, receivedAt: Timestamp, lastSeenAt: Timestamp, seen: Int, reason: String,
        detail: String, exchange: String?, routingKey: String?, queue: String?, messageId: String?,
        correlationId: String?, type: String?, appId: String?, saga: UUID?, bodyBytes: Int, isWhole: Bool,
        endedAt: Timestamp?, endedBy: String?, endReason: String?
    ) {
        self.id = id
        self.status = status
        self.receivedAt = receivedAt
        self.lastSeenAt = lastSeenAt
        self.seen = seen
        self.reason = reason
        self.detail = detail
        self.exchange = exchange
        self.routingKey = routingKey
        self.queue = queue
        self.messageId = messageId
        self.correlationId = correlationId
        self.type = type
        self.appId = appId
        self.saga = saga
        self.bodyBytes = bodyBytes
        self.isWhole = isWhole
        self.endedAt = endedAt
        self.endedBy = endedBy
        self.endReason = endReason
    }
}

/// `GET /v1/dead-letters`
public struct DeadLetterPage: Codable, Sendable {
    public var deadLetters: [DeadLetterView]
    /// The cursor of the next page; nil if this is the last.
    public var next: UUID?

    public init(deadLetters: [DeadLetterView], next: UUID?) {
        self.deadLetters = deadLetters
        self.next = next
    }
}

/// `POST /v1/dead-letters/{id}/put-back` and `…/discard`
public struct DeadLetterBody: Codable, Sendable {
    /// Why; it stays in the audit. Needed to discard.
    public var reason: String?
    /// Whether only what would come of it is wanted.
    public var dryRun: Bool?

    /// The names that it may have.
    public static let members: Set = ["reason", "dryRun"]

    public init(reason: String?, dryRun: Bool? = nil) {
        self.reason = reason
        self.dryRun = dryRun
    }
}

/// What was done with a dead letter, or would be.
public struct DeadLetterAnswer: Codable, Sendable {
    public var id: UUID
    public var status: String
    /// In sentences.
    public var changes: [String]
    /// Whether nothing was done, since only that was wanted.
    public var dryRun: Bool

    public init(id: UUID, status: String, changes: [String], dryRun: Bool) {
        self.id = id
        self.status = status
        self.changes = changes
        self.dryRun = dryRun
    }
}
