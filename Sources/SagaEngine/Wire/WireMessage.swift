/// A message as any AMQP client sees it, in neutral terms. All are persistent.
///
/// The RabbitMQ adapter maps it to and from its own type, so that this module knows no client and the
/// client no saga.
public struct WireMessage: Sendable {
    /// Where it is published to; of no meaning when received.
    public var exchange: String
    /// The key it is published under; of no meaning when received.
    public var routingKey: String
    /// A command's id, or one of the reply's own.
    public var messageID: String?
    /// The saga of a command, or the command that a reply answers.
    public var correlationID: String?
    /// A command's action, or the class of a reply.
    public var type: String?
    /// The routing key for the reply.
    public var replyTo: String?
    /// See ``ContentType``; none is taken for JSON.
    public var contentType: String?
    /// Which program sent it.
    public var appID: String?
    /// Seconds since 1970, as AMQP has it.
    public var timestamp: Int64?
    /// In any order. Headers of other types than string and integer are left out by the adapter.
    public var headers: [(name: String, value: WireValue)]
    public var body: [UInt8]

    public init(
        exchange: String = "", routingKey: String = "", messageID: String? = nil, correlationID: String? = nil,
        type: String? = nil, replyTo: String? = nil, contentType: String? = nil, appID: String? = nil,
        timestamp: Int64? = nil, headers: [(name: String, value: WireValue)] = [], body: [UInt8] = []
    ) {
        self.exchange = exchange
        self.routingKey = routingKey
        self.messageID = messageID
        self.correlationID = correlationID
        self.type = type
        self.replyTo = replyTo
        self.contentType = contentType
        self.appID = appID
        self.timestamp = timestamp
        self.headers = headers
        self.body = body
    }
}

/// The value of a header.
public enum WireValue: Sendable, Hashable {
    case string(String)
    case int(Int64)
}
