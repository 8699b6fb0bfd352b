/// The state of a connection's current transaction.
struct OpenTransaction {
    enum Phase {
        /// Nothing was sent. Exits: begun, ended.
        case fresh
        /// BEGIN was sent. Exits: committed, ended.
        case begun
        case committed
        /// The session is gone, and with it the transaction.
        case ended(PostgresError)
    }

    let id: UInt64
    let deadline: ContinuousClock.Instant?
    var phase = Phase.fresh
    /// Goes out with the next statement, so that it costs no round trip: BEGIN, savepoints.
    var pending: [PostgresStatement]
    var savepoints: [Savepoint] = []
    /// The failure that made the server refuse everything until a rollback.
    var failure: PostgresError?

    struct Savepoint {
        /// How much was pending before it: as long as it has not been sent, it can be taken back.
        let pendingCount: Int
        var wasSent = false
    }

    init(id: UInt64, isolation: PostgresIsolation, deadline: ContinuousClock.Instant?) {
        self.id = id
        self.deadline = deadline
        pending = [isolation.begin]
    }

    /// What is pending has been sent with a statement.
    mutating func markSent() {
        pending = []
        for index in savepoints.indices { savepoints[index].wasSent = true }
        if case .fresh = phase { phase = .begun }
    }

    mutating func pushSavepoint() -> Int {
        savepoints.append(Savepoint(pendingCount: pending.count))
        pending.append(TransactionControl.savepoint(savepoints.count))
        return savepoints.count
    }

    /// Ends the savepoint at `depth` and those inside of it.
    mutating func popSavepoint(_ depth: Int, undoing: Bool) {
        guard depth >= 1, depth <= savepoints.count else { return }
        let savepoint = savepoints[depth - 1]
        savepoints.removeSubrange((depth - 1)...)
        guard savepoint.wasSent else {
            // Nothing was done inside, so nothing needs to be undone or kept.
            pending.removeSubrange(savepoint.pendingCount...)
            return
        }
        if undoing {
            pending.append(TransactionControl.rollback(to: depth))
            failure = nil
        }
        pending.append(TransactionControl.release(depth))
    }
}
