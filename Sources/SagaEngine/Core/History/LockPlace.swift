public import SagaValues

/// Where a saga stands in line for one of its lock keys.
public struct LockPlace: Sendable, Hashable {
    public let key: String
    /// The saga that holds the key; nil if it is free, or that saga is not to be named.
    public let holder: UUID?
    public let isHeld: Bool
    /// How many are before it in line.
    public let ahead: Int

    public init(key: String, holder: UUID?, isHeld: Bool? = nil, ahead: Int) {
        self.key = key
        self.holder = holder
        self.isHeld = isHeld ?? (holder != nil)
        self.ahead = ahead
    }
}
