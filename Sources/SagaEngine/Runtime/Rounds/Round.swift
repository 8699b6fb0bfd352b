internal import SagaCore
internal import SagaValues

/// One batch of inputs on its way through load, fold and commit.
struct Round {
    /// By saga; what each input led to.
    var works: [UUID: Work] = [:]
    /// The order in which sagas were first touched.
    private(set) var order: [UUID] = []
    /// Timers of sagas that have ended or are unknown.
    var timersToDrop: [SagaTimer] = []
    /// Inputs for a later round.
    var postponed: [Input] = []
    /// Told once the batch is committed, refusals too: an attempt may be made again, an answer is given once.
    var answers: [Settled] = []
    var quarantined: [(reply: IncomingReply, reason: String)] = []
    /// Inputs from which others were made, with the sagas those are about: settled once these are written.
    var sources: [(input: Input, sagas: Set<UUID>)] = []
    /// The children that orders are about, as far as they have begun.
    var children: [ParentLink.Place: ChildRecord] = [:]
    /// Why events could not start what they were to start, by what sees to their delivery.
    var refused: [ObjectIdentifier: [String]] = [:]
    /// Events that may start a saga of a version which cannot be read here: another node is to have a look at them too.
    var doubtful: Set<ObjectIdentifier> = []
    /// Inputs that this node cannot see to at present, and why not.
    var delayed: [(input: Input, reason: String)] = []

    /// An answer that is waiting for the commit.
    enum Settled {
        case start(PendingStart, Result<StartResult, EngineError>)
        case request(PendingRequest, changes: [String])
        /// Nothing of it is written.
        case rehearsed(PendingRequest, OperatorResult)
        case refused(PendingRequest, EngineError)
    }

    mutating func add(_ work: Work) {
        if works[work.saga.id] == nil { order.append(work.saga.id) }
        works[work.saga.id] = work
    }

    /// A start that an event asked for cannot be made.
    mutating func refuse(_ event: Delivery, _ workflow: DeployedWorkflow, _ reason: String) {
        refused[ObjectIdentifier(event), default: []].append(
            "it cannot start \(workflow.plan.workflow) version \(workflow.plan.version): \(reason)")
    }

    /// What became of an event that came in.
    func outcome(of delivery: Delivery) -> Delivery.Outcome {
        if doubtful.contains(ObjectIdentifier(delivery)) { return .lost }
        return refused[ObjectIdentifier(delivery)].map { .refused(reason: $0.joined(separator: "; ")) } ?? .arrived
    }

    /// Whether sagas may have payloads that were not loaded with them.
    var isPartial: Bool { works.values.contains { $0.loaded.process.data.isPartial } }

    /// What has to be loaded before what the inputs led to counts.
    var missing: [UUID: Set<Int>] { works.compactMapValues { $0.missing.isEmpty ? nil : $0.missing } }

    mutating func supply(_ missing: [UUID: Set<Int>], from found: [UUID: [Int: [UInt8]]]) {
        for (id, rows) in missing { works[id]?.loaded.process.supply(rows, from: found[id] ?? [:]) }
    }

    /// The batch to write. Rows are in the order of the ids, so that two nodes never wait for each other.
    func batch(node: NodeID, number: Int64) -> Batch {
        var batch = Batch(node: node, number: number)
        for id in order.sorted() { works[id]!.write(to: &batch) }
        batch.timersRemoved.append(contentsOf: timersToDrop)
        return batch
    }
}
