public import SagaValues

extension ReplyMessage {
    /// The message to publish.
    ///
    /// - Parameter replyTo: the command's `reply_to`.
    /// - Throws: ``WireError`` when a part of it does not fit on the wire.
    public func wireMessage(
        to replyTo: String = Topology.Queue.replies, limits: JSON.Limits = .default
    ) throws(WireError) -> WireMessage {
        try ShortString.check(replyTo, "reply-to")
        try ShortString.check(messageID, "message-id")
        if let appID { try ShortString.check(appID, "app-id") }
        let body = try outcome.body()
        guard body.count <= limits.bytes else { throw .bodyTooLarge(limits) }

        var headers: [(name: String, value: WireValue)] = [(HeaderName.version, .int(WireProtocol.version))]
        if let attempt { headers.append((HeaderName.attempt, .int(Int64(attempt)))) }
        headers.append(trace)
        return WireMessage(
            exchange: Topology.Exchange.replies, routingKey: replyTo, messageID: messageID,
            correlationID: command.description, type: outcome.type, contentType: ContentType.json,
            appID: appID, timestamp: timestamp, headers: headers, body: body
        )
    }

    /// Reads a message that was received.
    ///
    /// Asks for little, since anyone may have written the participant: `correlation_id`, `type`,
    /// `message_id` and the body; headers may be missing, and unknown ones are tolerated.
    ///
    /// - Throws: ``WireError`` for everything that is no reply: such a message is quarantined.
    public init(_ message: WireMessage, limits: JSON.Limits = .default) throws(WireError) {
        let reader = MessageReader(message: message)
        try reader.checkProtocol(isRequired: false)
        self.init(
            command: try reader.commandID(in: message.correlationID, "correlation-id"),
            messageID: try reader.required(message.messageID, "message-id"),
            attempt: try reader.optionalInteger(HeaderName.attempt, from: 1),
            outcome: try Outcome(type: try reader.required(message.type, "type"), reader, limits),
            trace: try reader.trace(), appID: message.appID, timestamp: message.timestamp
        )
    }
}

extension ReplyMessage.Outcome {
    fileprivate func body() throws(WireError) -> [UInt8] {
        switch self {
        case .done(let output):
            guard output.json.objectValue != nil else { throw .outputIsNoObject }
            return output.bytes
        case .rejected(let error), .retry(let error), .unknown(let error):
            return try error.body()
        case .working(let note):
            return try note?.body() ?? Array("{}".utf8)
        }
    }

    fileprivate init(type: String, _ reader: MessageReader, _ limits: JSON.Limits) throws(WireError) {
        switch type {
        case "done":
            let output = try reader.body(limits)
            guard output.json.objectValue != nil else { throw .outputIsNoObject }
            self = .done(output)
        case "rejected":
            self = .rejected(try ReplyError(try reader.body(limits).json))
        case "retry":
            self = .retry(try ReplyError(try reader.body(limits).json))
        case "unknown":
            self = .unknown(try ReplyError(try reader.body(limits).json))
        case "working":
            let body = try reader.body(limits)
            self = .working(body.json == [:] ? nil : try ReplyError(body.json))
        default:
            throw WireError(.unknownReplyType, field: "type", "a reply is done, rejected, retry, unknown or working")
        }
    }
}

extension ReplyError {
    fileprivate func body() throws(WireError) -> [UInt8] {
        guard !code.isEmpty else { throw WireError(.invalidBody, field: "code", "the code is empty") }
        return json.bytes
    }
}
