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

    /// An answer that is waiting for the commit.
    enum Settled {
        case start(PendingStart, Result<StartResult, EngineError>)
        case request(PendingRequest)
        case refused(PendingRequest, EngineError)
    }

    mutating func add(_ work: Work) {
        if works[work.saga.id] == nil { order.append(work.saga.id) }
        works[work.saga.id] = work
    }

    /// The batch to write. Rows are in the order of the ids, so that two nodes never wait for each other.
    func batch(node: NodeID, number: Int64) -> Batch {
        var batch = Batch(node: node, number: number)
        for id in order.sorted() { works[id]!.write(to: &batch) }
        batch.timersRemoved.append(contentsOf: timersToDrop)
        return batch
    }
}
