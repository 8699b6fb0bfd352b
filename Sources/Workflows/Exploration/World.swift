import SagaCore
import SagaValues

/// A saga, its participants, and how much more may go wrong.
struct World {
    private(set) var saga: Saga
    /// One for each step, and for each item that an `each` may have here.
    private(set) var participants: [Participant]
    private(set) var left: Explorer.Bounds
    /// What was left at the beginning.
    let bounds: Explorer.Bounds
    /// What steps have asked for and not been told.
    private(set) var questions: [Int: SagaEffect.Question] = [:]
    /// The step whose command does not go out, while a move is being made.
    private var withheld: Int?

    init(_ plan: Plan, _ bounds: Explorer.Bounds) {
        saga = Saga(id: UUID(high: 0, low: 0), plan: plan, at: Timestamp(microseconds: 0))
        participants = Array(repeating: Participant(), count: plan.steps.count * World.itemLimit)
        left = bounds
        self.bounds = bounds
    }

    /// How many items a list has at most: with two there is a first, another, and one that waits for its turn.
    static let itemLimit = 2

    /// Where the participant of a step, or of an item, is.
    static func place(_ step: Int, _ item: Int = 0) -> Int { step * itemLimit + item }

    func participant(_ step: Int, _ item: Int = 0) -> Participant { participants[World.place(step, item)] }

    /// Lets it happen.
    ///
    /// - Returns: what the machine made of it; nil if it did not come to the machine.
    mutating func apply(_ move: Move, _ plan: Plan) -> Transition? {
        let event: SagaEvent
        switch move {
        case .carryOut(let step, let item):
            participants[World.place(step, item)].carryOut()
            return nil
        case .refuse(let step, let item, let round):
            participants[World.place(step, item)].refuse(round: round)
            return nil
        case .carryOutUndo(let step, let item):
            participants[World.place(step, item)].carryOutUndo()
            return nil
        case .due(let due):
            return settle(saga.becomeDue(due, plan: plan))
        case .start(let queued): event = .started(queued: queued)
        case .grantLocks: event = .locksGranted
        case .decide(let step, let decision):
            questions[step] = nil
            event = .decided(step: step, decision)
        case .signal(let step, let signal):
            // What came is true from then on, whatever the machine makes of it.
            if signal == .accepted { participants[World.place(step)].carryOut() }
            event = .signalled(step: step, signal)
        case .reply(let step, let item, let direction, let attempt, let reply):
            event = .replied(step: step, item: item, direction: direction, attempt: attempt, reply: reply)
        case .returnCommand(let step, let direction):
            left.returns -= 1
            event = .returned(step: step, direction: direction)
        case .holdBack(let move, let step):
            return holdBack(move, step, plan)
        case .askForRetry(let step):
            left.retries -= 1
            event = .retryRequested(step: step)
        case .askForUndo:
            left.undoRequests -= 1
            event = .compensationRequested(.asked)
        case .rule(let step, let resolution?):
            left.rulings -= 1
            if resolution == .undone { participants[World.place(step)].carryOutUndo() }
            event = .resolved(step: step, resolution)
        case .rule(let step, nil):
            left.rulings -= 1
            event = .skipRequested(step: step, isForced: true)
        case .pause:
            left.halts -= 1
            event = .paused
        case .resume: event = .resumed
        case .abandon:
            left.halts -= 1
            event = .abandoned
        case .cancel:
            left.parentRequests -= 1
            event = .cancelledByParent(.asked)
        }
        return settle(saga.handle(event, at: saga.startedAt, plan: plan))
    }

    private mutating func settle(_ transition: Transition) -> Transition {
        for case .decide(let step, let question) in transition.effects { questions[step] = question }
        for case .dispatch(let command) in transition.effects where command.step != withheld {
            participants[World.place(command.step, command.item)].take(command)
        }
        return transition
    }

