internal import SagaCore
internal import SagaValues
internal import Synchronization

/// What a node knows of the participants, and what it lets through to them. Shared by the rounds, which ask at each command,
/// and the loop that keeps up with the other nodes.
final class Participants: Sendable {
    fileprivate struct State {
        var records: [String: ParticipantRecord] = [:]
        var gates: [String: ParticipantGate] = [:]
        /// What was seen since it was told to the store last.
        var notes: [String: ParticipantNote] = [:]
        var isLeader = false
    }

    private let state = Mutex(State())
    /// Whether any gate restricts, so that a batch need not ask where none does.
    private let restricts = Atomic(false)
    private let settings: BreakerSettings
    /// Something may go that is held back here.
    let moved = Signal()

    init(settings: BreakerSettings) {
        self.settings = settings
    }

    // MARK: For the rounds

    /// Nil if everybody gets everything.
    func admission(at now: Timestamp) -> Admission? {
        guard restricts.load(ordering: .acquiring) else { return nil }
        return state.withLock { state in
            var entries: [String: Admission.Entry] = [:]
            let isLeader = state.isLeader
            for name in Array(state.gates.keys) where state.gates[name]?.isRestricting == true {
                let allowance = state.gates[name]!.allowance(isLeader: isLeader, at: now)
                let gate = state.gates[name]!
                // Only what it is asked for is copied: when to look again.
                let (breaker, settings) = (gate.breaker, settings)
                entries[name] = Admission.Entry(allowance: allowance, hasLine: gate.isAwaited) { place in
                    ParticipantGate(breaker, settings: settings).until(place, isLeader: isLeader, at: now)
                }
            }
            return Admission(entries, at: now)
        }
    }

    /// A saga was written: what it sent, what was held back of it, and what of it is still out.
    func settle(_ work: Work, at now: Timestamp) {
        guard restricts.load(ordering: .acquiring) else { return }
        let saga = work.saga
        var isMoved = false
        state.withLock { state in
            for name in Array(state.gates.keys) {
                let before = state.gates[name]!.out.count
                state.gates[name]!.look(at: saga.id, now: now) { saga.isOut($0) }
                isMoved = isMoved || state.gates[name]!.out.count < before
            }
            for command in work.outgoing.commands {
                let name = Step.participant(of: command.action)
                guard let step = work.loaded.plan.stepIndex(named: command.id.step), state.gates[name] != nil else {
                    continue
                }
                let place = CommandPlace(saga: saga.id, step: step, direction: command.id.direction)
                state.gates[name]!.sent(place, isNew: !work.sendsAgain, at: now)
            }
            for (name, place) in work.held {
                guard saga.isHeldBack(place) else { continue }
                state.gates[name]?.held(place, isLeader: state.isLeader)
            }
        }
        if isMoved { moved.signal() }
    }

    func note(_ sightings: [Sighting], at now: Timestamp) {
        guard !sightings.isEmpty else { return }
        state.withLock { state in
            for sighting in sightings {
                guard state.notes[sighting.participant] != nil || state.notes.count < ParticipantRecord.most else {
                    continue
                }
                state.notes[sighting.participant, default: .init(name: sighting.participant)].add(sighting.outcome, now)
            }
        }
    }

    // MARK: For the loop

    var records: [ParticipantRecord] { state.withLock { Array($0.records.values) } }

    func takeNotes() -> [ParticipantNote] {
        state.withLock { state in
            defer { state.notes = [:] }
            return state.notes.values.sorted { $0.name < $1.name }
        }
    }

    /// They could not be told, and are told next time.
    func giveBack(_ notes: [ParticipantNote]) {
        state.withLock { state in
            for note in notes {
                var merged = note
                if let newer = state.notes[note.name] { merged.add(newer) }
                state.notes[note.name] = merged
            }
        }
    }

    func noteQueues(_ queues: [String: QueueState]) {
        state.withLock { state in
            for (name, queue) in queues { state.notes[name, default: .init(name: name)].queue = queue }
        }
    }

