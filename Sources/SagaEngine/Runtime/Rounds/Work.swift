internal import SagaCore
internal import SagaValues

/// What one round does to one saga.
struct Work: Sendable {
    var loaded: LoadedSaga
    /// nil for a saga that begins in this round.
    let expectedRevision: Int?
    let locks: [String]
    private(set) var inputs: [Input] = []
    private(set) var history: [HistoryRow] = []
    var outgoing = Messages()
    /// What was held back of it, and from whom.
    var held: [(participant: String, place: CommandPlace)] = []
    /// What it saw of participants.
    private(set) var sightings: [Sighting] = []
    /// Whether what was in flight is sent once more.
    private(set) var sendsAgain = false
    private(set) var opened: [IncidentOpening] = []
    private(set) var resolved: [IncidentResolution] = []
    private(set) var timersRemoved: [SagaTimer] = []
    private(set) var timerAdded: SagaTimer?
    private(set) var ignored: [Transition.Ignored] = []
    private(set) var takesLocks = false
    /// Whether people are to be told that it is past its deadline and goes on.
    private(set) var isReportedLate = false
    private(set) var waitsEnded: [EndedWait] = []
    /// What persons had done to it.
    var audit: [AuditRecord] = []
    /// Which of that was for jobs.
    var jobItems: [(item: JobItemName, message: String)] = []
    /// The event that is being taken in.
    private var eventTaken: String?
    /// What its parent is to be told of a child, beside its end.
    private(set) var answers: [ChildEnd] = []
    /// The version that it has moved to.
    private(set) var movedTo: Int32?
    private var rowChanged = false
    private let isCopy: Bool

    /// A saga that was loaded, just now or, for a copy, some time ago.
    init(_ loaded: LoadedSaga, isCopy: Bool) {
        self.loaded = loaded
        self.expectedRevision = loaded.saga.revision
        self.locks = []
        self.isCopy = isCopy
    }

    /// A saga that begins.
    init(starting loaded: LoadedSaga, locks: [String]) {
        self.loaded = loaded
        self.expectedRevision = nil
        self.locks = locks
        self.isCopy = false
    }

    var saga: Saga { loaded.saga }
    /// The rows of its history that have to be loaded before it can go on; until then nothing of this counts.
    var missing: Set<Int> { loaded.process.data.missing }
    var mustBeWritten: Bool { expectedRevision == nil || rowChanged || !jobItems.isEmpty }

    /// Whether inputs were found to change nothing by a copy alone. Another node may have moved the saga on
    /// since, so that they do matter; where something is written, the compare-and-set tells.
    var isUnproven: Bool { isCopy && !mustBeWritten && !inputs.isEmpty }

    /// Takes in one input that is about this saga. What a person asked for is answered once it is written.
    mutating func take(_ input: Input, at now: Timestamp) {
        inputs.append(input)
        switch input {
        case .reply(let reply):
            guard let step = step(of: reply.id) else { return ignored.append(.illegal) }
            see(Sighting.Outcome(reply.reply), step, reply.id.direction)
            apply(
                .replied(step: step, direction: reply.id.direction, attempt: reply.attempt, reply: reply.reply),
                reply.body, at: now)
        case .returned(let id):
            guard let step = step(of: id) else { return ignored.append(.illegal) }
            see(.unroutable, step, id.direction)
            apply(.returned(step: step, direction: id.direction), at: now)
        case .unsendable(let id, let attempt, let error):
            guard let step = step(of: id) else { return ignored.append(.illegal) }
            // Nobody will ever see it: the same as if its participant had refused it.
            apply(
                .replied(step: step, direction: id.direction, attempt: attempt, reply: .rejected(error)), error.body,
                at: now)
        case .published(let id):
            guard let step = step(of: id) else { return ignored.append(.illegal) }
            apply(.replied(step: step, direction: .do, attempt: nil, reply: .done), Work.nothing, at: now)
        case .childEnded(let link, let end):
            take(end, of: link, at: now)
        case .event(let match):
            take(match, at: now)
        case .timer(let due):
            timersRemoved.append(due.timer)
            // Written even if nothing else changes: a timer may go only if the saga is as it was loaded.
            rowChanged = rowChanged || !saga.status.isTerminal
            let time = max(now, due.timer.due, loaded.updatedAt)
            let unanswered = saga.unanswered(at: time, loaded.plan)
            if apply(.timerFired, at: time) { sightings += unanswered }
        case .release(_, let step, let direction):
            apply(.released(step: step, direction: direction), at: now)
        case .grant:
            if apply(.locksGranted, at: now) { takesLocks = true }
        case .child(let order, _):
            take(order, at: now)
        case .start, .startByEvent, .listen, .arrived, .request, .takeOver, .retired:
            break
        }
    }

    /// A reply to a participant's command is never about an item: items are sagas of their own.
    private func step(of id: CommandID) -> Int? {
        id.iteration == 0 ? loaded.plan.stepIndex(named: id.step) : nil
    }

    private static let nothing = JSON.object([:]).bytes

    private mutating func see(_ outcome: Sighting.Outcome, _ step: Int, _ direction: Direction) {
        guard loaded.plan.steps[step].isAction else { return }
        sightings.append(Sighting(participant: loaded.plan.steps[step].participant(direction), outcome: outcome))
    }

    /// Keeps an input with the saga, so that it is taken in again if the saga turns out to have moved on.
    mutating func note(_ input: Input) {
        inputs.append(input)
    }

