/// How large an expression's text may be.
public struct ExpressionLimits: Sendable, Hashable {
    /// Bytes of text.
    public var bytes: Int
    /// How many levels deep brackets, and operators that bind differently, may stand in each other; a macro counts for
    /// three. Chains of equal operators, members and calls are one level.
    public var depth: Int
    /// Operands, operators, members and calls in all.
    public var parts: Int

    public init(bytes: Int = 4096, depth: Int = 64, parts: Int = 2000) {
        self.bytes = bytes
        self.depth = depth
        self.parts = parts
    }

    public static let `default` = ExpressionLimits()
}
