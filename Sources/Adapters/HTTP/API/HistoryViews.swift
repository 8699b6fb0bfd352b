public import SagaValues

/// One row of a history.
public struct HistoryItem: Codable, Sendable {
    public var revision: Int
    public var at: Timestamp
    /// What happened: `started`, `done`, `rejected`, `timer`, `retry-requested`, …
    public var kind: String
    public var step: String?
    /// Which item of an `each` it is about, from 0.
    public var item: Int?
    public var direction: String?
    public var attempt: Int?
    /// What came with it: the input, an output, an error.
    public var data: JSON?
    /// What had become due, if a timer fired: in words.
    public var due: String?
    /// What it led to, in short sentences.
    public var effects: [String]
    /// Where the saga stood after it.
    public var status: String

    public init(
        revision: Int, at: Timestamp, kind: String, step: String?, item: Int? = nil, direction: String?,
        attempt: Int?, data: JSON?, due: String? = nil, effects: [String], status: String
    ) {
        self.revision = revision
        self.at = at
        self.kind = kind
        self.step = step
        self.item = item
        self.direction = direction
        self.attempt = attempt
        self.data = data
        self.due = due
        self.effects = effects
        self.status = status
    }
}

public struct HistoryPage: Codable, Sendable {
    public var history: [HistoryItem]
    /// Pass it as `after` for the next page; nil on the last.
    public var next: Int?

    public init(history: [HistoryItem], next: Int?) {
        self.history = history
        self.next = next
    }
}

/// A start that nobody asked for in person, and that could not be made.
public struct FailedStartView: Codable, Sendable {
    /// `event` or `schedule`.
    public var source: String
    /// The event's name, or the workflow that the clock starts.
    public var name: String
    /// The event's id, or the start's idempotency key.
    public var key: String
    public var reason: String
    public var at: Timestamp

    public init(source: String, name: String, key: String, reason: String, at: Timestamp) {
        self.source = source
        self.name = name
        self.key = key
        self.reason = reason
        self.at = at
    }
}

public struct FailedStartList: Codable, Sendable {
    public var failedStarts: [FailedStartView]

    public init(failedStarts: [FailedStartView]) {
        self.failedStarts = failedStarts
    }
}
