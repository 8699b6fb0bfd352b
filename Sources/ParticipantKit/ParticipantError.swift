/// An error of the kit itself: its configuration, its start or a value out of range.
///
/// What a handler throws to answer a command is ``Rejection`` or ``TemporaryFailure``, not this.
public struct ParticipantError: Error, Sendable, CustomStringConvertible {
    /// What went wrong. A caller that decides by a failure switches on this, never on the text.
    public enum Code: String, Sendable, CaseIterable {
        /// The participant was declared wrongly: a bad name, an action registered twice (SAGA-0601).
        case invalidDeclaration
        /// A result is outside the limits of its type (SAGA-0602).
        case outOfRange
        /// The tables of the kit could not be created or brought up to date (SAGA-0603).
        case migrationFailed
        /// An output or an event could not be written as JSON (SAGA-0604).
        case notEncodable
        /// A statement gave another number of rows than it always does: a mistake in it (SAGA-0605).
        case unexpectedResult

        /// The stable code that users look up under `docs/errors`.
        public var number: String {
            switch self {
            case .invalidDeclaration: "SAGA-0601"
            case .outOfRange: "SAGA-0602"
            case .migrationFailed: "SAGA-0603"
            case .notEncodable: "SAGA-0604"
            case .unexpectedResult: "SAGA-0605"
            }
        }
    }

    public let code: Code
    public let message: String
    public let cause: (any Error)?

    public init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }

    public var description: String {
        "\(code.number) \(message)" + (cause.map { ": \($0)" } ?? "")
    }
}
