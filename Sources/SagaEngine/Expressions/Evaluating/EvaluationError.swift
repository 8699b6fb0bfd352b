/// Why an expression has no value.
///
/// Messages name names of the expression, types and sizes, never values: those may be secret.
public struct EvaluationError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What kind of error it is; decisions are made on it, never on the text.
    public enum Code: String, Sendable, Hashable, CaseIterable {
        /// A variable has no value.
        case noValue = "no-value"
        /// A map has no such member.
        case noSuchMember = "no-such-member"
        /// An operator or function does not take values of these types.
        case noSuchOverload = "no-such-overload"
        /// A number does not fit: 64 bits for integers, 34 digits for decimals.
        case overflow
        case divisionByZero = "division-by-zero"
        /// A list or a text has no such place.
        case indexOutOfRange = "index-out-of-range"
        /// A value of the right type that the function cannot use.
        case invalidArgument = "invalid-argument"
        /// The budget of steps is spent.
        case tooCostly = "too-costly"
        /// A text or the result is larger than the limit.
        case tooLarge = "too-large"

        /// Errors about values can be absorbed by the other side of `&&` and `||`; those about means cannot.
        var canBeAbsorbed: Bool { self != .tooCostly && self != .tooLarge }
    }

    public let code: Code
    /// The part of the expression that failed.
    public let range: TextRange
    public let message: String

    public var description: String { "\(message) (\(code.rawValue))" }

    init(_ code: Code, _ range: TextRange, _ message: String) {
        self.code = code
        self.range = range
        self.message = message
    }
}
