internal import SagaCore
public import SagaEngine
public import SagaValues
internal import Synchronization

/// A broker and participants in one, which answer as they are told.
public final class ScriptedBus: CommandBus {
    public enum Answer: Sendable {
        case done(String = "{}")
        case rejected(String)
        /// Not now; nothing was done.
        case retry
        /// Whether it was done the participant does not know.
        case unknown
        /// The command is taken and not answered.
        case silence
    }

    private let script: Mutex<@Sendable (Command) -> Answer>
    private let receiver = Mutex<(@Sendable ([IncomingReply]) -> Void)?>(nil)
    private let tags = Atomic<UInt64>(0)
    private let pending = Mutex<[Command]>([])
    private let putBackAnswer = Mutex<@Sendable (DeadLetterContent) async -> SendOutcome>({ _ in .confirmed })

    public init(_ script: @escaping @Sendable (Command) -> Answer = { _ in .done() }) {
        self.script = Mutex(script)
    }

    /// What commands are answered with from now on.
    public func answer(_ script: @escaping @Sendable (Command) -> Answer) {
        self.script.withLock { $0 = script }
    }

    /// Answers what was met with silence, as the script says by now.
    ///
    /// - Parameter saga: another one that the answers are for; that of the commands if left out.
    public func answerPending(as saga: UUID? = nil) {
        let commands = pending.withLock { pending in
            defer { pending = [] }
            return pending
        }
        for command in commands { reply(to: command, as: saga) }
    }

    /// Replies go there, as those of a broker go to an engine.
    public func deliver(to receiver: @escaping @Sendable ([IncomingReply]) -> Void) {
        self.receiver.withLock { $0 = receiver }
    }

    public func send(_ commands: [Command]) async -> [SendOutcome] {
        for command in commands { reply(to: command) }
        return commands.map { _ in .confirmed }
    }

    private func reply(to command: Command, as saga: UUID? = nil) {
        let script = self.script.withLock { $0 }
        let (reply, body): (SagaEvent.Reply, [UInt8])
        switch script(command) {
        case .silence:
            pending.withLock { $0.append(command) }
            return
        case .done(let output): (reply, body) = (.done, Array(output.utf8))
        case .rejected(let code):
            let error = StepError(code: code, message: "no")
            (reply, body) = (.rejected(error), error.body)
        case .retry:
            let error = StepError(code: "not-now", message: "later")
            (reply, body) = (.retry(error, after: nil), error.body)
        case .unknown:
            let error = StepError(code: "answer-lost", message: "nobody knows")
            (reply, body) = (.unknown(error, after: nil), error.body)
        }
        let tag = tags.add(1, ordering: .relaxed).newValue
        let id = command.id
        let incoming = IncomingReply(
            id: CommandID(saga: saga ?? id.saga, step: id.step, iteration: id.iteration, direction: id.direction),
            attempt: command.attempt, reply: reply, body: body,
            receipt: ReplyReceipt(generation: 1, tag: tag))
        receiver.withLock { $0 }?([incoming])
    }

    public func waitUntilReady() async {}
    public func acknowledge(_ receipts: [ReplyReceipt]) {}
    public func quarantine(_ reply: IncomingReply, reason: String) {}
    public func publish(_ events: [OutgoingEvent]) async -> [SendOutcome] { events.map { _ in .confirmed } }
    public func subscribe(to events: Set<String>) {}
    public func acknowledge(events: [EventReceipt]) {}
    public func giveBack(events: [EventReceipt]) {}
    public func quarantine(_ event: IncomingEvent, reason: String) {}

    /// What comes of a dead letter that is published again.
    public func whenPutBack(_ answer: @escaping @Sendable (DeadLetterContent) async -> SendOutcome) {
        putBackAnswer.withLock { $0 = answer }
    }

    public func putBack(_ letter: DeadLetterContent, isRehearsal: Bool) async -> SendOutcome {
        isRehearsal ? .confirmed : await putBackAnswer.withLock { $0 }(letter)
    }
}
