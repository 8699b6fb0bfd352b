/// Something that must hold in the databases, as a query for what breaks it.
public struct Invariant: Sendable, Hashable {
    /// Its number in docs/ARCHITECTURE.md, with a letter where it is checked in parts: `6b`.
    public let name: String
    /// What holds, in a sentence.
    public let statement: String
    /// Gives one row for each violation: the saga or user, and what is wrong.
    public let violations: String
}

/// What was found.
public struct CheckResult: Sendable, Hashable {
    public let invariant: Invariant
    public let count: Int
    /// The first violations, as text.
    public let examples: [String]
}
