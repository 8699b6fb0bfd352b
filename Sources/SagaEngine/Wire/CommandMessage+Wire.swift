public import SagaValues

extension CommandMessage {
    /// The message to publish.
    ///
    /// - Throws: ``WireError`` when a part of it does not fit on the wire.
    public func wireMessage(limits: JSON.Limits = .default) throws(WireError) -> WireMessage {
        try ShortString.check(action, "type")
        try ShortString.check(replyTo, "reply-to")
        if let appID { try ShortString.check(appID, "app-id") }
        guard body.bytes.count <= limits.bytes else { throw .bodyTooLarge(limits) }

        var headers: [(name: String, value: WireValue)] = []
        headers.reserveCapacity(12)
        headers.append((HeaderName.version, .int(WireProtocol.version)))
        headers.append((HeaderName.workflow, .string(workflow)))
        headers.append((HeaderName.workflowVersion, .int(Int64(workflowVersion))))
        headers.append((HeaderName.step, .string(id.step)))
        headers.append((HeaderName.iteration, .int(Int64(id.iteration))))
        headers.append((HeaderName.direction, .string(id.direction.rawValue)))
        headers.append((HeaderName.attempt, .int(Int64(attempt))))
        if round > 1 { headers.append((HeaderName.round, .int(Int64(round)))) }
        if let deadline { headers.append((HeaderName.deadline, .string(deadline.description))) }
        if let tenant { headers.append((HeaderName.tenant, .string(tenant))) }
        headers.append(trace)
        return WireMessage(
            exchange: Topology.Exchange.commands, routingKey: action, messageID: id.description,
            correlationID: id.saga.description, type: action, replyTo: replyTo, contentType: ContentType.json,
            appID: appID, timestamp: timestamp, headers: headers, body: body.bytes
        )
    }

    /// Reads a message that was received.
    ///
    /// What stands in two places must agree; headers that the protocol does not know are tolerated.
    ///
    /// - Throws: ``WireError`` for everything that is no command: such a message is quarantined.
    public init(_ message: WireMessage, limits: JSON.Limits = .default) throws(WireError) {
        let reader = MessageReader(message: message)
        try reader.checkProtocol(isRequired: true)
        let id = try reader.commandID(in: message.messageID, "message-id")
        guard let saga = message.correlationID.flatMap({ UUID($0) }), saga == id.saga else {
            throw .contradiction("correlation-id")
        }
        guard try reader.text(HeaderName.step).hasSameBytes(as: id.step) else {
            throw .contradiction(HeaderName.step)
        }
        guard try reader.integer(HeaderName.iteration, from: 0) == Int(id.iteration) else {
            throw .contradiction(HeaderName.iteration)
        }
        guard try reader.text(HeaderName.direction) == id.direction.rawValue else {
            throw .contradiction(HeaderName.direction)
        }
        self.init(
            id: id, action: try reader.required(message.type, "type"),
            workflow: try reader.text(HeaderName.workflow),
            workflowVersion: try reader.integer(HeaderName.workflowVersion, from: 1),
            attempt: try reader.integer(HeaderName.attempt, from: 1),
            round: try reader.optionalInteger(HeaderName.round, from: 1) ?? 1, deadline: try reader.deadline(),
            tenant: try reader.optionalText(HeaderName.tenant), trace: try reader.trace(),
            replyTo: try reader.required(message.replyTo, "reply-to"), appID: message.appID,
            timestamp: message.timestamp, body: try reader.body(limits)
        )
    }
}
