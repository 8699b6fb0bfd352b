internal import SagaCore
internal import SagaValues

/// A command on its way to a participant: of a step, in a direction, there is one at a time.
struct CommandPlace: Sendable, Hashable {
    let saga: UUID
    let step: Int
    let direction: Direction
}

/// What one node lets through to one participant: its breaker, its limits, and what they are counted by.
///
/// A pure value; time comes in. A limit holds over all nodes, since one node alone, the leader, sends to a participant that
/// has one, or that is being probed: the others hold back at once what they would send, and its timer brings it to the
/// leader.
struct ParticipantGate: Sendable {
    private(set) var limits = ParticipantLimits()
    private(set) var breaker: BreakerState
    private let settings: BreakerSettings
    /// What was sent and not settled, while that has to be counted; true for what was let through to find out.
    private(set) var out: [CommandPlace: Flight] = [:]
    private var bySaga: [UUID: Set<CommandPlace>] = [:]
    private var bucket: TokenBucket?
    /// What this node holds back, in the order in which it came.
    private var line: [CommandPlace] = []
    private var lineStart = 0
    private var inLine: Set<CommandPlace> = []
    /// Those whose turn has come and who have not asked yet: their places are kept free.
    private var called: [CommandPlace: Timestamp] = [:]
    /// Whether what was in flight before this node began to count is among what it counts.
    private(set) var isSurveyed = false
    /// When the last of the probes was settled; nil if none was sent, or some are out.
    private(set) var probesSettledAt: Timestamp?
    /// How many were let through since it is half-open: not more are before it is known what became of these.
    private var probesSent = 0

    struct Flight: Sendable {
        let sentAt: Timestamp
        let isProbe: Bool
    }

    /// So many of those that are held back are let go by name; the others go when their time has come.
    static let lineLimit = 10_000
    /// Whoever is called and does not come has moved on by itself.
    private static let callPatience = Duration.seconds(2)

    init(_ breaker: BreakerState, settings: BreakerSettings) {
        self.breaker = breaker
        self.settings = settings
    }

    // MARK: What is known of it

    mutating func set(_ limits: ParticipantLimits, at now: Timestamp) {
        guard limits != self.limits else { return }
        if limits.inFlight == nil { forgetFlights() }
        if limits.perSecond != self.limits.perSecond {
            bucket = limits.perSecond.map { TokenBucket(perSecond: $0, at: now) }
        }
        self.limits = limits
    }

    mutating func set(_ breaker: BreakerState) {
        guard breaker != self.breaker else { return }
        if breaker.phase != self.breaker.phase {
            probesSettledAt = nil
            probesSent = 0
            if limits.inFlight == nil { forgetFlights() }
        }
        self.breaker = breaker
    }

    /// Another node has sent meanwhile, or may have.
    mutating func forgetFlights() {
        out = [:]
        bySaga = [:]
        isSurveyed = false
    }

    /// What is in flight according to the store, told once: what this node has sent meanwhile is counted already.
    mutating func survey(_ places: [CommandPlace], at now: Timestamp) {
        for place in places where out[place] == nil { add(place, Flight(sentAt: now, isProbe: false)) }
        isSurveyed = true
    }

    var needsSurvey: Bool { limits.inFlight != nil && !isSurveyed }

    /// Whether anything is asked of it when a command is to be sent.
    var isRestricting: Bool { breaker.phase != .closed || !limits.isNone }
    private var isCounting: Bool { limits.inFlight != nil || breaker.phase == .halfOpen }
    /// Whether anybody waits here.
    var hasLine: Bool { lineStart < line.count }
    /// Whether anybody goes before what is new.
    var isAwaited: Bool { hasLine || !called.isEmpty }

    // MARK: What may go

    /// How many commands may go now, and why no more.
    struct Allowance: Sendable, Equatable {
        var left: Int
        let cause: HeldBack.Cause
    }

