public import RabbitMQ
public import SagaWire

extension Delivery {
    /// The message in the protocol's neutral terms; headers of types that it does not use are left out.
    public var wireMessage: WireMessage {
        WireMessage(
            exchange: exchange, routingKey: routingKey, messageID: properties.messageID,
            correlationID: properties.correlationID, type: properties.type, replyTo: properties.replyTo,
            contentType: properties.contentType, appID: properties.appID, timestamp: properties.timestamp,
            headers: properties.headers.compactMap { name, value in
                switch value {
                case .string(let text): (name, .string(text))
                case .int(let number): (name, .int(number))
                case .bool, .bytes, .timestamp, .double, .decimal, .table, .array, .null: nil
                }
            },
            body: body)
    }

    /// The same message for the dead letters, with the reason and the way back to where it was.
    ///
    /// What the broker would hold against it becomes a header: the account of its sender, which is not ours, and its
    /// time to live, by which it would vanish from the dead letters. Texts that were read as more than AMQP takes
    /// (each byte that is no UTF-8 became three) are cut. Only headers close to the size of a frame can still make it
    /// one that cannot be published.
    public func deadLetter(_ reason: DeadReason) -> OutgoingMessage {
        var properties = properties
        let added: [(name: String, text: String?)] = [
            (HeaderName.deadReason, reason.code), (HeaderName.deadDetail, reason.detail.cut(to: 1000)),
            (HeaderName.deadExchange, exchange), (HeaderName.deadRoutingKey, routingKey),
            (HeaderName.deadUserID, properties.userID), (HeaderName.deadExpiration, properties.expiration),
        ]
        properties.headers = properties.headers.map { ($0.cut(to: shortText), $1) }
        properties.headers.removeAll { header in added.contains { $0.name == header.0 } }
        properties.headers += added.compactMap { name, text in text.map { (name, .string($0)) } }
        properties.messageID = properties.messageID?.cut(to: shortText)
        properties.correlationID = properties.correlationID?.cut(to: shortText)
        properties.type = properties.type?.cut(to: shortText)
        properties.replyTo = properties.replyTo?.cut(to: shortText)
        properties.contentType = properties.contentType?.cut(to: shortText)
        properties.contentEncoding = properties.contentEncoding?.cut(to: shortText)
        properties.appID = properties.appID?.cut(to: shortText)
        properties.userID = nil
        properties.expiration = nil
        properties.persistent = true
        return OutgoingMessage(
            exchange: SagaWire.Topology.Exchange.deadLetters, routingKey: routingKey.cut(to: shortText),
            properties: properties, body: body)
    }
}

/// The most bytes of a text among the properties, of a header's name and of a routing key.
private let shortText = 255

extension String {
    /// Its beginning, in so many bytes at most, without half a scalar at the end.
    fileprivate func cut(to limit: Int) -> String {
        guard utf8.count > limit else { return self }
        var end = utf8.index(startIndex, offsetBy: limit)
        while end.samePosition(in: unicodeScalars) == nil { end = utf8.index(before: end) }
        return String(self[..<end])
    }
}

extension WireMessage {
    /// The message as the RabbitMQ client publishes it.
    public var outgoing: OutgoingMessage {
        OutgoingMessage(
            exchange: exchange, routingKey: routingKey,
            properties: MessageProperties(
                messageID: messageID, correlationID: correlationID, type: type, replyTo: replyTo,
                contentType: contentType, appID: appID, timestamp: timestamp,
                headers: headers.map { name, value in
                    switch value {
                    case .string(let text): (name, .string(text))
                    case .int(let number): (name, .int(number))
                    }
                }),
            body: body)
    }
}

/// Why a message is among the dead letters.
public struct DeadReason: Sendable, Hashable {
    /// For programs: stable, lower case, with hyphens.
    public let code: String
    /// For people.
    public let detail: String

    public init(code: String, detail: String) {
        self.code = code
        self.detail = detail
    }

    public init(_ error: WireError) {
        self.init(code: error.code.rawValue, detail: error.description)
    }
}
