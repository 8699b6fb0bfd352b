public import SagaValues

/// What can happen to a saga.
public enum SagaEvent: Sendable, Hashable {
    /// It began, with its locks in hand or in line for them.
    case started(queued: Bool)
    /// Its turn came: every lock key is its own.
    case locksGranted
    /// A participant answered the command of a step. `attempt` is what it answered to, if it said so; a child
    /// saga says its round instead. `item` is 0 but for the items of an `each`.
    case replied(step: Int, item: Int = 0, direction: Direction, attempt: Int?, reply: Reply)
    /// The broker had no queue for the command of a step.
    case returned(step: Int, direction: Direction)
    /// The command of a step that was about to be sent is not sent for now: its participant gets none, or no more.
    case heldBack(step: Int, direction: Direction, HeldBack)
    /// A command that was held back may go before its time.
    case released(step: Int, direction: Direction)
    /// Time has passed: every due time up to now is acted on.
    case timerFired
    /// A person asks for an attempt now, with a fresh budget.
    case retryRequested(step: Int)
    /// A person asks for the saga to be undone.
    case compensationRequested(StepError)
    /// The saga's parent asks for it to be undone, which may be after it has completed.
    case cancelledByParent(StepError)
    /// What the step asked for with ``SagaEffect/decide(step:)``.
    case decided(step: Int, Decision)
    /// What a step listened for has come, or the consent it waited for was given or refused.
    case signalled(step: Int, Signal)
    /// A person says what became of a step that nobody else knows about.
    case resolved(step: Int, Resolution)
    /// A person has a step passed over that waits for one. `isForced`: though the workflow does not allow it.
    case skipRequested(step: Int, isForced: Bool)
    /// A person gives a step another body for its command, for the next time that it is asked for.
    case patched(step: Int)
    /// A person wants nothing more to be sent.
    case paused
    /// A person lets it go on.
    case resumed
    /// A person closes it, and leaves what was done as it is.
    case abandoned
    /// A person has it go on by another version of its workflow: the first event that is handled by that one's plan.
    case migrated(VersionMove)

    /// A participant's answer, without its payload: outputs live in the history.
    public enum Reply: Sendable, Hashable {
        case done
        case rejected(StepError)
        case retry(StepError, after: Duration?)
        /// It does not know itself whether it happened: as if no reply had come, but known at once.
        case unknown(StepError, after: Duration?)
        case working
    }

    /// What the expressions of a step say.
    public enum Decision: Sendable, Hashable {
        /// Its condition holds.
        case proceed
        /// Its condition does not hold.
        case skip
        /// The case of a choice whose condition holds first; nil if none does.
        case chosen(Int?)
        /// When a pause is over.
        case until(Timestamp)
        /// How many items a list has.
        case items(Int)
        /// The expression has no value.
        case failed(StepError)
    }

    public enum Signal: Sendable, Hashable {
        /// Carries the output.
        case accepted
        case refused(StepError)
    }

    /// What a person found out about a step.
    public enum Resolution: String, Sendable, Hashable, CaseIterable {
        /// It has happened. Carries the output.
        case done
        /// It has not happened, and will not.
        case notDone = "not-done"
        /// What it did is undone, by hand.
        case undone
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
    /// Evaluate the expression that the step needs now, and answer with ``SagaEvent/decided(step:_:)`` before
    /// anything else happens: its condition if it has one and is asked for the first time, else what its kind says.
    case decide(step: Int, Question)
    /// Find the events that the step waits for: those that have come already, and those to come.
    case listen(step: Int)
    /// The step no longer waits for events.
    case stopListening(step: Int)
    case openIncident(step: Int, Incident)
    case resolveIncident(step: Int, Incident)
    /// Tell people that the deadline has passed behind the point of no return: the saga goes on. At most once.
    case reportLate
    /// It has ended: its locks are free.
    case end(Saga.Status)

    public enum Question: String, Sendable, Hashable {
        /// Does `when` hold?
        case condition
        /// Which case of the choice?
        case choice
        /// Until when?
        case pause
        /// How many items?
        case items
    }
}

/// A command to send. Its body follows from the plan, the input and the outputs.
public struct Dispatch: Sendable, Hashable {
    public let step: Int
    /// Which item of an `each`, from 0.
    public let item: Int
    public let direction: Direction
    public let attempt: Int
    public let round: Int

    public init(step: Int, item: Int = 0, direction: Direction, attempt: Int, round: Int) {
        self.step = step
        self.item = item
        self.direction = direction
        self.attempt = attempt
        self.round = round
    }
}
