public import SagaValues

/// Where a saga stands: what it waits for, what comes next, and what a person can do.
///
/// No rule of the machine is written here again: every answer is what the machine makes of an event, asked on a copy.
/// What an expression will come to is not known beforehand, so an outlook ends where one is asked for.
public struct Explanation: Sendable, Hashable {
    public let status: Saga.Status
    public let failure: Failure?
    /// When it is late, while that matters to it: not once it unwinds or has ended.
    public let deadline: Timestamp?
    public let isPaused: Bool
    /// Whether the deadline has passed and it goes on, since it is past the point of no return.
    public let isOverdue: Bool
    public let waits: [Waiting]
    /// What happens by itself at the next due time; nil if nothing is due.
    public let next: Outlook?
    /// What a person can ask for, and what would come of it.
    public let verbs: [Verb]
    /// When it was asked.
    public let at: Timestamp

    public struct Waiting: Sendable, Hashable {
        public let wait: Wait
        /// When this wait began, as the history tells it; nil if that was not given.
        public let since: Timestamp?
        /// What each answer that it waits for would lead to, if it came now.
        public let answers: [Outlook]
        /// What stands around it and the saga alone does not know.
        public let surroundings: Surroundings
    }

    /// What the machine would make of an event.
    public struct Outlook: Sendable, Hashable {
        public let event: SagaEvent
        public let at: Timestamp
        public let effects: [SagaEffect]
        /// Why the event would change nothing; nil if it would.
        public let ignored: Transition.Ignored?
        public let status: Saga.Status
        /// Why the saga would begin to unwind with it.
        public let failure: Failure?
        /// Steps that would be settled by it, and how.
        public let settled: [Settled]
        /// Steps whose effects would stay, though nobody goes on with the saga.
        public let left: [Int]
        /// When something would be due again, of the steps that it puts off.
        public let planned: [Narrative.Planned]
    }

    public struct Settled: Sendable, Hashable {
        public let step: Int
        public let phase: StepState.Phase
    }

    /// - Parameters:
    ///   - time: now, by the clock of the database.
    ///   - history: all of its rows, which tell since when it waits; may be left out.
    ///   - course: the plans of these; left out of a saga that has never moved.
    ///   - surroundings: by step, with nil for the saga as a whole.
    public init(
        _ saga: Saga, plan: Plan, at time: Timestamp, history: [Narrative] = [],
        course: Course? = nil, surroundings: [Int?: Surroundings] = [:]
    ) {
        status = saga.status
        failure = saga.failure
        deadline = saga.status.isTerminal || saga.failure != nil ? nil : saga.deadline
        isOverdue = !saga.status.isTerminal && saga.isOverdue
        isPaused = saga.isPaused
        at = time
        let begun = saga.waitsSince(history, course ?? Course(plan))
        waits = saga.waits(plan).map { wait in
            let answers = saga.answers(to: wait, plan).map { Outlook($0, saga, plan, at: time) }
            return Waiting(
                wait: wait, since: begun[wait.step], answers: answers,
                surroundings: surroundings[wait.step] ?? Surroundings())
        }
        next = saga.nextDue.map { Outlook(.timerFired, saga, plan, at: max($0, time)) }
        verbs = saga.verbsToTell(plan).map { Verb($0, saga, plan, at: time) }
    }
}

extension Explanation.Outlook {
    init(_ event: SagaEvent, _ saga: Saga, _ plan: Plan, at time: Timestamp) {
        var after = saga
        let transition = after.handle(event, at: time, plan: plan)
        self.event = event
        at = time
        effects = transition.effects
        ignored = if case .ignored(let why) = transition { why } else { nil }
        status = after.status
        failure = saga.failure == nil ? after.failure : nil
        settled = after.settled(since: saga).map { Explanation.Settled(step: $0, phase: after.steps[$0].phase) }
        planned = after.planned(since: saga, at: time)
        left =
            after.status == .abandoned && saga.status != .abandoned
            ? after.steps.indices.filter { plan.steps[$0].hasEffect && after.steps[$0].phase.mayHaveEffect } : []
    }
}

extension Saga {
    /// The answers that a wait is for, the good one first. None where only time or a person helps.
    fileprivate func answers(to wait: Wait, _ plan: Plan) -> [SagaEvent] {
        let no = StepError(code: "refused", message: "it is refused")
        if wait.reason == .locks { return [.locksGranted] }
        guard let index = wait.step else { return [] }
        switch wait.reason {
        case .reply(let direction, _):
            let attempt = steps[index].attempt
            let replies: [SagaEvent.Reply] = direction == .undo ? [.done] : [.done, .rejected(no)]
            return replies.map { .replied(step: index, direction: direction, attempt: attempt, reply: $0) }
        case .event:
            let canFail =
                if case .listen(let listen) = plan.steps[index].kind {
                    listen.alternatives.contains { $0.rejection != nil }
                } else { true }
            return [.signalled(step: index, .accepted)] + (canFail ? [.signalled(step: index, .refused(no))] : [])
        case .approval: return [.signalled(step: index, .accepted), .signalled(step: index, .refused(no))]
        case .children(let direction, _, _):
            // One of them, standing for all that run.
            guard let child = inFlight.first(where: { $0.step == index && $0.direction == direction }) else {
                return []
            }
            return [.done, .rejected(no)].map {
                .replied(step: index, item: child.item, direction: direction, attempt: child.round, reply: $0)
            }
        case .nextAttempt, .turn, .participant, .person, .time, .locks, .resumption: return []
        }
    }

    /// Since when it waits for what it waits for now, by step; empty for a history that is not its own.
    fileprivate func waitsSince(_ history: [Narrative], _ course: Course) -> [Int?: Timestamp] {
        guard let first = history.first, history.count == revision else { return [:] }
        var saga = Saga(id: id, plan: course.first, at: first.entry.at)
        var begun: [Int?: (reason: Wait.Reason, at: Timestamp)] = [:]
        for (index, narrative) in history.enumerated() {
            let plan = course.plan(at: narrative.entry.revision)
            guard (try? saga.apply(narrative.entry, plan: plan)) != nil else { return [:] }
            if let move = narrative.entry.move { begun = begun.moved(by: move) }
            // What is held back never waited for an answer: the two events were one moment.
            if history.indices.contains(index + 1), history[index + 1].entry.kind == .heldBack { continue }
            var now: [Int?: (reason: Wait.Reason, at: Timestamp)] = [:]
            for wait in saga.waits(plan) {
                let former = begun[wait.step].flatMap { $0.reason.isSame(as: wait.reason) ? $0.at : nil }
                now[wait.step] = (wait.reason, former ?? narrative.entry.at)
            }
            begun = now
        }
        return saga == self ? begun.mapValues(\.at) : [:]
    }
}

extension [Int?: (reason: Wait.Reason, at: Timestamp)] {
    /// What waits stays where it is, under another number.
    fileprivate func moved(by move: VersionMove) -> Self {
        var moved: Self = [:]
        for (step, wait) in self {
            guard let step else {
                moved[nil] = wait
                continue
            }
            if let place = move.place(of: step) { moved[place] = wait }
        }
        return moved
    }
}

extension Wait.Reason {
    /// The same wait, though some of it may have come meanwhile.
    fileprivate func isSame(as other: Wait.Reason) -> Bool {
        if case .children(let own, _, _) = self, case .children(let others, _, _) = other { return own == others }
        if case .turn(let own, _) = self, case .turn(let others, _) = other { return own == others }
        return self == other
    }
}
