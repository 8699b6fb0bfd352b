/// A 128-bit identifier (RFC 9562), ordered as its bytes and its text are.
public struct UUID: Sendable, Hashable, Comparable {
    /// The first eight bytes, the most significant first.
    public let high: UInt64
    /// The last eight bytes.
    public let low: UInt64

    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    public static func < (left: UUID, right: UUID) -> Bool {
        (left.high, left.low) < (right.high, right.low)
    }
}
