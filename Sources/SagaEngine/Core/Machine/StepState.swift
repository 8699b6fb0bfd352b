public import SagaValues

/// How far one step of a saga has got.
public struct StepState: Sendable, Hashable {
    public package(set) var phase: Phase = .waiting
    /// The number of the last command, counted from 1 over all rounds; an undo begins anew.
    public package(set) var attempt = 0
    /// How many attempts of the present round count against its budget.
    public package(set) var spent = 0
    /// Starts at 1; each retry that a person asks for is a new round with a fresh budget.
    public package(set) var round = 1
    /// When the attempt in flight times out, or when the next one is due.
    public package(set) var due: Timestamp?
    /// Whether an attempt to do went without an answer, or was answered `unknown`, so that it may have happened.
    /// What another attempt says of itself does not take this back: only `done` and `rejected`, which hold for all.
    public package(set) var wentUnanswered = false
    /// The revision of the history row that holds the step's output.
    public package(set) var outputRevision: Int?
    /// Which case a choice took, from 0; nil for none of them. 0 for a step whose condition was found to hold.
    public package(set) var chosen: Int?
    /// How far the items of an `each` are, once they are counted.
    public package(set) var items: Items?
    public package(set) var incident: Incident?
    /// What a person ruled about it, if it is settled by that.
    public package(set) var ruling: Ruling?
    /// The revision of the history row that holds the body of its command, where a person has changed that.
    public package(set) var bodyRevision: Int?
    /// Why its next command was not sent when its turn had come; only while it waits for that.
    public package(set) var heldBack: HeldBack.Cause?
    /// Whether a command to do it went out before the one that it is about: told only of one that is out or is held back.
    package var hasGoneOut = false
    /// The last thing that went wrong.
    public package(set) var error: StepError?

    /// How a person settled a step. The row of its output says who, and why, beside the output.
    public enum Ruling: Int, Sendable, Hashable, CaseIterable {
        /// Said what became of it.
        case resolved = 1
        /// Had the saga go on without it.
        case passedOver = 2
    }

    /// The exits are those that one event can take; they are compared with what the machine does.
    public enum Phase: Int, Sendable, Hashable, CaseIterable {
        /// Not reached. Leaves to `doing`, `deciding`, `pausing`, `listening`; stays for ever if the saga unwinds first.
        case waiting = 0
        /// The command is out, or child sagas run. Leaves to `done`, `failed`, `retrying`, `probing`, `unknown`,
        /// `held`; of a failed saga at once to `undoing`, or to `undone` if it turns out that there is nothing to undo,
        /// or to `skipped` if its first command is held back.
        case doing = 1
        /// Waits for its next attempt. Leaves to `doing`, `done`, `failed`, `unknown`, `probing`, `held`; if the
        /// saga fails, at once to `undoing`, or to `skipped` if no command was ever sent.
        case retrying = 2
        /// Asks whether it happened. Leaves to `done`, `failed`, `unknown`, `reprobing`, `held`; of a failed saga
        /// at once to `undoing`.
        case probing = 3
        /// Waits to ask again. Leaves to `probing`, `done`, `failed`, `unknown`, `held`; of a failed saga at once
        /// to `undoing`.
        case reprobing = 4
        /// Its effect is committed. Leaves to `undoing`, or to `undone` if it was a list without items.
        case done = 5
        /// Refused by the participant, which will refuse it for ever: it has no effect. Final.
        case failed = 6
        /// May have happened, and will be undone if the saga unwinds. Leaves to `done`, `undoing`; if a person says
        /// that it has not happened, to `failed`, or to `skipped` if the saga has gone on without it.
        case unknown = 7
        /// Waits for a person on the way forward. Leaves to `doing`, `probing`, `done`, `failed`, `unknown`, `skipped`,
        /// `deciding`, `listening`; of a failed saga at once to `undoing`.
        case held = 8
        /// The undo is out. Leaves to `undone`, `reundoing`, `undoHeld`.
        case undoing = 9
        /// Waits to undo again. Leaves to `undoing`, `undone`.
        case reundoing = 10
        /// Undone, or made sure that it never happens. Final.
        case undone = 11
        /// Waits for a person on the way back. Leaves to `undoing`, `undone`.
        case undoHeld = 12
        /// An expression of it is asked for, which is answered within the same transaction. Leaves to `doing`,
        /// `pausing`, `listening`, `done`, `skipped`, `failed`, `held`.
        case deciding = 13
        /// Time has to pass. Leaves to `done`, `skipped`.
        case pausing = 14
        /// Waits for an event or for a person's consent. Leaves to `done`, `failed`, `held`, `skipped`.
        case listening = 15
        /// Passed over, since its condition did not hold or the saga failed before anything came of it: it has no
        /// effect. Final.
        case skipped = 16

