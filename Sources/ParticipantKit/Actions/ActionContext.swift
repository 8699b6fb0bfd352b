public import Logging
public import Postgres
public import SagaValues
internal import SagaWire
internal import Synchronization

/// What a handler knows about the command it carries out, and the transaction it works in.
public struct ActionContext: Sendable {
    /// The same for every attempt: the key to pass on to a provider that takes idempotency keys.
    public let commandID: CommandID
    /// `billing.create-order`, as the workflow names it.
    public let action: String
    public let workflow: String
    /// From 1, counting the attempts of this command.
    public let attempt: Int
    public let tenant: String?
    /// When the saga's time is up; nil if it has no deadline.
    public let deadline: Timestamp?
    /// Carries the saga's and the command's id.
    public let logger: Logger

    /// The transaction that also holds the barrier's record. What goes through it is committed together
    /// with the answer, or not at all.
    public let transaction: PostgresTransaction

    let trace: TraceContext?
    private let notes: Notes
    private let announceWorking: @Sendable (ReplyError?) -> Void

    public var sagaID: UUID { commandID.saga }
    public var step: String { commandID.step }
    public var iteration: Int32 { commandID.iteration }

    init(
        _ command: ReceivedCommand, transaction: PostgresTransaction, logger: Logger,
        announceWorking: @escaping @Sendable (ReplyError?) -> Void
    ) {
        let message = command.message
        self.commandID = message.id
        self.action = message.action
        self.workflow = message.workflow
        self.attempt = message.attempt
        self.tenant = message.tenant
        self.deadline = message.deadline
        self.trace = message.trace
        self.logger = logger
        self.transaction = transaction
        self.notes = Notes()
        self.announceWorking = announceWorking
    }

    // MARK: Events

    /// Publishes a domain event to `cloudphone.events`, if and only if the transaction commits.
    ///
    /// It leaves through the outbox, at least once, with an id by which consumers tell duplicates; events
    /// about one `subject` leave in the order in which they were committed.
    ///
    /// - Parameters:
    ///   - event: the routing key: `order.created`.
    ///   - subject: what it is about, for instance an order's id.
    /// - Throws: ``ParticipantError/Code/notEncodable`` if the payload holds what JSON or PostgreSQL cannot.
    public func emit(_ event: String, about subject: UUID, _ payload: JSON) throws(ParticipantError) {
        notes.add(try DomainEvent(event, about: subject, payload, trace: trace))
    }

    /// The same with a payload of a type of yours.
    public func emit(_ event: String, about subject: UUID, _ payload: some Encodable) throws {
        try emit(event, about: subject, try JSONValueEncoder.encode(payload))
    }

    var events: [DomainEvent] { notes.events }

    // MARK: Progress

    /// Tells the orchestrator that this takes longer: the attempt's timeout starts again.
    ///
    /// Call it every now and then from a slow handler, more often than the step's timeout.
    public func working(_ message: String = "") {
        announceWorking(message.isEmpty ? nil : ReplyError(code: "working", message: message))
    }
}

/// The events of one handler until its transaction writes them.
private final class Notes: Sendable {
    private let content = Mutex<[DomainEvent]>([])

    var events: [DomainEvent] { content.withLock { $0 } }

    func add(_ event: DomainEvent) {
        content.withLock { $0.append(event) }
    }
}
