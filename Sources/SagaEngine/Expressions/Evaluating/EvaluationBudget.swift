/// How much an evaluation may cost.
public struct EvaluationBudget: Sendable, Hashable {
    /// Steps: one for every part of the expression each time it is evaluated, every element that is gone through,
    /// every 64 bytes of text that are looked at or made, and every 64 states that a pattern follows.
    public var steps: Int
    /// Bytes of the result as compact JSON, and of any text on the way.
    public var bytes: Int

    public init(steps: Int = 100_000, bytes: Int = 1 << 20) {
        self.steps = steps
        self.bytes = bytes
    }

    public static let `default` = EvaluationBudget()
}
