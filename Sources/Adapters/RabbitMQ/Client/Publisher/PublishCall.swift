/// What calls with a time limit keep in memory.
final class PublishLoad {
    /// Of messages whose callers still wait.
    var bytes = 0
    /// Messages without their bodies that were handed to the connection and given up: their confirms may still come.
    var lost = 0
}

/// One call of `publish`: its messages, what became of them, and who waits.
final class PublishCall {
    /// Empty once the caller has been answered.
    private(set) var messages: [OutgoingMessage]
    /// Of messages that are out beyond their time, what the broker's returns are told apart by.
    private var lost: [Int: OutgoingMessage] = [:]
    private var outcomes: [PublishOutcome?]
    private(set) var unsettled: Int
    /// When the caller wants an answer, whatever it is; nil: when there is one.
    let deadline: ContinuousClock.Instant?
    /// About what the messages take.
    let bytes: Int
    /// The caller was answered before all was settled.
    private var isExpired = false
    private let load: PublishLoad
    private var isCounted = false
    /// How many of the messages have been handed to the connection, or settled without it.
    var handled = 0
    private let caller: CheckedContinuation<[PublishOutcome], Never>

    /// - Parameter messages: at least one.
    init(
        _ messages: [OutgoingMessage], deadline: ContinuousClock.Instant?, load: PublishLoad,
        caller: CheckedContinuation<[PublishOutcome], Never>
    ) {
        self.messages = messages
        self.deadline = deadline
        self.load = load
        self.caller = caller
        bytes = messages.reduce(0) { $0 + $1.body.count + 512 }
        outcomes = Array(repeating: nil, count: messages.count)
        unsettled = messages.count
    }

    var isOver: Bool { isExpired || unsettled == 0 }

    func isDue(at now: ContinuousClock.Instant) -> Bool { deadline.map { $0 <= now } ?? false }

    /// Counts it among what is in flight, until it is over.
    func count() {
        guard deadline != nil, !isOver else { return }
        isCounted = true
        load.bytes += bytes
    }

    /// Notes that the message came back; its confirm, which follows, settles it.
    func noteReturn(_ index: Int, _ reason: Inbound.Reason) {
        guard !isExpired else { return }
        outcomes[index] = .returned(code: reason.code, text: reason.text)
    }

    /// Settles a message. A confirm of a returned message leaves it returned.
    func settle(_ index: Int, _ outcome: PublishOutcome) {
        guard !isExpired else {
            if lost.removeValue(forKey: index) != nil { load.lost -= 1 }
            return
        }
        if case .confirmed = outcome, outcomes[index] != nil {} else { outcomes[index] = outcome }
        unsettled -= 1
        guard unsettled == 0 else { return }
        answer()
    }

    /// Answers the caller now: the time is up. What is unsettled counts as not sent, and its confirms mean nothing.
    func expire(_ error: RabbitMQError) {
        guard !isOver else { return }
        isExpired = true
        for index in messages.indices where outcomes[index] == nil {
            outcomes[index] = .notSent(error)
            guard index < handled else { continue }
            lost[index] = messages[index]
            lost[index]?.body = []
        }
        load.lost += lost.count
        handled = messages.count
        answer()
    }

    /// The message as it is remembered, perhaps without its body.
    func message(at index: Int) -> OutgoingMessage? {
        isExpired ? lost[index] : messages[index]
    }

    private func answer() {
        if isCounted { load.bytes -= bytes }
        caller.resume(
            returning: outcomes.map { outcome in
                guard let outcome else { preconditionFailure("a message was never settled") }
                return outcome
            }
        )
        messages = []
        outcomes = []
    }

    /// Settles all that was not handed to the connection.
    func giveUp(_ error: RabbitMQError) {
        guard !isOver else { return }
        let rest = handled..<messages.count
        handled = messages.count
        for index in rest { settle(index, .notSent(error)) }
    }
}

/// One message of a call.
struct PublishedMessage {
    let call: PublishCall
    let index: Int

    /// Compares bytes, as the broker does.
    func matches(_ returned: Returned) -> Bool {
        guard let message = call.message(at: index) else { return false }
        return message.mandatory
            && message.exchange.utf8.elementsEqual(returned.exchange.utf8)
            && message.routingKey.utf8.elementsEqual(returned.routingKey.utf8)
            && message.properties.messageID == returned.messageID
    }
}