    /// Takes over what all nodes know.
    func learn(_ records: [ParticipantRecord], isLeader: Bool, at now: Timestamp) {
        let mayMove = state.withLock { state in
            // Who did not send has not counted.
            if isLeader != state.isLeader { for name in Array(state.gates.keys) { state.gates[name]!.forgetFlights() } }
            state.isLeader = isLeader
            for record in records { state.learn(record, settings, at: now) }
            restricts.store(state.gates.values.contains(where: \.isRestricting), ordering: .releasing)
            return state.gates.values.contains(where: \.hasLine)
        }
        if mayMove { moved.signal() }
    }

    func learn(_ breaker: BreakerState, of name: String, at now: Timestamp) {
        state.withLock { state in
            var record = state.records[name] ?? ParticipantRecord(name: name)
            record.breaker = breaker
            record.counted = ParticipantTally()
            state.learn(record, settings, at: now)
            restricts.store(state.gates.values.contains(where: \.isRestricting), ordering: .releasing)
        }
        moved.signal()
    }

    /// What the breaker of a participant goes by.
    func view(of record: ParticipantRecord, at now: Timestamp) -> CircuitBreaker.View {
        let settledAt = state.withLock { $0.gates[record.name]?.probesSettledAt }
        return CircuitBreaker.View(
            counted: record.counted, queue: record.queue, unattendedSince: record.unattendedSince,
            probesAreOver: settledAt.map { now - $0 >= settings.patience } ?? false)
    }

    /// Those of which it is not known what is in flight.
    var toSurvey: Set<String> {
        state.withLock { state in
            state.isLeader ? Set(state.gates.filter { $0.value.needsSurvey }.keys) : []
        }
    }

    func surveyed(_ name: String, _ places: [CommandPlace], at now: Timestamp) {
        state.withLock { $0.gates[name]?.survey(places, at: now) }
        moved.signal()
    }

    /// What was sent a while ago and has not been seen to be settled.
    func unsettled(before time: Timestamp, limit: Int) -> [CommandPlace] {
        state.withLock { state in
            Array(state.gates.values.lazy.flatMap { $0.unsettled(before: time, limit: limit) }.prefix(limit))
        }
    }

    func look(at saga: UUID, at now: Timestamp, isOut: (CommandPlace) -> Bool) {
        state.withLock { state in
            for name in Array(state.gates.keys) { state.gates[name]!.look(at: saga, now: now, isOut: isOut) }
        }
        moved.signal()
    }

    var hasLine: Bool { state.withLock { $0.gates.values.contains(where: \.hasLine) } }

    /// Those in line whose turn it is.
    ///
    /// - Parameter most: how many of each participant, so that one that is back is not run over.
    func takeTurns(most: Int, at now: Timestamp) -> [CommandPlace] {
        state.withLock { state in
            var turns: [CommandPlace] = []
            for name in Array(state.gates.keys) where state.gates[name]!.hasLine {
                turns += state.gates[name]!.takeTurns(most: most, isLeader: state.isLeader, at: now)
            }
            return turns
        }
    }
}

extension Participants.State {
    fileprivate mutating func learn(_ record: ParticipantRecord, _ settings: BreakerSettings, at now: Timestamp) {
        records[record.name] = record
        let breaker = record.breaker ?? .initial(at: now)
        var gate = gates[record.name] ?? ParticipantGate(breaker, settings: settings)
        gate.set(breaker)
        gate.set(record.limits, at: now)
        gates[record.name] = gate
    }
}

extension ParticipantNote {
    fileprivate mutating func add(_ outcome: Sighting.Outcome, _ now: Timestamp) {
        switch outcome {
        case .done: tally.done += 1
        case .refused: tally.refused += 1
        case .transient: tally.transient += 1
        case .timedOut: tally.timedOut += 1
        case .unroutable: tally.unroutable += 1
        case .working: break
        }
        if outcome.isAnswer { lastReplyAt = now }
        if let failure = outcome.failure { (lastFailureAt, lastFailure) = (now, failure) }
    }
}

extension Saga {
    /// Whether the command is out by the saga's state.
    func isOut(_ place: CommandPlace) -> Bool {
        inFlight.contains { $0.step == place.step && $0.direction == place.direction }
    }

    func isHeldBack(_ place: CommandPlace) -> Bool {
        steps.indices.contains(place.step) && steps[place.step].heldBack != nil
    }
}
