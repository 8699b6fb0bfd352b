public import SagaValues

/// A participant: how it is, what is set of it, and what was seen of it.
public struct ParticipantView: Codable, Sendable {
    public var name: String
    /// `up`, `failing`, `down` or `unknown`.
    public var health: String
    /// In a sentence, without a full stop.
    public var why: String
    /// Whether a deployed workflow names it.
    public var isNamed: Bool
    public var breaker: BreakerView
    public var limits: LimitsView
    public var lastReplyAt: Timestamp?
    public var lastFailureAt: Timestamp?
    public var lastFailure: String?
    /// Of its commands; nil as long as nobody has looked.
    public var queue: QueueView?
    /// Commands that were sent and not answered.
    public var inFlight: Int
    /// Commands that are not sent for now.
    public var heldBack: Int
    /// Whether there may be more of both: not all open sagas were looked at.
    public var isPartial: Bool
    /// Of the last five minutes.
    public var outcomes: OutcomesView

    public init(
        name: String, health: String, why: String, isNamed: Bool, breaker: BreakerView, limits: LimitsView,
        lastReplyAt: Timestamp?, lastFailureAt: Timestamp?, lastFailure: String?, queue: QueueView?, inFlight: Int,
        heldBack: Int, isPartial: Bool, outcomes: OutcomesView
    ) {
        self.name = name
        self.health = health
        self.why = why
        self.isNamed = isNamed
        self.breaker = breaker
        self.limits = limits
        self.lastReplyAt = lastReplyAt
        self.lastFailureAt = lastFailureAt
        self.lastFailure = lastFailure
        self.queue = queue
        self.inFlight = inFlight
        self.heldBack = heldBack
        self.isPartial = isPartial
        self.outcomes = outcomes
    }
}

/// Where a circuit breaker stands.
public struct BreakerView: Codable, Sendable {
    /// `closed`, `open` or `half-open`.
    public var state: String
    /// `automatic`, or `open` or `closed` by a person.
    public var mode: String
    /// Nil of one about which nothing was ever decided.
    public var since: Timestamp?
    public var reason: String?
    public var nextProbeAt: Timestamp?

    public init(state: String, mode: String, since: Timestamp?, reason: String?, nextProbeAt: Timestamp?) {
        self.state = state
        self.mode = mode
        self.since = since
        self.reason = reason
        self.nextProbeAt = nextProbeAt
    }
}

/// What a participant gets at most; what is left out is not limited.
public struct LimitsView: Codable, Sendable {
    public var inFlight: Int?
    public var perSecond: Int?

    public init(inFlight: Int?, perSecond: Int?) {
        self.inFlight = inFlight
        self.perSecond = perSecond
    }
}

public struct QueueView: Codable, Sendable {
    /// Nil if there is no such queue.
    public var consumers: Int?
    public var ready: Int
    public var seenAt: Timestamp?

    public init(consumers: Int?, ready: Int, seenAt: Timestamp?) {
        self.consumers = consumers
        self.ready = ready
        self.seenAt = seenAt
    }
}

public struct OutcomesView: Codable, Sendable {
    public var done: Int
    public var refused: Int
    /// Answered `retry` or `unknown`.
    public var transient: Int
    public var timedOut: Int
    public var unroutable: Int

    public init(done: Int, refused: Int, transient: Int, timedOut: Int, unroutable: Int) {
        self.done = done
        self.refused = refused
        self.transient = transient
        self.timedOut = timedOut
        self.unroutable = unroutable
    }
}

/// `GET /v1/participants`
public struct ParticipantList: Codable, Sendable {
    public var participants: [ParticipantView]

    public init(participants: [ParticipantView]) {
        self.participants = participants
    }
}

/// `POST /v1/participants/{name}/limits`. What is left out, or null, is not limited.
public struct LimitsBody: Codable, Sendable {
    public var inFlight: Int?
    public var perSecond: Int?
    public var reason: String

    public static let members: Set<String> = ["inFlight", "perSecond", "reason"]

    public init(inFlight: Int?, perSecond: Int?, reason: String) {
        self.inFlight = inFlight
        self.perSecond = perSecond
        self.reason = reason
    }
}

/// `POST /v1/participants/{name}/breaker`
public struct BreakerBody: Codable, Sendable {
    /// `open`, `closed` or `automatic`.
    public var mode: String
    public var reason: String

    public static let members: Set<String> = ["mode", "reason"]

    public init(mode: String, reason: String) {
        self.mode = mode
        self.reason = reason
    }
}
