public import SagaValues

/// What can happen to a saga.
public enum SagaEvent: Sendable, Hashable {
    /// It began, with its locks in hand or in line for them.
    case started(queued: Bool)
    /// Its turn came: every lock key is its own.
    case locksGranted
    /// A participant answered the command of a step. `attempt` is what it answered to, if it said so.
    case replied(step: Int, direction: Direction, attempt: Int?, reply: Reply)
    /// The broker had no queue for the command of a step.
    case returned(step: Int, direction: Direction)
    /// Time has passed: every due time up to now is acted on.
    case timerFired
    /// A person asks for an attempt now, with a fresh budget.
    case retryRequested(step: Int)
    /// A person asks for the saga to be undone.
    case compensationRequested(StepError)

    /// A participant's answer, without its payload: outputs live in the history.
    public enum Reply: Sendable, Hashable {
        case done
        case rejected(StepError)
        case retry(StepError, after: Duration?)
        case working
    }
}

/// What an event led to.
public enum Transition: Sendable, Hashable {
    /// The state has changed, the revision is one higher, and these effects are due once that is committed.
    case applied([SagaEffect])
    /// Nothing has changed.
    case ignored(Ignored)

    /// Why an event has no effect.
    public enum Ignored: String, Sendable, Hashable {
        /// It repeats what is known.
        case duplicate
        /// It answers something that was settled otherwise in the meantime.
        case late
        /// Nothing is due yet.
        case early
        /// The saga's state does not allow it.
        case illegal
    }
}

/// What the runtime has to do once the transition is committed.
public enum SagaEffect: Sendable, Hashable {
    /// Send the command of a step.
    case dispatch(Dispatch)
    case openIncident(step: Int, Incident)
    case resolveIncident(step: Int, Incident)
    /// Tell people that the deadline has passed behind the point of no return: the saga goes on. At most once.
    case reportLate
    /// It has ended: its locks are free.
    case end(Saga.Status)
}

/// A command to send. Its body follows from the plan, the input and the outputs.
public struct Dispatch: Sendable, Hashable {
    public let step: Int
    public let direction: Direction
    public let attempt: Int
    public let round: Int

    public init(step: Int, direction: Direction, attempt: Int, round: Int) {
        self.step = step
        self.direction = direction
        self.attempt = attempt
        self.round = round
    }
}
