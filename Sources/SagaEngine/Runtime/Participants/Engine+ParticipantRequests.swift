internal import SagaCore
internal import SagaValues

/// A participant as people see it.
public struct ParticipantStatus: Sendable, Hashable {
    public enum Health: String, Sendable, Hashable, CaseIterable {
        /// Answers.
        case up
        /// Many of its answers are failures.
        case failing
        /// Its breaker is open, or nobody takes its commands.
        case down
        /// Nothing was heard of it lately.
        case unknown
    }

    public let record: ParticipantRecord
    public let health: Health
    /// In a sentence without a full stop.
    public let why: String
    /// The breaker where it stands, also if nothing was ever decided about it.
    public let breaker: BreakerState
    /// Commands that were sent and not answered, and those that are held back.
    public let inFlight: Int
    public let heldBack: Int
    /// Whether there may be more of both: not all open sagas were looked at.
    public let isPartial: Bool
    /// Whether a deployed workflow names it.
    public let isNamed: Bool
}

extension Engine {
    /// All participants that a workflow names or that anything is known of, in the order of their names.
    public func participants() async throws(EngineError) -> [ParticipantStatus] {
        let (records, flights, names) = try await look()
        let now = parts.clock.now
        let known = Set(records.map(\.name))
        let all = records + names.subtracting(known).map { ParticipantRecord(name: $0) }
        return all.sorted { $0.name < $1.name }.map {
            ParticipantStatus($0, flights, isNamed: names.contains($0.name), parts.configuration.breaker, at: now)
        }
    }

    private func look() async throws(EngineError) -> ([ParticipantRecord], Flights, Set<String>) {
        do throws(StoreError) {
            let records = try await parts.store.exchange([], window: parts.configuration.breaker.window)
            return (records, try await flights(among: Engine.lookedAt), Set(parts.participantNames))
        } catch {
            throw .unavailable(error.message)
        }
    }

    /// Sets how many commands a participant gets; nil in both lifts the limits. Every node keeps to it within seconds.
    public func limit(
        participant name: String, to limits: ParticipantLimits, reason: String, by requester: Requester
    ) async throws(EngineError) {
        try requester.demand(.governParticipants)
        let record = try await known(name)
        try await change(
            name, .limits(limits), verb: "participant-limit", reason: reason, by: requester,
            detail: ["before": record.limits.json, "after": limits.json])
    }

    /// Has a person decide where the breaker stands; `automatic` hands it back, closed.
    public func setBreaker(
        of name: String, to mode: BreakerState.Mode, reason: String, by requester: Requester
    ) async throws(EngineError) {
        try requester.demand(.governParticipants)
        let record = try await known(name)
        let now = parts.clock.now
        let said = "\(requester.subject): \(reason)"
        let next: BreakerState
        let verb: String
        switch mode {
        case .open: (next, verb) = (BreakerState(phase: .open, mode: .open, since: now, reason: said), "breaker-open")
        case .closed:
            (next, verb) = (BreakerState(phase: .closed, mode: .closed, since: now, reason: said), "breaker-close")
        case .automatic:
            (next, verb) = (
                BreakerState(phase: .closed, mode: .automatic, since: now, reason: said), "breaker-automatic"
            )
        }
        try await change(
            name, .breaker(next), verb: verb, reason: reason, by: requester,
            detail: ["before": record.breaker.map { .string("\($0.phase.rawValue), \($0.mode.rawValue)") } ?? .null])
        parts.participants.learn(next, of: name, at: now)
    }

    private func change(
        _ name: String, _ change: ParticipantChange, verb: String, reason: String, by requester: Requester,
        detail: JSON.Object
    ) async throws(EngineError) {
        var detail = detail
        detail["participant"] = .string(name)
        let line = AuditRecord(
            at: parts.clock.now, author: .init(requester), verb: verb, outcome: .done, tenant: nil, reason: reason,
            detail: .object(detail))
        do throws(StoreError) {
            _ = try await parts.store.change(participant: name, change, ifAt: nil, audit: line)
        } catch {
            throw .unavailable(error.message)
        }
        await exchangeParticipants()
    }

    /// A name that nobody has ever heard is a slip.
    private func known(_ name: String) async throws(EngineError) -> ParticipantRecord {
        do throws(StoreError) {
            let records = try await parts.store.exchange([], window: parts.configuration.breaker.window)
            if let record = records.first(where: { $0.name.hasSameBytes(as: name) }) { return record }
            if parts.participantNames.contains(where: { $0.hasSameBytes(as: name) }) {
                return ParticipantRecord(name: name)
            }
        } catch {
            throw .unavailable(error.message)
        }
        throw .unknownParticipant(name)
    }

    /// How it is with a participant that does not get all that is meant for it, in sentences without full stops.
    public func explanation(ofParticipant name: String) -> [String] {
        guard let record = parts.participants.records.first(where: { $0.name == name }) else { return [] }
        var sentences: [String] = []
        if let breaker = record.breaker, breaker.phase != .closed {
            let probe = breaker.nextProbe.map { ", next probe at \($0)" } ?? ""
            sentences.append("The breaker of \(name) is \(breaker.phase.rawValue) since \(breaker.since)\(probe)")
            sentences.append("Why: \(breaker.reason)")
        }
        if let limit = record.limits.inFlight { sentences.append("\(name) gets \(limit) commands at a time at most") }
        if let limit = record.limits.perSecond { sentences.append("\(name) gets \(limit) commands a second at most") }
        return sentences
    }
}

extension ParticipantLimits {
    fileprivate var json: JSON {
        [
            "inFlight": inFlight.map { .number(String($0)) } ?? .null,
            "perSecond": perSecond.map { .number(String($0)) } ?? .null,
        ]
    }
}

extension ParticipantStatus {
    init(
        _ record: ParticipantRecord, _ flights: Engine.Flights, isNamed: Bool, _ settings: BreakerSettings,
        at now: Timestamp
    ) {
        self.record = record
        self.isNamed = isNamed
        breaker = record.breaker ?? .initial(at: now)
        inFlight = flights.places[record.name]?.count ?? 0
        heldBack = flights.heldBack[record.name] ?? 0
        isPartial = !flights.isComplete
        (health, why) = ParticipantStatus.judge(record, breaker, settings)
    }

    static func judge(
        _ record: ParticipantRecord, _ breaker: BreakerState, _ settings: BreakerSettings
    ) -> (Health, String) {
        if breaker.phase != .closed {
            return (.down, "its breaker is \(breaker.phase.rawValue) since \(breaker.since): \(breaker.reason)")
        }
        if let queue = record.queue {
            guard let consumers = queue.consumers else { return (.down, "it has no queue for its commands") }
            if consumers == 0 { return (.down, "nobody takes commands off its queue, where \(queue.ready) wait") }
        }
        let recent = record.recent
        if recent.failures * 2 > recent.total {
            let last = record.lastFailure.map { "; the last: \($0)" } ?? ""
            return (.failing, "\(recent.failures) of \(recent.total) commands of the last 5 minutes failed\(last)")
        }
        if recent.successes > 0 { return (.up, "it answers") }
        if let consumers = record.queue?.consumers {
            return (.up, "its queue has \(consumers) consumer\(consumers == 1 ? "" : "s"); no command was sent lately")
        }
        return (.unknown, "no command was sent to it lately")
    }
}
