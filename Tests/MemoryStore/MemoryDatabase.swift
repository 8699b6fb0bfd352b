public import SagaEngine
public import SagaValues
internal import SagaCore
internal import Synchronization

/// What several ``MemoryStore``s share: the sagas of all nodes, gone when the process ends.
///
/// It passes the same contract suite as PostgreSQL, so an engine that runs on it runs on that, in
/// microseconds and with a clock that a test may turn.
public final class MemoryDatabase: Sendable {
    struct State {
        var nodes: [NodeID: Node] = [:]
        var workflows: [WorkflowRecord] = []
        var sagas: [UUID: Record] = [:]
        var startKeys: [StartKey: UUID] = [:]
        var locks: [[UInt8]: Line] = [:]
        var lockKeys: [UUID: [String]] = [:]
        var places: Int64 = 0
        var timers: Set<SagaTimer> = []
        var incidents: [IncidentName: Incident] = [:]
        var waits: [WaitName: EventWait] = [:]
        /// By the bytes of their ids.
        var events: [[UInt8]: Event] = [:]
        var taken: Set<Taken> = []
        /// How far the schedules of workflows have been seen to.
        var schedules: [String: Timestamp] = [:]
        var failedStarts: [FailedStartName: FailedStart] = [:]
        var accessTokens: [String: AccessToken] = [:]
        var audit: [AuditRecord] = []
        /// By their ids.
        var deadLetters: [UUID: (letter: DeadLetter, content: DeadLetterContent, digest: [UInt8])] = [:]
        var deadLetterStockReads = 0
        var jobs: [UUID: Job] = [:]
        var archived: [UUID: (saga: ArchivedSaga, inputDigest: [UInt8])] = [:]
        var rollUps = 0
        /// Which rows of histories were written, in the order of their commits.
        var log: [(saga: UUID, revision: Int)] = []
        var looks = 0
        var firstLooks = 0
        var participants = MemoryParticipants()
    }

    struct FailedStartName: Hashable {
        let source: FailedStart.Source
        /// The name and the key, as bytes.
        let name: [UInt8]
        let key: [UInt8]
    }

    struct WaitName: Hashable {
        let saga: UUID
        let step: String
    }

    struct Event {
        let event: DomainEvent
        let receivedAt: Timestamp
        /// ``EventKey/text``, as bytes.
        var keys: Set<[UInt8]>
        /// The only saga that may take it.
        let recipient: UUID?
    }

    /// A saga has taken an event.
    struct Taken: Hashable {
        let saga: UUID
        let event: [UInt8]
    }

    struct Node {
        let name: String
        var leaseUntil: Timestamp
        var watermark: Int64 = 0
        /// The store whose connection is its sign of life; nil once that is cut.
        var session: ObjectIdentifier?
        var isDead = false
        var isRetired = false
    }

    struct Record {
        var origin: SagaOrigin
        var row: SagaRow
        var node: NodeID
        var batch: Int64
        var history: [HistoryEntry]
    }

    struct Incident {
        let opening: IncidentOpening
        var resolution: IncidentResolution?
        var assignee: String?
        var comments: [IncidentComment] = []
    }

    /// Who has a lock key, and who waits for it, by their places.
    struct Line {
        var holder: UUID?
        var waiting: [UUID: Int64] = [:]

        var isEmpty: Bool { holder == nil && waiting.isEmpty }
        var first: UUID? { waiting.min { $0.value < $1.value }?.key }
    }

    private let state = Mutex(State())
    private let clock: @Sendable () -> Timestamp

    /// - Parameter clock: the store's clock, by which leases run out and timers fall due.
    public init(clock: @escaping @Sendable () -> Timestamp = { Timestamp.now() }) {
        self.clock = clock
    }

    /// - Parameter body: gets the state and the time. When it throws, it must not have changed anything.
    func access<R: Sendable>(
        _ body: (inout State, Timestamp) throws(StoreError) -> R
    ) throws(StoreError) -> R {
        let now = clock()
        return try state.withLock { state throws(StoreError) in try body(&state, now) }
    }

    /// Every saga that has not ended; for tests that ask whether anything was lost.
    public var openSagas: [UUID] {
        state.withLock { state in state.sagas.filter { !$0.value.row.status.isTerminal }.map(\.key).sorted() }
    }

    /// How often somebody asked for statistics to be rolled up.
    public var rollUps: Int { state.withLock { $0.rollUps } }

    /// How often somebody asked what happened to all sagas.
    public var looks: Int { state.withLock { $0.looks } }

    /// How often somebody began to ask.
    public var firstLooks: Int { state.withLock { $0.firstLooks } }

    /// The timers that are stored, in the order of their times.
    public var timers: [SagaTimer] {
        state.withLock { $0.timers.sorted { ($0.due, $0.saga) < ($1.due, $1.saga) } }
    }
}
