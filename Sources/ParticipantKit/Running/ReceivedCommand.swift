internal import SagaValues
internal import SagaWire

/// A command that was understood.
struct ReceivedCommand: Sendable {
    let message: CommandMessage

    private init(_ message: CommandMessage) { self.message = message }

    init(_ wire: WireMessage, limits: JSON.Limits) throws(WireError) {
        self.message = try CommandMessage(wire, limits: limits)
    }

    /// A command whose body is too large to be looked at, by its other parts, so that it can be refused.
    init(withoutBodyOf wire: WireMessage) throws(WireError) {
        var bare = wire
        bare.body = Array("{}".utf8)
        self.message = try CommandMessage(bare)
    }

    /// The question whether it was done. Body and action are the same.
    var asProbe: ReceivedCommand {
        var message = message
        message.id = message.id.with(.probe)
        return ReceivedCommand(message)
    }

    /// The action without its participant: the name it is registered under.
    var actionName: String {
        String(message.action.drop { $0 != "." }.dropFirst())
    }
}
