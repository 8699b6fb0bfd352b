public import SagaValues

/// Why a message is not what the protocol says, or cannot be made so.
///
/// It says what is wrong and where, never what the message contains: that may be secret.
public struct WireError: Error, Hashable, CustomStringConvertible {
    /// What kind of fault it is.
    public let code: Code
    /// The property, header or member that is wrong; empty when it is the message as a whole.
    public let field: String
    /// What is wrong, in words.
    public let message: String
    /// For ``Code/bodyNotJSON``: why, and where in the body.
    public let cause: JSON.ParseError?

    public init(_ code: Code, field: String = "", _ message: String, cause: JSON.ParseError? = nil) {
        self.code = code
        self.field = field
        self.message = message
        self.cause = cause
    }

    /// Every fault there is; the text goes into ``HeaderName/deadReason``.
    public enum Code: String, Sendable, Hashable, CaseIterable {
        case missingProperty = "missing-property"
        case invalidProperty = "invalid-property"
        case missingHeader = "missing-header"
        case invalidHeader = "invalid-header"
        /// Two parts of the message that must agree do not.
        case contradiction
        case unsupportedProtocol = "unsupported-protocol"
        case unsupportedContentType = "unsupported-content-type"
        /// An envelope of many messages, which this reader never declared that it takes.
        case batchNotTaken = "batch-not-taken"
        case unknownReplyType = "unknown-reply-type"
        case bodyTooLarge = "body-too-large"
        case bodyNotJSON = "body-not-json"
        /// The body is JSON of another shape than due.
        case invalidBody = "invalid-body"
    }

    public var description: String {
        let place = field.isEmpty ? "" : " (\(field))"
        let reason = cause.map { ": \($0)" } ?? ""
        return "\(code.rawValue)\(place): \(message)\(reason)"
    }
}
