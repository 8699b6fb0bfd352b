/// A message to publish.
public struct OutgoingMessage: Sendable {
    /// Empty for the default exchange, which routes to the queue named by the key.
    public var exchange: String
    public var routingKey: String
    /// A message that no queue takes comes back. Without it such a message is confirmed and lost.
    public var mandatory: Bool
    public var properties: MessageProperties
    public var body: [UInt8]

    public init(
        exchange: String,
        routingKey: String,
        mandatory: Bool = true,
        properties: MessageProperties = MessageProperties(),
        body: [UInt8]
    ) {
        self.exchange = exchange
        self.routingKey = routingKey
        self.mandatory = mandatory
        self.properties = properties
        self.body = body
    }
}

/// What became of a published message. Only ``confirmed`` means that the broker has it.
public enum PublishOutcome: Sendable, Hashable {
    case confirmed
    /// No queue took it; the broker's code (312) and text.
    case returned(code: Int, text: String)
    /// The broker could not take responsibility for it.
    case nacked
    /// Never sent, or sent on a connection or channel that ended before the confirm: the broker may have it all the
    /// same. Publish it again with the same id; the consumer must know duplicates.
    case notSent(RabbitMQError)
}
