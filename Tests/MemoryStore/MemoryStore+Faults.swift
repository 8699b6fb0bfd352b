public import SagaEngine
public import SagaValues
internal import Synchronization

extension MemoryStore {
    /// How a commit goes wrong.
    public enum CommitFault: Sendable, Hashable {
        /// Fails with this code; nothing is written.
        case fails(StoreError.Code)
        /// Fails with this code, and everything is written all the same: the answer was lost.
        case failsAfterwards(StoreError.Code)

        var isWritten: Bool {
            switch self {
            case .fails: false
            case .failsAfterwards: true
            }
        }

        var error: StoreError {
            switch self {
            case .fails(let code), .failsAfterwards(let code): StoreError(code, "a planned fault of the memory store")
            }
        }
    }

    struct Faults {
        var planned: [CommitFault] = []
        var plannedForClaims: [CommitFault] = []
        var plannedForLoads: [CommitFault] = []
        var isCut = false
        var choose: (@Sendable (Batch) -> CommitFault?)?
        var whenClaimed: (@Sendable (Claim) -> Void)?
        var whenListening: (@Sendable () -> StoreError.Code?)?
        var whenKeepingFailedStart: (@Sendable () -> StoreError.Code?)?
        var whenKeepingDeadLetters: (@Sendable ([NewDeadLetter]) -> StoreError.Code?)?
        var whenAskedForWorkflows: (@Sendable () -> Void)?
        var whenAskedForSchedules: (@Sendable () -> Void)?
        var whenAdvancing: (@Sendable (String, Timestamp) -> Void)?

        mutating func next(for batch: Batch) -> CommitFault? {
            planned.isEmpty ? choose?(batch) : planned.removeFirst()
        }
    }

    /// The next commits of this store go wrong, one fault each, in this order.
    public func plan(_ faults: CommitFault...) {
        self.faults.withLock { $0.planned += faults }
    }

    /// The next claims of this store go wrong, one fault each, in this order.
    public func planClaims(_ faults: CommitFault...) {
        self.faults.withLock { $0.plannedForClaims += faults }
    }

    /// The next loads of sagas from this store go wrong, one fault each, in this order.
    public func planLoads(_ faults: CommitFault...) {
        self.faults.withLock { $0.plannedForLoads += faults }
    }

    /// Asks for each commit whether it goes wrong; nil for none. For simulations.
    public func chooseFaults(_ choose: (@Sendable (Batch) -> CommitFault?)?) {
        faults.withLock { $0.choose = choose }
    }

    /// What a call of `claim` led to.
    public struct Claim: Sendable {
        public let sagas: [UUID]
        /// The first batch that was left alone.
        public let bound: Int64
        /// The one that answers for the sagas now.
        public let batch: Int64
    }

    /// Tells of each claim as soon as it is written, before its caller knows of it.
    public func whenClaimed(_ tell: (@Sendable (Claim) -> Void)?) {
        faults.withLock { $0.whenClaimed = tell }
    }

    /// Asks for each call of `listen` whether it fails, and how; nil for not.
    public func whenListening(_ choose: (@Sendable () -> StoreError.Code?)?) {
        faults.withLock { $0.whenListening = choose }
    }

    /// Asks for each failed start that is to be kept whether that fails, and how; nil for not.
    public func whenKeepingFailedStart(_ choose: (@Sendable () -> StoreError.Code?)?) {
        faults.withLock { $0.whenKeepingFailedStart = choose }
    }

    /// Tells of each call of `schedules` before it does anything.
    public func whenAskedForSchedules(_ tell: (@Sendable () -> Void)?) {
        faults.withLock { $0.whenAskedForSchedules = tell }
    }

    /// Tells of each call of `advanceSchedule` before it does anything.
    public func whenAdvancing(_ tell: (@Sendable (_ workflow: String, _ time: Timestamp) -> Void)?) {
        faults.withLock { $0.whenAdvancing = tell }
    }

    /// Tells of each call of `workflows` before it does anything.
    public func whenAskedForWorkflows(_ tell: (@Sendable () -> Void)?) {
        faults.withLock { $0.whenAskedForWorkflows = tell }
    }

    /// Ends the connection, as a crash of the process or of its network would: every call fails with
    /// `unavailable` until ``reconnect()``, and the node's sign of life is gone at once.
    public func cutOff() {
        faults.withLock { $0.isCut = true }
        loseSession()
    }

    /// Calls work again; the node's next heartbeat is its sign of life, unless it was declared dead meanwhile.
    public func reconnect() {
        faults.withLock { $0.isCut = false }
    }

    /// Ends only the session that is the node's sign of life, while calls go on working.
    public func loseSession() {
        let session = ObjectIdentifier(self)
        try? database.access { (state, _) throws(StoreError) in state.closeSession(session) }
    }

    func checkConnection() throws(StoreError) {
        if faults.withLock({ $0.isCut }) { throw StoreError(.unavailable, "the memory store is cut off") }
    }
}
