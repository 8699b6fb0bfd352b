extension Expression {
    /// What can be said about an expression before it is evaluated.
    public struct Check: Sendable, Hashable {
        /// The type of its value.
        public let type: StaticType
        /// What can never be right, in the order of the text; none for an expression that may be deployed.
        public let findings: [ExpressionFinding]

        /// Whether the value can be true or false, as `when` wants it.
        public var canBeBool: Bool { type.canBe(.bool) }
        /// Whether the value can be a list, as `each` wants it.
        public var canBeList: Bool { type.canBe(.list) }
        /// The type as people call it: "string or null".
        public var typeName: String { type.name }
    }

    /// Checks names and types.
    ///
    /// A member that need not be there is found, unless `has()` is asked about it in the same `&&`, or in the condition
    /// of the `?:` around it. Where nothing is known, nothing is found.
    ///
    /// - Parameter types: the names that there are, with what is known about their values.
    public func check(_ types: [String: StaticType]) -> Check {
        var checker = Checker(variables: variables, types: types)
        let type = checker.type(of: root, KnownPaths())
        return Check(type: type, findings: checker.findings.sorted { $0.range.offset < $1.range.offset })
    }
}
