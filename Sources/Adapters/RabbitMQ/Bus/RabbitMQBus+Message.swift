internal import SagaEngine
internal import SagaValues
internal import SagaWire

extension RabbitMQBus {
    /// A command that does not fit on the wire.
    struct Unsendable: Error {
        let outcome: SendOutcome
    }

    /// The command as it goes over the wire.
    ///
    /// All attempts of a command have the same body, so either each of them fits or none does. An undo that would
    /// not fit goes without the output of its step, which the participant's barrier holds in any case.
    func wireMessage(for command: Command) throws(Unsendable) -> WireMessage {
        var body = Payload(command.body)
        var problem = Self.problem(body)
        if problem != nil, command.id.direction == .undo, let input = command.body["input"] {
            body = UndoBody(input: input, output: nil).payload
            problem = Self.problem(body)
        }
        if let problem { throw Unsendable(outcome: problem) }
        let message = CommandMessage(
            id: command.id, action: command.action, workflow: command.workflow, workflowVersion: command.version,
            attempt: command.attempt, round: command.round, deadline: command.deadline, tenant: command.tenant,
            trace: command.trace,
            appID: applicationID, timestamp: Timestamp.now().microseconds / 1_000_000, body: body)
        do throws(WireError) {
            return try message.wireMessage()
        } catch {
            throw Unsendable(outcome: .invalid(reason: error.description))
        }
    }

    /// Why no participant could read the body; nil if all can.
    static func problem(_ body: Payload, _ limits: JSON.Limits = .default) -> SendOutcome? {
        if body.bytes.count > limits.bytes { return .tooLarge(bytes: body.bytes.count, limit: limits.bytes) }
        if !body.json.fits(levels: limits.depth) {
            return .invalid(
                reason: "its body has arrays and objects inside each other on more than \(limits.depth) levels")
        }
        return nil
    }
}

extension JSON {
    /// Whether arrays and objects stand inside each other on no more than so many levels.
    fileprivate func fits(levels: Int) -> Bool {
        switch self {
        case .null, .bool, .number, .string: true
        case .array(let elements): levels > 0 && elements.allSatisfy { $0.fits(levels: levels - 1) }
        case .object(let object): levels > 0 && object.allSatisfy { $0.value.fits(levels: levels - 1) }
        }
    }
}