    /// Lets it happen, but for the command that it sends to a step's participant: nobody ever sees that. To the world it
    /// is one event.
    private mutating func holdBack(_ move: Move, _ step: Int, _ plan: Plan) -> Transition {
        let before = self
        withheld = step
        let first = apply(move, plan)?.effects ?? []
        withheld = nil
        guard let command = first.command(of: step) else {
            self = before
            return .ignored(.illegal)
        }
        saga.revision = before.saga.revision
        let second = settle(
            saga.handle(
                .heldBack(step: step, direction: command.direction, HeldBack(.breaker, until: .later)),
                at: saga.startedAt, plan: plan))
        guard second.isApplied else {
            self = before
            return .ignored(.illegal)
        }
        left.holds -= 1
        return .applied(first.filter { $0 != .dispatch(command) } + second.effects)
    }

    // MARK: As a state

    subscript(part step: Int) -> StepPart {
        get {
            StepPart(
                state: saga.steps[step], first: participants[World.place(step)],
                second: participants[World.place(step, 1)], question: questions[step])
        }
        set {
            saga.steps[step] = newValue.state
            participants[World.place(step)] = newValue.first
            participants[World.place(step, 1)] = newValue.second
            if questions[step] != newValue.question { questions[step] = newValue.question }
        }
    }

    var header: Header {
        get {
            Header(
                status: saga.status, isStarted: saga.revision > 0, isLate: saga.isLate, failure: saga.failure,
                isPaused: saga.isPaused, returns: left.returns, holds: left.holds, retries: left.retries,
                rulings: left.rulings,
                halts: left.halts, undoRequests: left.undoRequests, parentRequests: left.parentRequests)
        }
        set {
            saga.status = newValue.status
            saga.revision = newValue.isStarted ? 1 : 0
            saga.isLate = newValue.isLate
            saga.failure = newValue.failure
            saga.isPaused = newValue.isPaused
            left.returns = newValue.returns
            left.holds = newValue.holds
            left.retries = newValue.retries
            left.rulings = newValue.rulings
            left.halts = newValue.halts
            left.undoRequests = newValue.undoRequests
            left.parentRequests = newValue.parentRequests
        }
    }

    /// Whether the step stands as it does in another world.
    func isSame(_ step: Int, as other: World) -> Bool {
        let place = World.place(step)
        return participants[place] == other.participants[place]
            && participants[place + 1] == other.participants[place + 1]
            && saga.steps[step] == other.saga.steps[step] && questions[step] == other.questions[step]
    }

    func isSame(as other: World) -> Bool {
        header == other.header && saga.steps.indices.allSatisfy { isSame($0, as: other) }
    }

    /// Takes out what has no influence on what can happen from here on.
    mutating func normalise(_ plan: Plan) {
        for index in saga.steps.indices { self[part: index].normalise(plan.steps[index], bounds) }
        header.normalise(saga.steps, plan, left.merging)
    }
}

/// What can happen next. Loss, duplication and delay are in what does not happen, or happens late.
indirect enum Move: Hashable, Sendable {
    case start(queued: Bool)
    case grantLocks
    case carryOut(step: Int, item: Int = 0)
    case refuse(step: Int, item: Int = 0, round: Int)
    case carryOutUndo(step: Int, item: Int = 0)
    case reply(step: Int, item: Int = 0, Direction, attempt: Int?, SagaEvent.Reply)
    /// An expression comes to this.
    case decide(step: Int, SagaEvent.Decision)
    /// What a step waits for comes.
    case signal(step: Int, SagaEvent.Signal)
    case due(Saga.Due)
    case returnCommand(step: Int, Direction)
    /// Something happens, and what it sends to the participant of this step is held back.
    case holdBack(Move, step: Int)
    case askForRetry(step: Int)
    case askForUndo
    /// A person says what became of a step; nil: that the saga does without it.
    case rule(step: Int, SagaEvent.Resolution?)
    case pause
    case resume
    case abandon
    /// The parent asks for it to be undone.
    case cancel
}

extension [SagaEffect] {
    /// What is sent to the participant of a step.
    func command(of step: Int) -> Dispatch? {
        lazy.compactMap { if case .dispatch(let command) = $0, command.step == step { command } else { nil } }.first
    }
}

extension StepError {
    static let asked = StepError(code: "asked", message: "a person asked for it")
}
