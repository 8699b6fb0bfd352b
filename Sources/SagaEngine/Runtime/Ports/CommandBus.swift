public import SagaCore
public import SagaValues

/// The way to the participants and back.
public protocol CommandBus: Sendable {
    /// Sends commands and waits until each is settled; the outcomes are in the order of the commands.
    ///
    /// Many calls may be under way at once. A bus that has no connection answers `unconfirmed` at once
    /// rather than keep commands: the engine can always make them again from the store.
    func send(_ commands: [Command]) async -> [SendOutcome]

    /// Publishes domain events and waits until each is settled, as ``send(_:)`` does. None is ever unroutable: an event
    /// may be nobody's concern.
    func publish(_ events: [OutgoingEvent]) async -> [SendOutcome]

    /// Sees to it that the events of these names come in, soon if not at once. Names are only ever added: other nodes
    /// share what waits at the broker, and may know of more.
    func subscribe(to events: Set<String>)

    /// How it is with the queues of these participants' commands, as far as the broker can say at present. Asked by one
    /// node every few seconds.
    func queues(of participants: [String]) async -> [String: QueueState]

    /// Returns once commands can be sent, or when the task is cancelled.
    func waitUntilReady() async

    /// Takes replies off the broker: what they said is committed.
    func acknowledge(_ receipts: [ReplyReceipt])

    /// Puts aside a reply that means nothing here, with the reason, and takes it off the broker.
    func quarantine(_ reply: IncomingReply, reason: String)

    /// Takes events off the broker: they are kept, and what they led to is committed.
    func acknowledge(events: [EventReceipt])

    /// Hands events back to the broker, which delivers them again, here or to another node.
    func giveBack(events: [EventReceipt])

    /// Puts aside an event that nobody can read, with the reason, and takes it off the broker.
    func quarantine(_ event: IncomingEvent, reason: String)

    /// Publishes a dead letter again to where it was meant, without what was added to it when it died, and waits until
    /// that is settled.
    ///
    /// - Parameter isRehearsal: whether only what stands in the way is wanted; nothing is published then.
    func putBack(_ letter: DeadLetterContent, isRehearsal: Bool) async -> SendOutcome
}

/// A step's command, ready to be sent.
public struct Command: Sendable, Hashable {
    public let id: CommandID
    /// `billing.create-order`; for a probe the action that is asked about.
    public let action: String
    public let attempt: Int
    /// Starts at 1; a retry that a person asked for is a new round, in which a recorded refusal is set aside.
    public let round: Int
    public let workflow: String
    public let version: Int
    public let tenant: String
    public let deadline: Timestamp?
    /// The trace that the saga was started in.
    public let trace: TraceContext?
    public let body: JSON

    public init(
        id: CommandID, action: String, attempt: Int, round: Int, workflow: String, version: Int, tenant: String,
        deadline: Timestamp?, trace: TraceContext?, body: JSON
    ) {
        self.id = id
        self.action = action
        self.attempt = attempt
        self.round = round
        self.workflow = workflow
        self.version = version
        self.tenant = tenant
        self.deadline = deadline
        self.trace = trace
        self.body = body
    }
}

/// What became of a command that was sent.
public enum SendOutcome: Sendable, Hashable {
    /// The broker has it safe.
    case confirmed
    /// No queue takes it.
    case unroutable
    /// It was refused, or the connection was lost before the broker had confirmed it: it must be sent again.
    case unconfirmed
    /// Its body is larger than the wire takes, in bytes. It was not sent, and never will be as it is.
    ///
    /// The engine takes this for a refusal, and so for a proof that the step was not done: a limit must not be
    /// lowered while larger commands may be on their way.
    case tooLarge(bytes: Int, limit: Int)
    /// It does not fit on the wire for another reason. As with ``tooLarge(bytes:limit:)``, no attempt of it was sent.
    case invalid(reason: String)
}

/// A participant's reply as it came off the broker.
public struct IncomingReply: Sendable, Hashable {
    public let id: CommandID
    /// The attempt it answers, if it says so.
    public let attempt: Int?
    public let reply: SagaEvent.Reply
    /// The body: an output or an error, UTF-8 JSON.
    public let body: [UInt8]
    public let receipt: ReplyReceipt

    public init(id: CommandID, attempt: Int?, reply: SagaEvent.Reply, body: [UInt8], receipt: ReplyReceipt) {
        self.id = id
        self.attempt = attempt
        self.reply = reply
        self.body = body
        self.receipt = receipt
    }
}

/// What a reply is acknowledged by.
public struct ReplyReceipt: Sendable, Hashable {
    /// Which connection it came over: a receipt means nothing to the next one.
    public let generation: UInt64
    public let tag: UInt64

    public init(generation: UInt64, tag: UInt64) {
        self.generation = generation
        self.tag = tag
    }
}
