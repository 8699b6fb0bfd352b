import SagaCore
import SagaValues
import Testing

/// Where the step that a grid is about stands. Each plays real events until the step is in a phase.
enum Situation: String, Sendable, CaseIterable {
    /// In line for its locks.
    case queued
    /// A sibling is in flight, nothing has failed before, and there is budget left.
    case beforePivot
    /// The same with the last attempt out.
    case budgetSpent
    /// The answer is to the attempt before the last.
    case oldAttempt
    /// A person asked for another round, and the answer is to an attempt of the first.
    case earlierRound
    /// A sibling was refused, so that the saga unwinds as soon as this step is settled.
    case failing
    case optional
    case pivot
    /// The deadline passed while the pivot was in flight.
    case failingAtPivot
    case afterPivot
    /// Before the pivot, and a person has paused the saga.
    case paused
    /// Before the pivot, and its next command is held back.
    case heldBack

    /// The index of the step.
    var step: Int {
        switch self {
        case .optional: 0
        case .queued, .beforePivot, .budgetSpent, .oldAttempt, .earlierRound, .failing, .pivot, .failingAtPivot,
            .afterPivot, .paused, .heldBack:
            1
        }
    }

    /// - Parameter phase: an optional step is held only where its workflow says so.
    private func shape(for phase: StepState.Phase) -> Shape {
        switch self {
        case .queued, .beforePivot, .budgetSpent, .oldAttempt, .earlierRound, .failing, .paused, .heldBack:
            .sequence(.undoable, .parallel(.undoable(.probe), .undoable))
        case .optional:
            .parallel(.step(StepKind(isOptional: true, onUnknown: phase == .held ? .incident : .probe)), .undoable)
        case .pivot, .failingAtPivot: .sequence(.undoable, .pivot(.probe), .onward)
        case .afterPivot: .sequence(.pivot, .parallel(.onward(.probe), .onward))
        }
    }

    /// A saga whose step is in `phase`.
    func reach(_ phase: StepState.Phase) -> Run {
        var scene = Scene(
            run: Run(
                shape(for: phase), attempts: 3, undoAttempts: 3, deadline: self == .failingAtPivot ? .seconds(5) : nil),
            name: Plan.stepName(step), hasFailed: self == .failing || self == .failingAtPivot)
        scene.run.start(queued: self == .queued)
        if phase == .waiting || self == .queued {
            if self == .paused { scene.run.handle(.paused) }
            return scene.run
        }
        if step == 1 { scene.run.done("a") }
        switch self {
        case .failing: scene.run.rejected("c")
        case .earlierRound:
            scene.run.retry("b")
            scene.run.retryRequested("b")
        case .failingAtPivot: scene.run.due()
        case .queued, .beforePivot, .budgetSpent, .oldAttempt, .optional, .pivot, .afterPivot, .paused, .heldBack: break
        }
        if self == .heldBack { scene.holdBack(before: phase) } else { scene.reach(phase) }
        if self == .budgetSpent || self == .oldAttempt { scene.spend(self == .budgetSpent ? 3 : 2) }
        scene.refreshOthers()
        if self == .paused { scene.run.handle(.paused) }
        return scene.run
    }
}

struct Scene {
    /// The phases that a step at a participant never has.
    static let onlyOfOwnSteps: [StepState.Phase] = [.deciding, .pausing, .listening, .skipped]

    var run: Run
    let name: String
    let hasFailed: Bool
    private var state: StepState { run[name] }

    init(run: Run, name: String, hasFailed: Bool) {
        self.run = run
        self.name = name
        self.hasFailed = hasFailed
    }

    mutating func reach(_ phase: StepState.Phase) {
        switch phase {
        case .waiting, .doing: break
        case .retrying: run.retry(name)
        case .probing: passTime(until: .probing)
        case .reprobing: passTime(until: .reprobing)
        case .done: run.done(name)
        case .failed: run.rejected(name)
        case .unknown:
            passTime(until: .probing)
            run.probed(name, .rejected(.no))
        case .held: passTime(until: .held)
        case .undoing: undo()
        case .reundoing:
            undo()
            passTime(until: .reundoing)
        case .undone:
            undo()
            run.undone(name)
        case .undoHeld:
            undo()
            passTime(until: .undoHeld)
        case .deciding, .pausing, .listening, .skipped: break
        }
    }

    /// The command that would end the pause that `phase` is is held back.
    mutating func holdBack(before phase: StepState.Phase) {
        switch phase {
        case .reprobing:
            reach(.probing)
            run.heldBack(.probe, name)
        case .reundoing:
            undo()
            run.heldBack(.undo, name)
        default: run.heldBack(.do, name)
        }
    }

    private mutating func undo() {
        run.done(name)
        if !hasFailed { run.rejected("c") }
    }

    /// Lets every attempt go unanswered until the step has come so far; not for ever, lest a machine that never
    /// gets there make the tests hang: they then say that the situation is not reached.
    private mutating func passTime(until phase: StepState.Phase) {
        for _ in 0..<Scene.patience where state.phase != phase { passTime() }
    }

    /// More than any step here has attempts and pauses.
    private static let patience = 40

    mutating func spend(_ count: Int) {
        for _ in 0..<Scene.patience
        where state.spent < count || [.retrying, .reprobing, .reundoing].contains(state.phase) {
            passTime()
        }
    }

    /// The due time of this step comes, while everyone else says to be still at it.
    private mutating func passTime() {
        run.now += .seconds(1)
        refreshOthers()
        if let due = state.due { run.now = max(run.now, due) }
        run.handle(.timerFired)
    }

    mutating func refreshOthers() {
        for command in run.saga.inFlight where run.plan.steps[command.step].name != name {
            run.handle(.replied(step: command.step, direction: command.direction, attempt: nil, reply: .working))
        }
    }
}
