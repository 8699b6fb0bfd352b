import SagaCore
import SagaValues

/// The invariants of semantics.md, and what the machine promises beside them.
struct Rules {
    let plan: Plan
    /// Whether a step stands after another in a sequence, so that it must be undone first.
    private let isAfter: [[Bool]]
    private let pivots: [Int]
    /// Whether each attempt has a number of its own.
    private let namesAttempts: Bool

    init(_ plan: Plan, namesAttempts: Bool = true) {
        self.plan = plan
        self.namesAttempts = namesAttempts
        pivots = plan.steps.indices.filter { plan.steps[$0].pivot }
        var isAfter = plan.steps.map { _ in plan.steps.map { _ in false } }
        func leaves(_ node: PlanNode) -> [Int] {
            switch node {
            case .step(let index): return [index]
            case .choice(let index, let cases): return [index] + cases.flatMap(leaves)
            case .parallel(_, let branches): return branches.flatMap(leaves)
            case .sequence(let nodes):
                var before: [Int] = []
                for node in nodes {
                    let here = leaves(node)
                    for late in here { for early in before { isAfter[late][early] = true } }
                    before += here
                }
                return before
            }
        }
        _ = leaves(plan.root)
        self.isAfter = isAfter
    }

    // MARK: A step of the machine

    /// What is wrong with what the machine made of an event; nil if nothing is.
    ///
    /// - Parameter sent: the participants as they were, so that a number sent twice is seen.
    func violation(from before: Saga, to world: World, _ transition: Transition, sent: [Participant]) -> String? {
        let saga = world.saga
        guard transition.isApplied else {
            return saga == before ? nil : "an ignored event has changed the state"
        }
        let isReopened = before.status == .completed && saga.failure != nil && before.failure == nil
        if before.status.isTerminal, !isReopened { return "a saga that had ended has changed" }
        if isReopened, pivots.contains(where: { before.steps[$0].phase == .done }) {
            return "a child past its point of no return is undone"
        }
        if saga.revision != before.revision + 1 { return "the revision has not been raised by one" }
        if before.status == .compensating, saga.status == .running || saga.status == .completed {
            return "a saga that was being undone goes forward again"
        }
        if before.failure != nil, saga.failure == nil, !pivots.contains(where: { saga.steps[$0].phase == .done }) {
            return "the failure is forgotten though the pivot is not done"
        }
        if before.failure == nil, let step = saga.failure?.step, plan.steps[step].optional {
            return "the saga fails over an optional step"
        }
        if before.isPaused, saga.isPaused, let command = transition.effects.first(where: \.isCommand) {
            return "it is paused, and sends \(command)"
        }
        var isReported = false
        var incidents = before.steps.map(\.incident)
        for effect in transition.effects {
            switch effect {
            case .dispatch(let command):
                if let wrong = violation(command, before, world, sent) { return wrong }
            case .openIncident(let step, let incident):
                if incidents[step] != nil { return "a second incident is opened on \(plan.steps[step].name)" }
                if incident.openedRevision != saga.revision { return "an incident bears another event's number" }
                incidents[step] = incident
            case .resolveIncident(let step, let incident):
                if incidents[step] != incident { return "an incident is resolved that was not open" }
                if incident.openedRevision == saga.revision { return "an incident is opened and resolved by one event" }
                incidents[step] = nil
            case .reportLate:
                if before.isOverdue || !saga.isOverdue { return "it is said to be late when it is not, or again" }
                isReported = true
            case .decide, .listen, .stopListening: continue
            case .end(let status):
                if saga.status != status || !status.isTerminal { return "it is said to have ended, but has not" }
            }
        }
        if incidents != saga.steps.map(\.incident) { return "an incident was opened or closed without a word" }
        if saga.isOverdue, !before.isOverdue, !isReported { return "it is late, and nobody is told" }
        let hasEnded = transition.effects.contains { if case .end = $0 { true } else { false } }
        if saga.status.isTerminal != hasEnded { return "it has ended without a word" }
        return nil
    }

