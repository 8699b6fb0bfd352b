import SagaCore
import SagaEngine
import SagaValues
import Synchronization

/// A broker and participants in one: keeps what was sent, and answers as it is told.
final class TestBus: CommandBus {
    /// What becomes of a command: how it is settled, and what is answered.
    struct Response: Sendable {
        var outcome: SendOutcome = .confirmed
        var replies: [(reply: SagaEvent.Reply, body: String)] = []

        static func done(_ output: String = "{}") -> Response { Response(replies: [(.done, output)]) }

        static func rejected(_ code: String) -> Response {
            let error = StepError(code: code, message: "no")
            return Response(replies: [(.rejected(error), String(decoding: error.body, as: UTF8.self))])
        }

        static let silence = Response()
        static let unroutable = Response(outcome: .unroutable)
        static let unconfirmed = Response(outcome: .unconfirmed)
    }

    private struct State {
        var sent: [Command] = []
        var acknowledged: [ReplyReceipt] = []
        var quarantined: [String] = []
        var tags: UInt64 = 0
        var published: [OutgoingEvent] = []
        var subscribed: Set<String> = []
        var acknowledgedEvents: [EventReceipt] = []
        var givenBack: [EventReceipt] = []
    }

    private let state = Mutex(State())
    private let respond = Mutex<@Sendable (Command) -> Response>({ _ in .done() })
    private let receiver = Mutex<(@Sendable ([IncomingReply]) -> Void)?>(nil)
    private let publishing = Mutex<@Sendable (OutgoingEvent) -> SendOutcome>({ _ in .confirmed })

    func whenAsked(_ respond: @escaping @Sendable (Command) -> Response) {
        self.respond.withLock { $0 = respond }
    }

    func deliver(to receiver: @escaping @Sendable ([IncomingReply]) -> Void) {
        self.receiver.withLock { $0 = receiver }
    }

    func send(_ commands: [Command]) async -> [SendOutcome] {
        let respond = self.respond.withLock { $0 }
        state.withLock { $0.sent += commands }
        var outcomes: [SendOutcome] = []
        for command in commands {
            let response = respond(command)
            outcomes.append(response.outcome)
            for (reply, body) in response.replies { self.reply(to: command, reply, body) }
        }
        return outcomes
    }

    /// Puts a reply into the engine's inbox, as the broker would.
    func reply(to command: Command, _ reply: SagaEvent.Reply, _ body: String = "{}") {
        receive(command.id, attempt: command.attempt, reply, body)
    }

    func receive(_ id: CommandID, attempt: Int? = nil, _ reply: SagaEvent.Reply, _ body: String = "{}") {
        let tag = state.withLock { state in
            state.tags += 1
            return state.tags
        }
        let incoming = IncomingReply(
            id: id, attempt: attempt, reply: reply, body: Array(body.utf8),
            receipt: ReplyReceipt(generation: 1, tag: tag))
        receiver.withLock { $0 }?([incoming])
    }

    func waitUntilReady() async {}

    func acknowledge(_ receipts: [ReplyReceipt]) {
        state.withLock { $0.acknowledged += receipts }
    }

    func quarantine(_ reply: IncomingReply, reason: String) {
        state.withLock { $0.quarantined.append(reason) }
    }

    // MARK: Events

    func whenPublished(_ settle: @escaping @Sendable (OutgoingEvent) -> SendOutcome) {
        publishing.withLock { $0 = settle }
    }

    func publish(_ events: [OutgoingEvent]) async -> [SendOutcome] {
        let settle = publishing.withLock { $0 }
        state.withLock { $0.published += events }
        return events.map(settle)
    }

    func subscribe(to events: Set<String>) { state.withLock { $0.subscribed = events } }

    /// An event as it comes off the broker, with a receipt of its own.
    func event(
        _ name: String, _ body: String, id: String? = nil, redeliveries: Int = 0, trace: TraceContext? = nil
    ) -> IncomingEvent {
        let tag = state.withLock { state in
            state.tags += 1
            return state.tags
        }
        return IncomingEvent(
            messageID: id, name: name, body: Array(body.utf8), redeliveries: redeliveries, trace: trace,
            receipt: EventReceipt(generation: 1, tag: tag))
    }

    func acknowledge(events: [EventReceipt]) { state.withLock { $0.acknowledgedEvents += events } }
    func giveBack(events: [EventReceipt]) { state.withLock { $0.givenBack += events } }
    func quarantine(_ event: IncomingEvent, reason: String) { state.withLock { $0.quarantined.append(reason) } }
    func putBack(_ letter: DeadLetterContent, isRehearsal: Bool) async -> SendOutcome { .confirmed }

    var published: [OutgoingEvent] { state.withLock { $0.published } }
    var subscribed: Set<String> { state.withLock { $0.subscribed } }
    var acknowledgedEvents: [EventReceipt] { state.withLock { $0.acknowledgedEvents } }
    var givenBack: [EventReceipt] { state.withLock { $0.givenBack } }

    var sent: [Command] { state.withLock { $0.sent } }
    var acknowledged: [ReplyReceipt] { state.withLock { $0.acknowledged } }
    var quarantined: [String] { state.withLock { $0.quarantined } }

    /// Like `billing.charge do 1`, in the order of sending.
    var log: [String] { sent.map { "\($0.action) \($0.id.direction.rawValue) \($0.attempt)" } }
}
