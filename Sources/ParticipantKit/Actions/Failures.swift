public import SagaValues
internal import SagaWire

/// A business refusal: nothing was done, and asking again will not help.
///
/// Throw it from a handler. Everything the handler wrote is rolled back; the refusal itself is kept, so
/// that a second delivery of the same command gets the same answer. Before the pivot the saga unwinds.
///
/// An undo cannot be refused: thrown from an undo handler it counts as a ``TemporaryFailure``.
public struct Rejection: Error, Sendable, Hashable, CustomStringConvertible {
    /// Stable, for programs: `insufficient-balance`. Lower case with hyphens, at most 64 characters count.
    public let code: String
    /// For people. It is stored and shown to operators: no secrets.
    public let message: String
    public let details: JSON.Object?

    public init(_ code: String, _ message: String, details: JSON.Object? = nil) {
        self.code = code
        self.message = message
        self.details = details
    }

    public var description: String { "\(code): \(message)" }
}

/// A failure that time may mend: nothing was done, and the command should come again.
///
/// Throw it from a handler. Everything is rolled back and nothing is kept. It says that this attempt did nothing outside
/// of the transaction either: where a provider was asked and its answer was lost, throw ``OutcomeUnknown``.
///
/// Any other error is answered the same way, since only a typed refusal may unwind a saga; of an action that has a probe
/// handler, and so does something outside, it is answered as ``OutcomeUnknown`` is.
public struct TemporaryFailure: Error, Sendable, Hashable, CustomStringConvertible {
    public let code: String
    public let message: String
    /// The earliest time for the next attempt, if the handler knows; whole seconds count, rounded up.
    public let retryAfter: Duration?

    public init(_ code: String, _ message: String, retryAfter: Duration? = nil) {
        self.code = code
        self.message = message
        self.retryAfter = retryAfter
    }

    public var description: String { "\(code): \(message)" }
}

/// Nobody knows whether it was done: a provider was asked, and its answer was lost.
///
/// Throw it from a handler. Everything that it wrote is rolled back and nothing is kept, so that the next attempt runs the
/// handler again, which has to ask the provider with the same key: ``ActionContext/commandID``, or something else that
/// is the same for every attempt. The orchestrator takes it for what an attempt is that never was answered, but knows it
/// at once; when attempts are spent, the step's `onUnknown` decides. From an undo or a probe it leads to another attempt.
public struct OutcomeUnknown: Error, Sendable, Hashable, CustomStringConvertible {
    public let code: String
    public let message: String
    /// The earliest time for the next attempt, if the handler knows.
    public let retryAfter: Duration?

    public init(_ code: String, _ message: String, retryAfter: Duration? = nil) {
        self.code = code
        self.message = message
        self.retryAfter = retryAfter
    }

    public var description: String { "\(code): \(message)" }
}

/// The codes that the kit itself answers with, beside those of the handlers.
public enum KitCode {
    /// `rejected`: the step was undone before it was done; doing it now would never be undone.
    public static let compensated = ReplyError.Code.alreadyUndone
    /// `rejected`, to a probe: it was not done. Nothing is recorded.
    public static let notDone = ReplyError.Code.notDone
    /// `rejected`: the body does not have the shape that the action expects.
    public static let invalidInput = "invalid-input"
    /// `rejected`: the command's body or the action's output is larger than allowed.
    public static let payloadTooLarge = ReplyError.Code.payloadTooLarge
    /// `retry`: no handler is registered under this name, as happens in the middle of a deployment.
    public static let unknownAction = ReplyError.Code.unknownAction
    /// `retry`, or `unknown` of an action with a probe handler that was at work: the database was not to be had, or could
    /// not finish the transaction.
    public static let databaseUnavailable = "database-unavailable"
    /// `retry`: the barrier has no record of the step, and must have had one, or may have had one that was removed.
    public static let barrierExpired = "barrier-expired"
    /// `retry`, or `unknown` of an action with a probe handler: the handler failed in a way that it did not foresee; the
    /// participant's log has the error.
    public static let internalError = "internal-error"
}
