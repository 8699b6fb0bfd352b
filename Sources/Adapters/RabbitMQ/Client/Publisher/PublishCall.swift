/// One call of `publish`: its messages, what became of them, and who waits.
final class PublishCall {
    let messages: [OutgoingMessage]
    private var outcomes: [PublishOutcome?]
    private(set) var unsettled: Int
    /// How many of the messages have been handed to the connection, or settled without it.
    var handled = 0
    private let caller: CheckedContinuation<[PublishOutcome], Never>

    /// - Parameter messages: at least one.
    init(_ messages: [OutgoingMessage], caller: CheckedContinuation<[PublishOutcome], Never>) {
        self.messages = messages
        self.caller = caller
        outcomes = Array(repeating: nil, count: messages.count)
        unsettled = messages.count
    }

    /// Notes that the message came back; its confirm, which follows, settles it.
    func noteReturn(_ index: Int, _ reason: Inbound.Reason) {
        outcomes[index] = .returned(code: reason.code, text: reason.text)
    }

    /// Settles a message. A confirm of a returned message leaves it returned.
    func settle(_ index: Int, _ outcome: PublishOutcome) {
        if case .confirmed = outcome, outcomes[index] != nil {} else { outcomes[index] = outcome }
        unsettled -= 1
        guard unsettled == 0 else { return }
        caller.resume(
            returning: outcomes.map { outcome in
                guard let outcome else { preconditionFailure("a message was never settled") }
                return outcome
            }
        )
    }

    /// Settles all that was not handed to the connection.
    func giveUp(_ error: RabbitMQError) {
        let rest = handled..<messages.count
        handled = messages.count
        for index in rest { settle(index, .notSent(error)) }
    }
}

/// One message of a call.
struct PublishedMessage {
    let call: PublishCall
    let index: Int

    var message: OutgoingMessage { call.messages[index] }

    /// Compares bytes, as the broker does.
    func matches(_ returned: Returned) -> Bool {
        let message = call.messages[index]
        return message.mandatory
            && message.exchange.utf8.elementsEqual(returned.exchange.utf8)
            && message.routingKey.utf8.elementsEqual(returned.routingKey.utf8)
            && message.properties.messageID == returned.messageID
    }
}
