import SagaValues
import SagaWire

@testable import ParticipantKit

extension ReceivedCommand {
    static func charge(_ id: CommandID, _ input: JSON) throws -> ReceivedCommand {
        let message = CommandMessage(
            id: id, action: "billing.charge", workflow: "plan-purchase", workflowVersion: 1, body: Payload(input))
        return try ReceivedCommand(try message.wireMessage(), limits: .default)
    }
}
