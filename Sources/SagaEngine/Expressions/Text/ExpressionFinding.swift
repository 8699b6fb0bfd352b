/// What is wrong with an expression before it is ever evaluated: where, what, and the way out.
///
/// Messages name names and types, and quote nothing but names of the expression itself.
public struct ExpressionFinding: Error, Sendable, Hashable {
    /// What kind of mistake it is; decisions are made on it, never on the text.
    public enum Code: String, Sendable, Hashable, CaseIterable {
        /// The text has more bytes than the limit.
        case tooLong = "too-long"
        /// Brackets stand in each other more levels deep than the limit.
        case tooDeep = "too-deep"
        /// There are more operands, operators and calls than the limit.
        case tooManyParts = "too-many-parts"
        /// It is no expression.
        case syntax
        /// A string literal cannot be read.
        case badText = "bad-text"
        /// A number literal cannot be read, or is too large.
        case badNumber = "bad-number"
        /// CEL has it, and this subset has not.
        case notSupported = "not-supported"
        /// There is no such function.
        case unknownFunction = "unknown-function"
        /// A function was given too few or too many arguments, or one that is not written as it must be.
        case wrongArguments = "wrong-arguments"
        /// The pattern of `matches` cannot be used.
        case badPattern = "bad-pattern"
        /// There is nothing of that name.
        case unknownName = "unknown-name"
        /// A value is of a type that the operator or function does not take.
        case wrongType = "wrong-type"
        /// The value never has that member.
        case unknownMember = "unknown-member"
        /// The value need not have that member, and nothing looks first.
        case perhapsMissing = "perhaps-missing"
    }

    public let code: Code
    public let range: TextRange
    /// What is wrong, as a clause: "there is no function 'lower'".
    public let message: String
    /// What to write in its place.
    public let help: String

    public init(_ code: Code, _ range: TextRange, _ message: String, help: String) {
        self.code = code
        self.range = range
        self.message = message
        self.help = help
    }
}

/// Why text is no expression: at least one finding, in the order of the text.
public struct ExpressionFindings: Error, Sendable, Hashable {
    public let findings: [ExpressionFinding]
}
