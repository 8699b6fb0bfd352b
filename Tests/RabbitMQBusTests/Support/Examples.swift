import SagaCore
import SagaEngine
import SagaValues
import SagaWire

extension Command {
    /// A command as an engine makes it; of a saga of its own unless told otherwise.
    static func example(
        _ action: String = "billing.charge", _ direction: Direction = .do, saga: UUID = UUID.v7(),
        step: String = "charge", attempt: Int = 1, round: Int = 1, deadline: Timestamp? = nil,
        trace: TraceContext? = nil, body: JSON = ["amount": "99.00"]
    ) -> Command {
        Command(
            id: CommandID(saga: saga, step: step, direction: direction), action: action, attempt: attempt,
            round: round, workflow: "plan-purchase", version: 3, tenant: "acme", deadline: deadline,
            trace: trace, body: body)
    }
}

extension ReplyMessage {
    /// A reply to a command of its own unless told otherwise.
    static func example(
        _ outcome: Outcome = .done(Payload(["paymentId": "p1"])), to command: CommandID? = nil, attempt: Int? = 1
    ) -> ReplyMessage {
        ReplyMessage(
            command: command ?? CommandID(saga: UUID.v7(), step: "charge", direction: .do),
            messageID: UUID.v7().description, attempt: attempt, outcome: outcome, appID: "billing")
    }
}

/// A text of so many bytes.
func text(_ count: Int) -> JSON { .string(String(repeating: "x", count: count)) }
