/// The AMQP basic properties of a message. Texts are limited to 255 bytes each, names of headers too.
public struct MessageProperties: Sendable {
    public var messageID: String?
    public var correlationID: String?
    public var type: String?
    public var replyTo: String?
    public var contentType: String?
    public var contentEncoding: String?
    public var appID: String?
    /// The broker refuses any name but that of the connected user.
    public var userID: String?
    /// Seconds since 1970.
    public var timestamp: Int64?
    /// Milliseconds, as decimal digits.
    public var expiration: String?
    public var priority: UInt8?
    /// A message that is not persistent is confirmed and still lost when the broker dies.
    public var persistent: Bool
    public var headers: [(String, FieldValue)]

    public init(
        messageID: String? = nil,
        correlationID: String? = nil,
        type: String? = nil,
        replyTo: String? = nil,
        contentType: String? = nil,
        contentEncoding: String? = nil,
        appID: String? = nil,
        userID: String? = nil,
        timestamp: Int64? = nil,
        expiration: String? = nil,
        priority: UInt8? = nil,
        persistent: Bool = true,
        headers: [(String, FieldValue)] = []
    ) {
        self.messageID = messageID
        self.correlationID = correlationID
        self.type = type
        self.replyTo = replyTo
        self.contentType = contentType
        self.contentEncoding = contentEncoding
        self.appID = appID
        self.userID = userID
        self.timestamp = timestamp
        self.expiration = expiration
        self.priority = priority
        self.persistent = persistent
        self.headers = headers
    }

    /// The first header of that name.
    public func header(_ name: String) -> FieldValue? {
        headers.first { $0.0 == name }?.1
    }
}
