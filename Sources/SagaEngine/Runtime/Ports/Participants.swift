public import SagaValues

/// What became of commands to a participant within some time.
public struct ParticipantTally: Sendable, Hashable {
    public var done = 0
    /// Refused for a business reason, which is an answer like another.
    public var refused = 0
    /// Answered `retry` or `unknown`: not now, or nobody knows.
    public var transient = 0
    /// Not answered within the attempt's timeout.
    public var timedOut = 0
    /// No queue took them.
    public var unroutable = 0

    public init(done: Int = 0, refused: Int = 0, transient: Int = 0, timedOut: Int = 0, unroutable: Int = 0) {
        self.done = done
        self.refused = refused
        self.transient = transient
        self.timedOut = timedOut
        self.unroutable = unroutable
    }

    /// What shows that the participant works.
    public var successes: Int { done + refused }
    public var failures: Int { transient + timedOut + unroutable }
    public var total: Int { successes + failures }
    public var isEmpty: Bool { total == 0 }

    public static func += (left: inout Self, right: Self) {
        left.done += right.done
        left.refused += right.refused
        left.transient += right.transient
        left.timedOut += right.timedOut
        left.unroutable += right.unroutable
    }
}

/// How many commands a participant gets at most, over all nodes; nil does not limit.
public struct ParticipantLimits: Sendable, Hashable {
    /// Sent and not answered, at the same time.
    public var inFlight: Int?
    public var perSecond: Int?

    public static let most = 100_000

    public init(inFlight: Int? = nil, perSecond: Int? = nil) {
        self.inFlight = inFlight
        self.perSecond = perSecond
    }

    public var isNone: Bool { self == ParticipantLimits() }
}

/// Where a circuit breaker stands (Nygard, "Release It!", 2007). Shared by all nodes.
public struct BreakerState: Sendable, Hashable {
    public enum Phase: String, Sendable, Hashable, CaseIterable {
        /// Commands go through.
        case closed
        /// None goes through until the next probe.
        case open
        /// A few go through: what becomes of them decides.
        case halfOpen = "half-open"
    }

    /// Who moves it.
    public enum Mode: String, Sendable, Hashable, CaseIterable {
        /// What is seen of the participant.
        case automatic
        /// A person had it opened, and only a person closes it.
        case open
        /// A person had it closed: it does not open.
        case closed
    }

    public var phase: Phase
    public var mode: Mode
    public var since: Timestamp
    /// Why it stands there, in a sentence without a full stop.
    public var reason: String
    /// When the first commands are let through again; only while it is open by itself.
    public var nextProbe: Timestamp?
    /// How often it has opened in a row.
    public var openings: Int

    public init(
        phase: Phase, mode: Mode, since: Timestamp, reason: String, nextProbe: Timestamp? = nil, openings: Int = 0
    ) {
        self.phase = phase
        self.mode = mode
        self.since = since
        self.reason = reason
        self.nextProbe = nextProbe
        self.openings = openings
    }
}

/// The queue of a participant's commands, as the broker describes it.
public struct QueueState: Sendable, Hashable {
    /// Nil if there is no such queue.
    public let consumers: Int?
    /// Commands that wait there.
    public let ready: Int

    public init(consumers: Int?, ready: Int) {
        self.consumers = consumers
        self.ready = ready
    }

    public static let missing = QueueState(consumers: nil, ready: 0)
}

/// What a node has seen of a participant since it told of it last.
public struct ParticipantNote: Sendable, Hashable {
    public let name: String
    public var tally = ParticipantTally()
    public var lastReplyAt: Timestamp?
    public var lastFailureAt: Timestamp?
    public var lastFailure: String?
    public var queue: QueueState?

    public init(name: String) {
        self.name = name
    }

    public mutating func add(_ other: ParticipantNote) {
        tally += other.tally
        lastReplyAt = [lastReplyAt, other.lastReplyAt].compactMap(\.self).max()
        if other.lastFailureAt ?? .init(microseconds: .min) >= lastFailureAt ?? .init(microseconds: .min) {
            lastFailureAt = other.lastFailureAt ?? lastFailureAt
            lastFailure = other.lastFailure ?? lastFailure
        }
        queue = other.queue ?? queue
    }
}

/// What all nodes know of a participant.
public struct ParticipantRecord: Sendable, Hashable {
    public let name: String
    public var limits: ParticipantLimits
    /// Nil as long as nothing had to be decided about it: then it is closed.
    public var breaker: BreakerState?
    /// Counts up with each change of the breaker.
    public var version: Int
    public var lastReplyAt: Timestamp?
    public var lastFailureAt: Timestamp?
    public var lastFailure: String?
    public var queue: QueueState?
    /// When the queue was looked at.
    public var queueSeenAt: Timestamp?
    /// Since when nobody takes commands off the queue; nil if somebody does.
    public var unattendedSince: Timestamp?
    /// What the breaker goes by: the last seconds, but nothing from before it moved.
    public var counted: ParticipantTally
    /// Of the last five minutes.
    public var recent: ParticipantTally

    public init(
        name: String, limits: ParticipantLimits = .init(), breaker: BreakerState? = nil, version: Int = 0,
        lastReplyAt: Timestamp? = nil,
        lastFailureAt: Timestamp? = nil, lastFailure: String? = nil, queue: QueueState? = nil,
        queueSeenAt: Timestamp? = nil, unattendedSince: Timestamp? = nil, counted: ParticipantTally = .init(),
        recent: ParticipantTally = .init()
    ) {
        self.name = name
        self.limits = limits
        self.breaker = breaker
        self.version = version
        self.lastReplyAt = lastReplyAt
        self.lastFailureAt = lastFailureAt
        self.lastFailure = lastFailure
        self.queue = queue
        self.queueSeenAt = queueSeenAt
        self.unattendedSince = unattendedSince
        self.counted = counted
        self.recent = recent
    }
}

/// What is to be different about a participant.
public enum ParticipantChange: Sendable, Hashable {
    case limits(ParticipantLimits)
    case breaker(BreakerState)
}

/// Where what is known of participants is kept, for all nodes.
public protocol ParticipantStore: Sendable {
    /// Adds what this node has seen, and gives all that is known, in the order of the names.
    ///
    /// Called again after a lost answer it may count a note twice.
    /// - Parameter window: how far back a breaker looks.
    func exchange(
        _ notes: [ParticipantNote], window: Duration
    ) async throws(StoreError) -> [ParticipantRecord]

    /// Changes what is set of a participant, which need not be known, and adds the line to the audit: both or nothing.
    ///
    /// - Parameter version: ``ParticipantRecord/version`` as it was when this was decided; if the breaker has moved since,
    ///   nothing is written. nil: wherever it stands.
    /// - Returns: whether it was written.
    func change(
        participant name: String, _ change: ParticipantChange, ifAt version: Int?, audit: AuditRecord?
    ) async throws(StoreError) -> Bool

    /// Forgets outcomes that nobody asks for any more: those from before a time.
    func dropOutcomes(before: Timestamp) async throws(StoreError)
}

extension ParticipantRecord {
    /// How many participants are kept track of: far more than there are, so that names from outside cannot fill the store.
    public static let most = 1_000
    /// What ``recent`` goes back.
    public static let recently = Duration.seconds(300)
}