    mutating func allowance(isLeader: Bool, at now: Timestamp) -> Allowance {
        switch breaker.phase {
        case .open: return Allowance(left: 0, cause: .breaker)
        case .halfOpen:
            return Allowance(left: isLeader ? max(0, settings.probes - probesSent) : 0, cause: .breaker)
        case .closed: break
        }
        var allowance = Allowance(left: .max, cause: .inFlight)
        if let limit = limits.inFlight {
            allowance = Allowance(left: isLeader && isSurveyed ? max(0, limit - out.count) : 0, cause: .inFlight)
        }
        if limits.perSecond != nil {
            bucket?.fill(at: now)
            let tokens = isLeader ? bucket?.whole ?? 0 : 0
            if tokens < allowance.left { allowance = Allowance(left: tokens, cause: .rate) }
        }
        return allowance
    }

    /// When a command that is held back is looked at again if nobody lets it go before.
    ///
    /// Whoever keeps a line lets it go by name, so this is for what has lost its place there: the node has died, or the line
    /// was full.
    func until(_ place: CommandPlace, isLeader: Bool, at now: Timestamp) -> Timestamp {
        // It is for the leader to send it: it shall have it at once.
        if !isLeader, breaker.phase != .open { return now }
        let jitter = Int64(place.saga.low % UInt64(settings.recheck.wholeMicroseconds / 3 + 1))
        return max(now, breaker.nextProbe ?? now) + settings.recheck + .microseconds(jitter)
    }

    // MARK: What became of it

    mutating func sent(_ place: CommandPlace, isNew: Bool, at now: Timestamp) {
        leave(place)
        if isNew { bucket?.take(1) }
        guard isCounting, out[place] == nil else { return }
        add(place, Flight(sentAt: now, isProbe: breaker.phase == .halfOpen))
        guard breaker.phase == .halfOpen else { return }
        probesSent += 1
        probesSettledAt = nil
    }

    mutating func held(_ place: CommandPlace, isLeader: Bool) {
        settle(place, at: nil)
        called[place] = nil
        guard isLeader || breaker.phase == .open else { return }
        guard inLine.count < ParticipantGate.lineLimit, inLine.insert(place).inserted else { return }
        line.append(place)
    }

    /// The saga has moved: of its commands those are still out that `isOut` says.
    mutating func look(at saga: UUID, now: Timestamp, isOut: (CommandPlace) -> Bool) {
        guard let places = bySaga[saga] else { return }
        for place in places where !isOut(place) { settle(place, at: now) }
    }

    /// Takes those in line whose turn it is to ask again. Where they are the leader's to send, they find their way to it by
    /// that.
    mutating func takeTurns(most: Int, isLeader: Bool, at now: Timestamp) -> [CommandPlace] {
        called = called.filter { now - $0.value < ParticipantGate.callPatience }
        let count: Int
        switch breaker.phase {
        case .closed where !isLeader: count = most
        case .halfOpen where !isLeader: count = 1
        case .closed, .open, .halfOpen:
            count = min(allowance(isLeader: isLeader, at: now).left - called.count, most)
        }
        let turns = takeFirst(count)
        // Where there is no limit, nobody has to be waited for.
        if isLeader, isRestricting { for place in turns { called[place] = now } }
        return turns
    }

    private mutating func takeFirst(_ count: Int) -> [CommandPlace] {
        var taken: [CommandPlace] = []
        while taken.count < count, lineStart < line.count {
            let place = line[lineStart]
            lineStart += 1
            if inLine.remove(place) != nil { taken.append(place) }
        }
        if lineStart > 1_000, lineStart * 2 > line.count {
            line.removeFirst(lineStart)
            lineStart = 0
        }
        return taken
    }

    /// Those that were sent before a time and of which nothing was seen here: another node may have.
    func unsettled(before time: Timestamp, limit: Int) -> [CommandPlace] {
        Array(out.lazy.filter { $0.value.sentAt < time }.map(\.key).prefix(limit))
    }

    private mutating func add(_ place: CommandPlace, _ flight: Flight) {
        out[place] = flight
        bySaga[place.saga, default: []].insert(place)
    }

    private mutating func settle(_ place: CommandPlace, at now: Timestamp?) {
        guard let flight = out.removeValue(forKey: place) else { return }
        bySaga[place.saga]?.remove(place)
        if bySaga[place.saga]?.isEmpty == true { bySaga[place.saga] = nil }
        if flight.isProbe, !out.values.contains(where: \.isProbe) { probesSettledAt = now ?? probesSettledAt }
    }

    private mutating func leave(_ place: CommandPlace) {
        inLine.remove(place)
        called[place] = nil
    }
}
