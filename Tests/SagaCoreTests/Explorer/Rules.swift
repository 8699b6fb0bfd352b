import SagaCore
import SagaValues

/// The invariants of semantics.md, and what the machine promises beside them.
struct Rules {
    let plan: Plan
    /// Whether a step stands after another in a sequence, so that it must be undone first.
    private let isAfter: [[Bool]]
    private let pivots: [Int]

    init(_ plan: Plan) {
        self.plan = plan
        pivots = plan.steps.indices.filter { plan.steps[$0].pivot }
        var isAfter = plan.steps.map { _ in plan.steps.map { _ in false } }
        func leaves(_ node: PlanNode) -> [Int] {
            switch node {
            case .step(let index): return [index]
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
        if before.status.isTerminal { return "a saga that had ended has changed" }
        if saga.revision != before.revision + 1 { return "the revision has not been raised by one" }
        if before.status == .compensating, saga.status == .running || saga.status == .completed {
            return "a saga that was being undone goes forward again"
        }
        if before.failure != nil, saga.failure == nil, !pivots.contains(where: { saga.steps[$0].phase == .done }) {
            return "the failure is forgotten though the pivot is not done"
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
        if sent[command.step].hasBeenSent(command) { return "an attempt's number is used twice" }
        if command.attempt != state.attempt || command.round != state.round { return "another attempt is out" }
        switch command.direction {
        case .do:
            if world.saga.failure != nil || world.saga.status != .running { return "a step is done in a failed saga" }
        case .probe:
            if world.saga.status != .running { return "a step is asked about in a saga that is being undone" }
        case .undo:
            if step.undo == nil { return "a step without an undo is undone" }
            if sent[command.step].doSent == 0 { return "a step is undone that was never asked for" }
            if world.saga.status != .compensating || world.saga.failure == nil { return "a step is undone too early" }
            for pivot in pivots where world.participants[pivot].hasEffect || world.participants[pivot].mayStillDo {
                return "a step is undone though the pivot \(plan.steps[pivot].name) is or may be done"
            }
            // Once begun, an undo goes on even if a step that was passed over is tried again.
            guard sent[command.step].undoSent == 0 else { return nil }
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
        guard plan.steps[index].undo != nil || plan.steps[index].pivot else { return false }
        return world.participants[index].hasEffect || world.participants[index].mayStillDo
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
            if let wrong = violation(saga.steps[index]) { return "\(plan.steps[index].name) \(wrong)" }
        }
        for command in saga.inFlight where !world.participants[command.step].hasBeenSent(command) {
            return "a command would be sent again that was never sent"
        }
        if let step = saga.failure?.step, plan.steps[step].optional { return "the saga fails over an optional step" }
        switch saga.status {
        case .queued, .running, .compensating:
            if saga.status != .queued, saga.nextDue == nil, !saga.hasOpenIncident {
                return "the saga is lost: nothing is due and nobody is told"
            }
            if saga.status == .compensating, saga.failure == nil { return "it is undone without a reason" }
        case .completed:
            for index in saga.steps.indices {
                let participant = world.participants[index]
                if participant.undoSent != 0 { return "completed, though \(plan.steps[index].name) was to be undone" }
                if !plan.steps[index].optional, !participant.hasEffect {
                    return "completed, but \(plan.steps[index].name) is not done"
                }
            }
        case .compensated:
            for index in saga.steps.indices where leavesSomething(index, world) {
                return "compensated, but \(plan.steps[index].name) is or may yet be done"
            }
            if saga.failure == nil { return "compensated without a reason" }
        case .abandoned: return "nobody abandoned it"
        }
        if saga.status.isTerminal, saga.hasOpenIncident || saga.nextDue != nil || !saga.inFlight.isEmpty {
            return "it has ended, but something is still open"
        }
        return nil
    }

    private func violation(_ step: StepState) -> String? {
        let isTimed: Bool
        let mustBeOpen: Bool
        switch step.phase {
        case .doing, .retrying, .probing, .reprobing, .undoing, .reundoing: (isTimed, mustBeOpen) = (true, false)
        case .held, .undoHeld: (isTimed, mustBeOpen) = (false, true)
        case .waiting, .done, .failed, .unknown, .undone:
            if step.incident != nil { return "is settled, but its incident is open" }
            (isTimed, mustBeOpen) = (false, false)
        }
        if isTimed != (step.due != nil) {
            return "is \(step.phase) and \(isTimed ? "waits for nothing" : "has a timer")"
        }
        if mustBeOpen, step.incident == nil { return "is \(step.phase) without an incident" }
        if !mustBeOpen, let incident = step.incident, incident.cause != .unroutable {
            return "has moved on, but its incident is open"
        }
        if (step.phase == .done) && step.outputRevision == nil { return "is done without an output" }
        return nil
    }
}
