/// Identifies a delivery for its acknowledgement; good for the connection it came on, and ignored on any later one.
public struct DeliveryTag: Sendable, Hashable {
    /// Which connection of the consumer it came on.
    public let generation: UInt64
    public let number: UInt64

    public init(generation: UInt64, number: UInt64) {
        self.generation = generation
        self.number = number
    }
}

/// A message that a consumer received and must acknowledge or reject.
public struct Delivery: Sendable {
    public let tag: DeliveryTag
    /// It was delivered before, to us or another, and not acknowledged.
    public let redelivered: Bool
    public let exchange: String
    public let routingKey: String
    /// Bytes that are not UTF-8 appear as U+FFFD in texts; such header values appear as bytes.
    public let properties: MessageProperties
    public let body: [UInt8]

    /// How often it came back unacknowledged before, as a quorum queue counts (`x-delivery-count`); 0 on classic queues.
    public var deliveryCount: Int {
        properties.header("x-delivery-count")?.intValue.map { Int(clamping: $0) } ?? 0
    }
}
