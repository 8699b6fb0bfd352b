public import SagaValues

/// Where a saga stands in line for one of its lock keys.
public struct LockPlace: Sendable, Hashable {
    public let key: String
    /// The saga that holds the key; nil if it is free.
    public let holder: UUID?
    /// How many are before it in line.
    public let ahead: Int

    public init(key: String, holder: UUID?, ahead: Int) {
        self.key = key
        self.holder = holder
        self.ahead = ahead
    }
}
