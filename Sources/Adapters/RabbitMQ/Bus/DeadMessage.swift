internal import RabbitMQ
internal import SagaEngine
internal import SagaValues
internal import SagaWire

/// A message among the dead letters: as it was before it died, and why it did.
struct DeadMessage {
    /// Where it was published first; nil if nothing says so.
    let exchange: String?
    let routingKey: String?
    /// Without what was added when it died.
    let properties: MessageProperties

    // MARK: As it comes

    /// A reason of ours stands in headers of ours; what the broker moved by itself has `x-death` in their place.
    init(_ delivery: Delivery) {
        let headers = delivery.properties
        let death = headers.header("x-death")?.firstTable
        let ours = headers.header(HeaderName.deadExchange)?.stringValue
        exchange = ours ?? death?.text("exchange")
        routingKey = (ours == nil ? nil : headers.header(HeaderName.deadRoutingKey)?.stringValue) ?? death?.firstKey
        var properties = headers
        properties.headers.removeAll { Self.isAdded($0.0) }
        // The account was that of its sender, and by its time to live it would vanish before anybody takes it.
        (properties.userID, properties.expiration) = (nil, nil)
        self.properties = properties
    }

    private static let added: Set = [
        HeaderName.deadReason, HeaderName.deadDetail, HeaderName.deadExchange, HeaderName.deadRoutingKey,
        HeaderName.deadUserID, HeaderName.deadExpiration, "x-death", "x-delivery-count", "x-acquired-count",
        // With them it would go to other queues too, which had theirs the first time.
        "CC", "BCC",
    ]

    private static func isAdded(_ header: String) -> Bool {
        added.contains(header) || header.hasPrefix("x-first-death-") || header.hasPrefix("x-last-death-")
    }

    static func letter(_ delivery: Delivery) -> NewDeadLetter {
        let message = DeadMessage(delivery)
        let headers = delivery.properties
        let death = headers.header("x-death")?.firstTable
        let (reason, detail): (String, String)
        if let code = headers.header(HeaderName.deadReason)?.stringValue {
            (reason, detail) = (code, headers.header(HeaderName.deadDetail)?.stringValue ?? "")
        } else if let why = death?.text("reason") {
            (reason, detail) = (why, "the broker moved it from the queue \(death?.text("queue") ?? "")")
        } else {
            (reason, detail) = ("unknown", "nothing in it says why it is here")
        }
        return NewDeadLetter(
            traits: DeadLetterTraits(
                exchange: message.exchange, routingKey: message.routingKey,
                queue: headers.header(HeaderName.deadReason) == nil ? death?.text("queue") : nil, reason: reason,
                detail: detail, messageID: headers.messageID, correlationID: headers.correlationID, type: headers.type,
                appID: headers.appID),
            properties: message.json, body: delivery.body)
    }

    // MARK: As it is kept

    var json: JSON {
        func text(_ value: String?) -> JSON { value.map { .string($0) } ?? .null }
        return [
            "exchange": text(exchange), "routingKey": text(routingKey), "messageId": text(properties.messageID),
            "correlationId": text(properties.correlationID), "type": text(properties.type),
            "replyTo": text(properties.replyTo), "contentType": text(properties.contentType),
            "contentEncoding": text(properties.contentEncoding), "appId": text(properties.appID),
            "timestamp": properties.timestamp.map { JSON($0) } ?? .null,
            "priority": properties.priority.map { JSON(Int64($0)) } ?? .null,
            "headers": FieldValue.json(properties.headers),
        ]
    }

    init?(kept bytes: [UInt8]) {
        guard let json = try? JSON(parsing: bytes), let headers = json["headers"].flatMap({ FieldValue.fields($0) })
        else { return nil }
        func text(_ name: String) -> String? { json[name]?.stringValue }
        exchange = text("exchange")
        routingKey = text("routingKey")
        properties = MessageProperties(
            messageID: text("messageId"), correlationID: text("correlationId"), type: text("type"),
            replyTo: text("replyTo"), contentType: text("contentType"), contentEncoding: text("contentEncoding"),
            appID: text("appId"), timestamp: json["timestamp"]?.numberText.flatMap { Int64($0) },
            priority: json["priority"]?.numberText.flatMap { UInt8($0) }, headers: headers)
    }
}

extension FieldValue {
    /// Of `x-death`, which has the last death first.
    fileprivate var firstTable: [(String, FieldValue)]? {
        if case .array(let values) = self, case .table(let fields)? = values.first { fields } else { nil }
    }
}

extension [(String, FieldValue)] {
    fileprivate func text(_ name: String) -> String? { first { $0.0 == name }?.1.stringValue }

    fileprivate var firstKey: String? {
        if case .array(let keys)? = first(where: { $0.0 == "routing-keys" })?.1 { keys.first?.stringValue } else { nil }
    }
}