    private func violation(_ command: Dispatch, _ before: Saga, _ world: World, _ sent: [Participant]) -> String? {
        let step = plan.steps[command.step]
        let state = world.saga.steps[command.step]
        let place = World.place(command.step, command.item)
        if namesAttempts, !step.isCarriedOutByChildren, sent[place].hasBeenSent(command) {
            return "an attempt's number is used twice"
        }
        let round = state.items?.round(of: command.item) ?? state.round
        if command.attempt != state.attempt || command.round != round { return "another attempt is out" }
        switch command.direction {
        case .do:
            // A pivot that is carried out by children is waited for, and asked how far it is.
            if step.pivot, step.isCarriedOutByChildren, sent[place].doSent != 0 { return nil }
            if world.saga.failure != nil || world.saga.status != .running { return "a step is done in a failed saga" }
        case .probe:
            if world.saga.status != .running { return "a step is asked about in a saga that is being undone" }
        case .undo:
            if step.undo == nil { return "a step without an undo is undone" }
            if sent[place].doSent == 0 { return "a step is undone that was never asked for" }
            if world.saga.failure == nil { return "a step is undone though nothing has failed" }
            // A child that still runs is told to turn round while others are waited for.
            if world.saga.status != .compensating, !step.isCarriedOutByChildren { return "a step is undone too early" }
            for pivot in pivots where pivot != command.step && mayHaveEffect(pivot, world) {
                return "a step is undone though the pivot \(plan.steps[pivot].name) is or may be done"
            }
            // Once begun, an undo goes on even if a step that was passed over is tried again.
            guard sent[place].undoSent == 0, world.saga.status == .compensating else { return nil }
            for late in plan.steps.indices where isAfter[late][command.step] && isInTheWay(late, world) {
                return "\(step.name) is undone before \(plan.steps[late].name)"
            }
        }
        return nil
    }

    private func isInTheWay(_ index: Int, _ world: World) -> Bool {
        if plan.steps[index].onUndoFailure == .continue, world.saga.steps[index].phase == .undoHeld { return false }
        return leavesSomething(index, world)
    }

    /// Whether the effect of a step that would have to be undone is there, or may yet appear.
    private func leavesSomething(_ index: Int, _ world: World) -> Bool {
        plan.steps[index].hasEffect && mayHaveEffect(index, world)
    }

    private func mayHaveEffect(_ index: Int, _ world: World) -> Bool {
        (0..<World.itemLimit).contains { item in
            let participant = world.participant(index, item)
            return participant.hasEffect || participant.mayStillDo
        }
    }

    /// Whether the saga has failed, and its pivot is in doubt. Asking again gives no way out: what has not
    /// been done may yet be, and what must not be guessed at is not tried again. A person must settle it.
    func isParked(_ saga: Saga) -> Bool {
        saga.failure != nil && pivots.contains { saga.steps[$0].phase == .held }
    }

    // MARK: A state

    /// What is wrong with a state; nil if nothing is.
    func violation(_ world: World) -> String? {
        let saga = world.saga
        for index in saga.steps.indices {
            if let wrong = violation(saga.steps[index], saga.status) { return "\(plan.steps[index].name) \(wrong)" }
            if saga.steps[index].phase == .done, plan.steps[index].waitsForSignal, !world.participant(index).hasEffect {
                return "\(plan.steps[index].name) is done, but what it waits for has not come"
            }
        }
        for command in saga.inFlight where !hasBeenSent(command, world) {
            return "a command would be sent again that was never sent"
        }
        switch saga.status {
        case .queued, .running, .compensating:
            // What is being decided is decided within the same transaction.
            let isDeciding = saga.steps.contains { $0.phase == .deciding }
            if saga.status != .queued, saga.nextDue == nil, !saga.hasOpenIncident, saga.listening.isEmpty, !isDeciding,
                !saga.isPaused
            {
                return "the saga is lost: nothing is due and nobody is told"
            }
            if saga.status == .compensating, saga.failure == nil { return "it is undone without a reason" }
        case .completed:
            for index in saga.steps.indices {
                if let wrong = violationOfCompleted(index, world) { return "completed, \(wrong)" }
            }
            if let wrong = missing(plan.root, saga) { return "completed, but \(wrong) is not done" }
        case .compensated:
            // A pivot that is an event leaves nothing that could be undone, and is past all the same.
            for index in saga.steps.indices
            where leavesSomething(index, world) || plan.steps[index].pivot && mayHaveEffect(index, world) {
                return "compensated, but \(plan.steps[index].name) is or may yet be done"
            }
            if saga.failure == nil { return "compensated without a reason" }
        case .abandoned: break
        }
        if saga.status.isTerminal,
            saga.isPaused || saga.hasOpenIncident || saga.nextDue != nil || !saga.inFlight.isEmpty
        {
            return "it has ended, but something is still open"
        }
        return nil
    }

