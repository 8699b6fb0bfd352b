public import SagaCore
public import SagaValues

/// A domain event that a saga publishes.
public struct OutgoingEvent: Sendable, Hashable {
    /// The step's command id: with it, whoever listens knows a repetition.
    public let id: CommandID
    /// The routing key: `device.created`.
    public let name: String
    public let body: JSON
    public let trace: TraceContext?

    public init(id: CommandID, name: String, body: JSON, trace: TraceContext?) {
        self.id = id
        self.name = name
        self.body = body
        self.trace = trace
    }
}

/// A domain event as it came off the broker.
public struct IncomingEvent: Sendable, Hashable {
    /// What its publisher calls it, if it says so.
    public let messageID: String?
    /// The routing key.
    public let name: String
    public let body: [UInt8]
    /// How often it was handed out before and came back, as far as the broker counts that.
    public let redeliveries: Int
    /// The trace that it was published in.
    public let trace: TraceContext?
    public let receipt: EventReceipt

    public init(
        messageID: String?, name: String, body: [UInt8], redeliveries: Int, trace: TraceContext? = nil,
        receipt: EventReceipt
    ) {
        self.trace = trace
        self.messageID = messageID
        self.name = name
        self.body = body
        self.redeliveries = redeliveries
        self.receipt = receipt
    }
}

/// What an event is acknowledged by.
public struct EventReceipt: Sendable, Hashable {
    /// Which connection it came over: a receipt means nothing to the next one.
    public let generation: UInt64
    public let tag: UInt64

    public init(generation: UInt64, tag: UInt64) {
        self.generation = generation
        self.tag = tag
    }
}

/// A domain event that came in.
public struct DomainEvent: Sendable, Hashable {
    /// Told by its publisher; the same event may come more than once, and is one event.
    public let id: String
    public let name: String
    /// UTF-8 JSON.
    public let body: [UInt8]

    public init(id: String, name: String, body: [UInt8]) {
        self.id = id
        self.name = name
        self.body = body
    }
}

/// A step that waits for events.
public struct EventWait: Sendable, Hashable {
    public let saga: UUID
    public let step: String
    /// Events that the store got before, by its clock, are none of its.
    public let since: Timestamp
    public let keys: [EventKey]

    public init(saga: UUID, step: String, since: Timestamp, keys: [EventKey]) {
        self.saga = saga
        self.step = step
        self.since = since
        self.keys = keys
    }
}

/// A step that waits no longer, and the event that ended it.
public struct EndedWait: Sendable, Hashable {
    public let saga: UUID
    public let step: String
    /// Taken by this saga: no other step of it gets it. Nil if no event ended the wait.
    public let event: String?

    public init(saga: UUID, step: String, event: String?) {
        self.saga = saga
        self.step = step
        self.event = event
    }
}

/// An event that a step waits for.
public struct MatchedEvent: Sendable, Hashable {
    public let saga: UUID
    public let step: String
    public let event: DomainEvent

    public init(saga: UUID, step: String, event: DomainEvent) {
        self.saga = saga
        self.step = step
        self.event = event
    }
}

/// An event to keep, with all that somebody may find it by.
public struct KeptEvent: Sendable, Hashable {
    public let event: DomainEvent
    public let keys: [EventKey]
    /// The only saga that may take it; nil for one that its publisher sent to whomever it concerns.
    public let recipient: Recipient?

    public init(event: DomainEvent, keys: [EventKey], recipient: Recipient? = nil) {
        self.event = event
        self.keys = keys
        self.recipient = recipient
    }

    /// A saga that a person hands an event to.
    public struct Recipient: Sendable, Hashable {
        public let saga: UUID
        /// Written when the event is kept, and with it.
        public let audit: AuditRecord

        public init(saga: UUID, audit: AuditRecord) {
            self.saga = saga
            self.audit = audit
        }
    }

    /// What it is kept under. What a person hands to one saga takes no other's place; see ``IncomingEvent``, which has none
    /// of these names.
    public var name: String {
        recipient.map { "\(Self.signalPrefix)\($0.saga):\(event.id)" } ?? event.id
    }

    static let signalPrefix = "signal:"
}

/// What became of events that were kept.
public struct KeptEvents: Sendable, Hashable {
    /// The steps that wait for them, the oldest event first.
    public let matches: [MatchedEvent]
    /// How often a workflow version was deployed, activated or retired, seen once the events were stored. Whoever knows of
    /// fewer does not know all that somebody may look for in an event, and keeps it once more when it does; nor all that it
    /// may start. 0 if there were no events.
    public let catalogRevision: Int

    public init(matches: [MatchedEvent], catalogRevision: Int) {
        self.matches = matches
        self.catalogRevision = catalogRevision
    }
}
