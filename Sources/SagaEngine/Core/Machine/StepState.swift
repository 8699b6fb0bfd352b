public import SagaValues

/// How far one step of a saga has got.
public struct StepState: Sendable, Hashable {
    public internal(set) var phase: Phase = .waiting
    /// The number of the last command, counted from 1 over all rounds; an undo begins anew.
    public internal(set) var attempt = 0
    /// How many attempts of the present round count against its budget.
    public internal(set) var spent = 0
    /// Starts at 1; each retry that a person asks for is a new round with a fresh budget.
    public internal(set) var round = 1
    /// When the attempt in flight times out, or when the next one is due.
    public internal(set) var due: Timestamp?
    /// Whether an attempt to do went without an answer, so that it may have happened.
    public internal(set) var wentUnanswered = false
    /// The revision of the history row that holds the step's output.
    public internal(set) var outputRevision: Int?
    public internal(set) var incident: Incident?
    /// The last thing that went wrong.
    public internal(set) var error: StepError?

    /// The exits are those that one event can take; they are compared with what the machine does.
    public enum Phase: Int, Sendable, Hashable, CaseIterable {
        /// Not reached. Leaves to `doing`; stays for ever if the saga unwinds first.
        case waiting = 0
        /// The command is out. Leaves to `done`, `failed`, `retrying`, `probing`, `unknown`, `held`; of a failed
        /// saga at once to `undoing`.
        case doing = 1
        /// Waits for its next attempt. Leaves to `doing`, `done`, `failed`, `unknown`, `probing`, `held`; if the
        /// saga fails, at once to `undoing`.
        case retrying = 2
        /// Asks whether it happened. Leaves to `done`, `failed`, `unknown`, `reprobing`, `held`; of a failed saga
        /// at once to `undoing`.
        case probing = 3
        /// Waits to ask again. Leaves to `probing`, `done`, `failed`, `unknown`, `held`; of a failed saga at once
        /// to `undoing`.
        case reprobing = 4
        /// Its effect is committed. Leaves to `undoing`.
        case done = 5
        /// Refused by the participant, which will refuse it for ever: it has no effect. Final.
        case failed = 6
        /// May have happened, and will be undone if the saga unwinds. Leaves to `done`, `undoing`.
        case unknown = 7
        /// Waits for a person on the way forward. Leaves to `doing`, `probing`, `done`, `unknown`; of a failed saga
        /// at once to `undoing`.
        case held = 8
        /// The undo is out. Leaves to `undone`, `reundoing`, `undoHeld`.
        case undoing = 9
        /// Waits to undo again. Leaves to `undoing`, `undone`.
        case reundoing = 10
        /// Undone, or made sure that it never happens. Final.
        case undone = 11
        /// Waits for a person on the way back. Leaves to `undoing`, `undone`.
        case undoHeld = 12

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
            }
        }

        /// The direction of the command that is out and unanswered.
        var directionInFlight: Direction? {
            switch self {
            case .doing: .do
            case .probing: .probe
            case .undoing: .undo
            case .waiting, .retrying, .reprobing, .done, .failed, .unknown, .held, .reundoing, .undone, .undoHeld: nil
            }
        }

        /// The direction of the next attempt, where one is due later.
        var directionAhead: Direction? {
            switch self {
            case .retrying: .do
            case .reprobing: .probe
            case .reundoing: .undo
            case .waiting, .doing, .probing, .done, .failed, .unknown, .held, .undoing, .undone, .undoHeld: nil
            }
        }

        /// Whether it waits for a person or for its next attempt, so that a person may ask for one now.
        public var waitsForAttempt: Bool {
            switch self {
            case .held, .retrying, .reprobing, .undoHeld, .reundoing: true
            case .waiting, .doing, .probing, .done, .failed, .unknown, .undoing, .undone: false
            }
        }

        /// Whether it has a due time: it waits for an answer or for its next attempt.
        var isTimed: Bool {
            switch self {
            case .doing, .retrying, .probing, .reprobing, .undoing, .reundoing: true
            case .waiting, .done, .failed, .unknown, .held, .undone, .undoHeld: false
            }
        }

        /// Whether nothing more happens to it unless the saga unwinds.
        var isSettled: Bool {
            switch self {
            case .done, .failed, .unknown, .undone: true
            case .waiting, .doing, .retrying, .probing, .reprobing, .held, .undoing, .reundoing, .undoHeld: false
            }
        }

        /// Whether its outcome on the way forward is still being found out.
        var isSettlingForward: Bool {
            switch self {
            case .doing, .retrying, .probing, .reprobing, .held: true
            case .waiting, .done, .failed, .unknown, .undoing, .reundoing, .undone, .undoHeld: false
            }
        }
    }
}

/// A stuck point that needs a person. Open until the step moves on; never silent.
public struct Incident: Sendable, Hashable {
    public let cause: Cause
    /// The revision of the event that opened it: with the saga's id, its name.
    public let openedRevision: Int

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
public struct StepError: Sendable, Hashable {
    public let code: String
    public let message: String

    /// Text beyond 64 Unicode scalars of code and 256 of message is cut, and NUL, which cannot be stored, left out.
    public init(code: String, message: String) {
        self.code = StepError.cut(code, to: 64)
        self.message = StepError.cut(message, to: 256)
    }

    /// By scalars, since one character may be made of any number of them.
    private static func cut(_ text: String, to count: Int) -> String {
        String(String.UnicodeScalarView(text.unicodeScalars.lazy.filter { $0 != "\0" }.prefix(count)))
    }
}