    private func hasBeenSent(_ command: Dispatch, _ world: World) -> Bool {
        let participant = world.participant(command.step, command.item)
        if namesAttempts, !plan.steps[command.step].isCarriedOutByChildren { return participant.hasBeenSent(command) }
        return switch command.direction {
        case .do: participant.doSent != 0
        case .probe: participant.probeSent != 0
        case .undo: participant.undoSent != 0
        }
    }

    private func violationOfCompleted(_ index: Int, _ world: World) -> String? {
        let (step, state) = (plan.steps[index], world.saga.steps[index])
        for item in 0..<World.itemLimit {
            let participant = world.participant(index, item)
            if participant.undoSent != 0 { return "though \(step.name) was to be undone" }
            switch (step.kind, state.items) {
            case (.each, let items?) where items.phases.indices.contains(item) && items.phases[item] == .done:
                if !participant.hasEffect { return "but item \(item) of \(step.name) is not done" }
            case (.action, _) where state.phase == .done, (.emit, _) where state.phase == .done,
                (.run, _) where state.phase == .done:
                if item == 0, !participant.hasEffect { return "but \(step.name) is not done" }
            default: break
            }
        }
        return nil
    }

    /// A step that a completed saga should have been through, and has not.
    private func missing(_ node: PlanNode, _ saga: Saga) -> String? {
        switch node {
        case .step(let index):
            switch saga.steps[index].phase {
            case .done, .skipped: return nil
            default:
                let isDispensable = plan.steps[index].optional || saga.steps[index].ruling == .passedOver
                return isDispensable ? nil : plan.steps[index].name
            }
        case .sequence(let nodes), .parallel(_, let nodes):
            return nodes.lazy.compactMap { missing($0, saga) }.first
        case .choice(let index, let cases):
            if let wrong = missing(.step(index), saga) { return wrong }
            return saga.steps[index].chosen.flatMap { missing(cases[$0], saga) }
        }
    }

    private func violation(_ step: StepState, _ status: Saga.Status) -> String? {
        let isTimed: Bool
        let mustBeOpen: Bool
        switch step.phase {
        case .doing, .retrying, .probing, .reprobing, .undoing, .reundoing, .pausing:
            (isTimed, mustBeOpen) = (true, false)
        case .listening: (isTimed, mustBeOpen) = (step.due != nil, false)
        case .deciding: (isTimed, mustBeOpen) = (false, false)
        case .held, .undoHeld: (isTimed, mustBeOpen) = (false, true)
        case .waiting, .done, .failed, .unknown, .undone, .skipped:
            if step.incident != nil { return "is settled, but its incident is open" }
            (isTimed, mustBeOpen) = (false, false)
        }
        if isTimed != (step.due != nil) {
            return "is \(step.phase) and \(isTimed ? "waits for nothing" : "has a timer")"
        }
        if mustBeOpen, step.incident == nil, status != .abandoned { return "is \(step.phase) without an incident" }
        let hasFailedItems = (step.items?.count(.failed) ?? 0) > 0
        if !mustBeOpen, !hasFailedItems, let incident = step.incident, incident.cause != .unroutable {
            return "has moved on, but its incident is open"
        }
        return nil
    }
}

extension SagaEffect {
    fileprivate var isCommand: Bool { if case .dispatch = self { true } else { false } }
}
