public import SagaValues

/// What a participant answers.
public struct ReplyMessage: Sendable, Hashable {
    /// The command that this answers.
    public var command: CommandID
    /// One of its own for every message; a stored reply that is sent again may keep it. At most 255 bytes.
    public var messageID: String
    /// The attempt that this answers, if the participant says so. It tells a late `retry`, `unknown` or `working`
    /// of an older attempt from one of the present.
    public var attempt: Int?
    /// What became of the command.
    public var outcome: Outcome
    /// The trace that the work belongs to.
    public var trace: TraceContext?
    /// Which program sent it. At most 255 bytes.
    public var appID: String?
    /// When it was sent, in seconds since 1970.
    public var timestamp: Int64?

    public init(
        command: CommandID, messageID: String, attempt: Int? = nil, outcome: Outcome,
        trace: TraceContext? = nil, appID: String? = nil, timestamp: Int64? = nil
    ) {
        self.command = command
        self.messageID = messageID
        self.attempt = attempt
        self.outcome = outcome
        self.trace = trace
        self.appID = appID
        self.timestamp = timestamp
    }

    /// The five classes of answers. No answer in time is never a message, and means what `unknown` means.
    public enum Outcome: Sendable, Hashable {
        /// The effect is committed. The output is a JSON object.
        case done(Payload)
        /// A business refusal: nothing was done, and asking again will not help.
        case rejected(ReplyError)
        /// A temporary failure: nothing was done by this attempt.
        case retry(ReplyError)
        /// It may have been done: somebody outside was asked, and the answer was lost.
        case unknown(ReplyError)
        /// Still at it; may say why.
        case working(ReplyError?)

        /// The message's `type`.
        public var type: String {
            switch self {
            case .done: "done"
            case .rejected: "rejected"
            case .retry: "retry"
            case .unknown: "unknown"
            case .working: "working"
            }
        }
    }
}

/// Why a participant did not do what it was asked.
public struct ReplyError: Error, Sendable, Hashable {
    /// For programs: `insufficient-balance`. Not empty.
    public var code: String
    /// For people.
    public var message: String
    /// Whatever else a program may want to know.
    public var details: JSON?
    /// How long to wait before the next attempt, in whole microseconds, up to ``longestRetryAfter``.
    public var retryAfter: Duration?

    public init(code: String, message: String = "", details: JSON? = nil, retryAfter: Duration? = nil) {
        self.code = code
        self.message = message
        self.details = details
        self.retryAfter = retryAfter
    }

    /// A year.
    public static let longestRetryAfter: Duration = .seconds(365 * 86_400)

    /// Codes that mean the same at every participant.
    public enum Code {
        /// The command or what it would answer is larger than the wire takes.
        public static let payloadTooLarge = "payload-too-large"
        /// The answer to a probe: the step was not done.
        public static let notDone = "not-done"
        /// A late do, whose undo came first and holds its place.
        public static let alreadyUndone = "already-undone"
        /// The participant has no such action.
        public static let unknownAction = "unknown-action"
    }
}
