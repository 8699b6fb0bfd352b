internal import SagaCore
internal import SagaValues
internal import Workflows

/// One thing for the engine to take in.
enum Input: Sendable {
    case start(PendingStart)
    case reply(IncomingReply)
    /// The broker gave a command back.
    case returned(CommandID)
    /// A command that cannot be sent as it is.
    case unsendable(CommandID, attempt: Int, StepError)
    /// The broker has an event that a step publishes.
    case published(CommandID)
    /// A saga asks something of a child.
    case child(ChildOrder, Delivery)
    /// A child of a saga has ended, or cannot do what was asked of it.
    case childEnded(ParentLink, ChildEnd)
    /// A step waits for events; those that have come already are looked for.
    case listen(EventWait, Delivery)
    /// A domain event has come in. It is kept, and the steps that wait for it are looked for.
    case arrived(KeptEvent, TraceContext?, Delivery)
    /// An event that a step waits for; made of the two above, within their batch.
    case event(MatchedEvent)
    /// A start that an event asks for; made of the event that has come in, within its batch.
    case startByEvent(EventDrivenStart)
    case timer(DueTimer)
    /// A command that was held back may go.
    case release(UUID, step: Int, Direction)
    /// A saga in line may take its locks.
    case grant(UUID)
    /// Sagas that this batch took over: what they have in flight is sent again.
    /// Page by page: the bound is nil until the first page has set it.
    case takeOver(from: NodeID, after: Int64, before: Int64?)
    /// This node, under that id, was declared dead by another.
    case retired(NodeID)
    case request(PendingRequest)

    /// The saga it is about, where that is known beforehand.
    var saga: UUID? {
        switch self {
        case .reply(let reply): reply.id.saga
        case .returned(let id), .unsendable(let id, _, _), .published(let id): id.saga
        case .childEnded(let link, _): link.saga
        case .event(let match): match.saga
        case .timer(let due): due.timer.saga
        case .grant(let id), .release(let id, _, _): id
        case .request(let pending): pending.request.saga
        case .start, .startByEvent, .child, .listen, .arrived, .takeOver, .retired: nil
        }
    }

    /// The bytes that came with it from outside.
    var bodySize: Int {
        switch self {
        case .start(let start): start.order.input.count
        case .startByEvent(let start): start.order.input.count
        case .reply(let reply): reply.body.count
        case .event(let match): match.event.body.count
        case .arrived(let kept, _, _): kept.event.body.count
        case .returned, .unsendable, .published, .child, .childEnded, .listen, .timer, .release, .grant, .takeOver,
            .retired, .request:
            0
        }
    }
}

/// A start that somebody waits for.
struct PendingStart: Sendable {
    let order: StartOrder
    let answer: Answer<StartResult>
}

/// An operator's request that somebody waits for.
struct PendingRequest: Sendable {
    let request: OperatorRequest
    let answer: Answer<OperatorResult>
}

/// Where the outcome of an input is told, once.
struct Answer<Value: Sendable>: Sendable {
    private let continuation: CheckedContinuation<Result<Value, EngineError>, Never>

    init(_ continuation: CheckedContinuation<Result<Value, EngineError>, Never>) {
        self.continuation = continuation
    }

    func give(_ result: Result<Value, EngineError>) { continuation.resume(returning: result) }
    func succeed(_ value: Value) { give(.success(value)) }
    func fail(_ error: EngineError) { give(.failure(error)) }
}

extension Input {
    /// Tells whoever waits that nothing will come of it. A reply stays with the broker, a timer in the store.
    func fail(_ error: EngineError) {
        switch self {
        case .start(let start): start.answer.fail(error)
        case .request(let pending): pending.answer.fail(error)
        case .child(_, let delivery), .listen(_, let delivery), .arrived(_, _, let delivery): delivery.settle(.lost)
        case .reply, .returned, .unsendable, .published, .childEnded, .event, .startByEvent, .timer, .release, .grant,
            .takeOver, .retired:
            break
        }
    }
}