        /// As people and programs see it.
        public var name: String {
            switch self {
            case .waiting: "waiting"
            case .doing: "doing"
            case .retrying: "retrying"
            case .probing: "probing"
            case .reprobing: "reprobing"
            case .done: "done"
            case .failed: "failed"
            case .unknown: "unknown"
            case .held: "held"
            case .undoing: "undoing"
            case .reundoing: "reundoing"
            case .undone: "undone"
            case .undoHeld: "undo-held"
            case .deciding: "deciding"
            case .pausing: "pausing"
            case .listening: "listening"
            case .skipped: "skipped"
            }
        }

        /// The direction of the command that is out and unanswered.
        var directionInFlight: Direction? {
            switch self {
            case .doing: .do
            case .probing: .probe
            case .undoing: .undo
            case .waiting, .retrying, .reprobing, .done, .failed, .unknown, .held, .reundoing, .undone, .undoHeld,
                .deciding, .pausing, .listening, .skipped:
                nil
            }
        }

        /// The direction of the next attempt, where one is due later.
        var directionAhead: Direction? {
            switch self {
            case .retrying: .do
            case .reprobing: .probe
            case .reundoing: .undo
            case .waiting, .doing, .probing, .done, .failed, .unknown, .held, .undoing, .undone, .undoHeld,
                .deciding, .pausing, .listening, .skipped:
                nil
            }
        }

        /// Whether it waits for a person or for its next attempt, so that a person may ask for one now.
        public var waitsForAttempt: Bool {
            switch self {
            case .held, .retrying, .reprobing, .undoHeld, .reundoing: true
            case .waiting, .doing, .probing, .done, .failed, .unknown, .undoing, .undone, .deciding, .pausing,
                .listening, .skipped:
                false
            }
        }

        /// Whether it has a due time: it waits for an answer, for its next attempt or for time to pass.
        var isTimed: Bool {
            switch self {
            case .doing, .retrying, .probing, .reprobing, .undoing, .reundoing, .pausing: true
            case .waiting, .done, .failed, .unknown, .held, .undone, .undoHeld, .deciding, .skipped: false
            // Only if the wait has an end.
            case .listening: false
            }
        }

        /// Whether it may have a due time.
        var mayBeTimed: Bool { isTimed || self == .listening }

        /// Whether nothing more happens to it unless the saga unwinds.
        var isSettled: Bool {
            switch self {
            case .done, .failed, .unknown, .undone, .skipped: true
            case .waiting, .doing, .retrying, .probing, .reprobing, .held, .undoing, .reundoing, .undoHeld, .deciding,
                .pausing, .listening:
                false
            }
        }

        /// Whether an effect of it may be there, or may yet appear.
        var mayHaveEffect: Bool {
            switch self {
            case .doing, .retrying, .probing, .reprobing, .done, .unknown, .held, .undoing, .reundoing, .undoHeld: true
            case .waiting, .failed, .undone, .deciding, .pausing, .listening, .skipped: false
            }
        }

        /// Whether its outcome on the way forward is still being found out.
        var isSettlingForward: Bool {
            switch self {
            case .doing, .retrying, .probing, .reprobing, .held, .deciding, .pausing, .listening: true
            case .waiting, .done, .failed, .unknown, .undoing, .reundoing, .undone, .undoHeld, .skipped: false
            }
        }
    }
}

extension Direction {
    /// Where a step waits for its next attempt in this direction.
    var phaseAhead: StepState.Phase {
        switch self {
        case .do: .retrying
        case .probe: .reprobing
        case .undo: .reundoing
        }
    }
}

/// A stuck point that needs a person. Open until the step moves on; never silent.
public struct Incident: Sendable, Hashable {
    public let cause: Cause
    /// The revision of the event that opened it: with the saga's id, its name.
    public let openedRevision: Int

    package init(cause: Cause, openedRevision: Int) {
        self.cause = cause
        self.openedRevision = openedRevision
    }

    public enum Cause: String, Sendable, Hashable, CaseIterable {
        /// Refused after the point of no return.
        case rejected
        /// Attempts ran out where the saga may not unwind.
        case exhausted
        /// It may or may not have happened, and nobody may guess.
        case unknown
        /// An undo spent its attempts.
        case undoFailed = "undo-failed"
        /// No queue takes the participant's commands. Closes by itself when the participant appears.
        case unroutable
    }
}

/// What a participant said went wrong. Bounded, since it is written with every transition.
public struct StepError: Error, Sendable, Hashable {
    public let code: String
    public let message: String

    /// Text beyond 64 Unicode scalars of code and 256 of message is cut, and NUL, which cannot be stored, left out.
    public init(code: String, message: String) {
        self.code = StepError.cut(code, to: 64)
        self.message = StepError.cut(message, to: 256)
    }

    /// A person refused the consent that a step waited for.
    public static func notApproved(_ reason: String) -> StepError {
        StepError(code: "not-approved", message: reason)
    }

    /// By scalars, since one character may be made of any number of them.
    private static func cut(_ text: String, to count: Int) -> String {
        String(String.UnicodeScalarView(text.unicodeScalars.lazy.filter { $0 != "\0" }.prefix(count)))
    }
}
