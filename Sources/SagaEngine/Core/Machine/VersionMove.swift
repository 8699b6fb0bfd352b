/// A saga's move to another version of its workflow: where the steps that it has reached stand in the other.
///
/// Steps are numbered as the two plans have them, which never change. Whether what a step does is the same in both is for
/// whoever makes it to find out, see `Migration`; the machine sees to it that nothing is left behind that may have an effect.
public struct VersionMove: Sendable, Hashable {
    /// The versions.
    public let from: Int
    public let to: Int
    /// The steps that go on where they are.
    public let kept: [Kept]

    public struct Kept: Sendable, Hashable {
        /// Of the plan that is left.
        public let from: Int
        /// Of the other.
        public let to: Int
        /// Whether the condition that it has in the other is not asked for any more, since it has begun.
        public let isPastCondition: Bool

        public init(from: Int, to: Int, isPastCondition: Bool = false) {
            self.from = from
            self.to = to
            self.isPastCondition = isPastCondition
        }
    }

    public init(from: Int, to: Int, kept: [Kept]) {
        self.from = from
        self.to = to
        self.kept = kept
    }

    /// Where a step of the plan that is left stands in the other; nil if it is left behind.
    public func place(of step: Int) -> Int? { kept.first { $0.from == step }?.to }
}