    /// Applies an event and all that follows from it; false if it changes nothing.
    @discardableResult
    mutating func apply(_ event: SagaEvent, _ data: [UInt8] = [], at now: Timestamp) -> Bool {
        // What came before is taken in again once it is loaded, and this after it.
        guard missing.isEmpty else { return false }
        return note(loaded.process.take(event, data, at: now))
    }

    /// Has it go on by another version, and takes in all that follows from that; false if it changes nothing.
    mutating func move(
        _ move: VersionMove, to target: DeployedWorkflow, _ plan: Plan, _ data: [UInt8], at now: Timestamp
    ) -> Bool {
        let progress = loaded.move(move, to: target, plan, data, at: now)
        if !progress.taken.isEmpty { movedTo = target.id }
        return note(progress)
    }

    private mutating func note(_ progress: SagaProcess.Progress) -> Bool {
        ignored += progress.ignored
        for taken in progress.taken {
            rowChanged = true
            history.append(HistoryRow(saga: saga.id, entry: taken.entry))
            for effect in taken.effects { note(effect, of: taken.entry) }
            for message in taken.messages { outgoing.add(message, of: loaded) }
        }
        if loaded.origin.parent != nil, !progress.taken.isEmpty { _ = childEnd() }
        return !progress.taken.isEmpty
    }

    /// Notes what is to be written besides the saga's row and its history.
    private mutating func note(_ effect: SagaEffect, of entry: HistoryEntry) {
        switch effect {
        case .openIncident(let step, let incident):
            opened.append(
                IncidentOpening(
                    saga: saga.id, openedRevision: incident.openedRevision, step: loaded.plan.steps[step].name,
                    participant: loaded.plan.steps[step].participant, cause: incident.cause,
                    error: saga.steps[step].error, at: entry.at))
        case .resolveIncident(_, let incident):
            resolved.append(
                IncidentResolution(
                    saga: saga.id, openedRevision: incident.openedRevision, resolution: entry.kind, at: entry.at))
        case .reportLate:
            isReportedLate = true
        case .stopListening(let step):
            waitsEnded.append(EndedWait(saga: saga.id, step: loaded.plan.steps[step].name, event: eventTaken))
        case .dispatch, .decide, .listen, .end:
            break
        }
    }

    // MARK: What happens elsewhere

    /// A child is told by its parent to begin, or to undo itself. Its end answers; here only what ends nothing does.
    private mutating func take(_ order: ChildOrder, at now: Timestamp) {
        switch order.what {
        case .start:
            if let end = childEnd() { answers.append(end) }
        case .undo:
            let reason = StepError.undoneWithParent
            let isTaken = apply(.cancelledByParent(reason), reason.body, at: now)
            if let answer = loaded.process.answerToUndo(isTaken: isTaken) { answers.append(answer) }
        }
    }

    /// How it ended, which its output is a part of: asked for in time, so that it can be loaded before the commit.
    private mutating func childEnd() -> ChildEnd? {
        if saga.status == .completed { _ = loaded.process.output() }
        return ChildEnd(loaded.process)
    }

    private mutating func take(_ end: ChildEnd, of link: ParentLink, at now: Timestamp) {
        guard let step = loaded.plan.stepIndex(named: link.step) else { return ignored.append(.illegal) }
        for (direction, reply, body) in end.replies {
            apply(
                .replied(step: step, item: link.item, direction: direction, attempt: link.round, reply: reply), body,
                at: now)
        }
    }

    private mutating func take(_ match: MatchedEvent, at now: Timestamp) {
        guard let step = loaded.plan.stepIndex(named: match.step), saga.steps[step].phase == .listening,
            let body = try? JSON(parsing: match.event.body),
            let signal = loaded.process.signal(of: body, named: match.event.name, for: step)
        else { return ignored.append(.late) }
        eventTaken = match.event.id
        let data = if case .refused(let error) = signal { error.body } else { match.event.body }
        apply(.signalled(step: step, signal), data, at: now)
        eventTaken = nil
    }

    /// What is in flight is sent again, with the same ids.
    mutating func sendAgain() {
        sendsAgain = true
        for message in loaded.process.messagesInFlight() { outgoing.add(message, of: loaded) }
    }

    /// A batch that sends commands of a saga answers for all of that saga's: those in flight that another node may not
    /// have got out are sent with them. One that sends none leaves them with that node; see ``SagaUpdate/sends``.
    ///
    /// - Parameter isRecovering: whether this node itself may not have got them out, and would look for them among its
    ///   earlier batches only.
    mutating func sendWhatIsOwed(to node: NodeID, isRecovering: Bool) {
        guard !outgoing.isEmpty else { return }
        if isRecovering || loaded.owedBy.map({ $0 != node }) ?? false { sendAgain() }
    }

    /// The saga once it is written.
    var written: LoadedSaga {
        var written = loaded
        written.process.rest()
        if !outgoing.isEmpty { written.owedBy = nil }
        return written
    }

    /// Sees to it that a timer is stored for the next due time. An earlier one is left in place: when it
    /// fires, the true next one is set, so the row's timer rarely moves.
    mutating func setTimer() {
        if let timerAt = loaded.timerAt, timersRemoved.contains(where: { $0.due == timerAt }) {
            loaded.timerAt = nil
        }
        guard let next = saga.nextDue, loaded.timerAt.map({ next < $0 }) ?? true else { return }
        loaded.timerAt = next
        timerAdded = SagaTimer(saga: saga.id, due: next)
        rowChanged = true
    }
}
