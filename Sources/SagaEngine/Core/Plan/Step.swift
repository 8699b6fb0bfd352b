public import SagaValues

/// One action at a participant, and how to undo it.
public struct Step: Sendable, Hashable {
    public let name: String
    /// The action as written: `billing.create-order`. What stands before the first dot is the participant.
    public let action: String
    /// The action that semantically reverses this one, or nil.
    public let undo: String?
    /// The command's body.
    public let input: Template
    /// Changes nothing, so needs no undo.
    public let readonly: Bool
    /// The point of no return: once done, the saga only goes forward.
    public let pivot: Bool
    /// Its failure does not fail the saga.
    public let optional: Bool
    public let retry: RetryPolicy
    public let undoRetry: RetryPolicy
    public let onUnknown: OnUnknown
    public let onUndoFailure: OnUndoFailure

    public init(
        name: String, action: String, undo: String? = nil, input: Template = .literal(.object([:])),
        readonly: Bool = false, pivot: Bool = false, optional: Bool = false,
        retry: RetryPolicy = .default, undoRetry: RetryPolicy = .undoDefault,
        onUnknown: OnUnknown = .undo, onUndoFailure: OnUndoFailure = .stop
    ) {
        self.name = name
        self.action = action
        self.undo = undo
        self.input = input
        self.readonly = readonly
        self.pivot = pivot
        self.optional = optional
        self.retry = retry
        self.undoRetry = undoRetry
        self.onUnknown = onUnknown
        self.onUndoFailure = onUndoFailure
    }

    /// The service that owns ``action``.
    public var participant: String { Step.participant(of: action) }

    public static func participant(of action: String) -> String {
        String(action.prefix { $0 != "." })
    }

    /// What to do when no attempt was answered, so that the step may or may not have happened.
    public enum OnUnknown: String, Sendable, Hashable {
        /// Treat it as done: fail the saga and undo it. Never the default of a pivot.
        case undo
        /// Ask the participant whether it happened.
        case probe
        /// Leave it to a person.
        case incident
    }

    /// What happens to the steps before this one when its undo has spent its attempts.
    public enum OnUndoFailure: String, Sendable, Hashable {
        /// They wait until the incident is resolved.
        case stop
        /// They are undone; the saga still waits for the incident before it is compensated.
        case `continue`
    }
}

/// When and how often an action is tried again.
///
/// The wait before attempt n+1 is drawn from 0 up to `initial * factor^(n-1)`, at most `max` ("full
/// jitter"; Brooker, "Exponential Backoff And Jitter", 2015), or is that bound itself without jitter.
public struct RetryPolicy: Sendable, Hashable {
    /// How many attempts there are in all, at least 1; nil: without end.
    public let attempts: Int?
    public let initial: Duration
    /// In thousandths, so that a policy is exact and hashable: 2000 doubles the wait. At least 1000.
    public let factorPermille: Int
    public let max: Duration
    public let jitter: Bool
    /// How long one attempt waits for its reply.
    public let timeout: Duration

    public init(
        attempts: Int? = 5, initial: Duration = .seconds(1), factorPermille: Int = 2000,
        max: Duration = .seconds(30), jitter: Bool = true, timeout: Duration = .seconds(30)
    ) {
        self.attempts = attempts
        self.initial = initial
        self.factorPermille = factorPermille
        self.max = max
        self.jitter = jitter
        self.timeout = timeout
    }

    public static let `default` = RetryPolicy()
    /// An undo tries longer before it asks a person: 10 attempts, up to a minute apart.
    public static let undoDefault = RetryPolicy(attempts: 10, max: .seconds(60))
}
