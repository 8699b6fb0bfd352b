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
    public func deadLetter(_ reason: DeadReason) -> OutgoingMessage {
        var properties = properties
        let added: [(String, String)] = [
            (HeaderName.deadReason, reason.code), (HeaderName.deadDetail, reason.detail),
            (HeaderName.deadExchange, exchange), (HeaderName.deadRoutingKey, routingKey),
        ]
        properties.headers.removeAll { header in added.contains { $0.0 == header.0 } }
        properties.headers += added.map { ($0, .string($1)) }
        properties.persistent = true
        return OutgoingMessage(
            exchange: SagaWire.Topology.Exchange.deadLetters, routingKey: routingKey, properties: properties,
            body: body)
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
