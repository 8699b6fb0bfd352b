internal import Logging
internal import SagaCore
internal import SagaValues
internal import Synchronization

/// What the loops of one node share.
final class EngineParts: Sendable {
    let store: any SagaStore
    let bus: any CommandBus
    let zones: any TimeZones
    let configuration: EngineConfiguration
    let log: Logger
    let catalog: Catalog
    let inbox: Inbox
    let clock = StoreClock(now: .now())
    let health = Health()
    let watermark = Mutex(Watermark())
    let participants: Participants
    let statistics = Mutex(EngineStatistics())
    /// A saga with locks has ended, so somebody's turn may have come.
    let lockFreed = Signal()
    /// Commands did not get out.
    let commandsLost = Signal()
    let deadLetterRoom = DeadLetterRoom()
    let denials = DenialBudget()
    let jobs = JobsInHand()
    private let ends = Mutex<[UUID: [Signal]]>([:])
    let endObserver = Mutex<(@Sendable ([UUID]) -> Void)?>(nil)
    /// With the time until which one is left alone that could not be digested.
    private let timersInHand = Mutex<[SagaTimer: ContinuousClock.Instant?]>([:])
    private let schedulesInHand = Mutex<Set<String>>([])
    private let beingTakenOver = Mutex<Set<NodeID>>([])
    private let node = Mutex<NodeID?>(nil)
    private let halted = Atomic(false)
    private let leading = Atomic(false)

    init(
        store: any SagaStore, bus: any CommandBus, zones: any TimeZones, configuration: EngineConfiguration, log: Logger
    ) {
        self.store = store
        self.bus = bus
        self.zones = zones
        self.configuration = configuration
        self.log = log
        self.participants = Participants(settings: configuration.breaker)
        self.catalog = Catalog(store: store, zones: zones, log: log) { bus.subscribe(to: $0) }
        self.inbox = Inbox(startLimit: configuration.startLimit, startByteLimit: configuration.startByteLimit)
    }

    // MARK: The node

    var currentNode: NodeID? { node.withLock { $0 } }

    func registered(_ id: NodeID) {
        node.withLock { $0 = id }
    }

    /// Whether this node looks after the timers of all.
    var isLeader: Bool { leading.load(ordering: .relaxed) }

    func leads(_ isLeader: Bool) {
        leading.store(isLeader, ordering: .relaxed)
    }

    /// The time to finish is over: what the store has not taken by now is left to the next node.
    var isHalted: Bool { halted.load(ordering: .relaxed) }

    func halt() {
        halted.store(true, ordering: .relaxed)
    }

    // MARK: Inputs that come back

    /// Hands inputs to a later batch; those that cannot be taken any more are told so.
    func postpone(_ inputs: [Input]) {
        guard !inputs.isEmpty, !inbox.put(inputs) else { return }
        for input in inputs { input.fail(.unavailable("the node is stopping")) }
    }

    /// The timers that nobody has in hand yet.
    func takeInHand(_ due: [DueTimer]) -> [DueTimer] {
        let now = ContinuousClock.now
        return timersInHand.withLock { inHand in
            due.filter { due in
                if let known = inHand[due.timer], known.map({ $0 > now }) ?? true { return false }
                inHand[due.timer] = .some(nil)
                return true
            }
        }
    }

    /// How many due timers to ask for, so that those in hand do not hide the others.
    var timerPage: Int { configuration.timerPage + timersInHand.withLock { $0.count } }

    /// Leaves a timer alone for a minute that nobody here can make sense of.
    func putAside(_ timer: SagaTimer) {
        timersInHand.withLock { $0[timer] = .now + .seconds(60) }
    }

    func timersSettled(_ timers: [SagaTimer]) {
        guard !timers.isEmpty else { return }
        timersInHand.withLock { inHand in for timer in timers { inHand[timer] = nil } }
    }

    /// Those that somebody is at.
    var schedulesTaken: Set<String> { schedulesInHand.withLock(\.self) }

    /// False if somebody is at it already.
    func takeScheduleInHand(of workflow: String) -> Bool {
        schedulesInHand.withLock { $0.insert(workflow).inserted }
    }

    func scheduleSettled(of workflow: String) {
        _ = schedulesInHand.withLock { $0.remove(workflow) }
    }

    /// The nodes that are not being taken over yet.
    func beginTakeOver(of dead: [Heartbeat.DeadNode]) -> [Heartbeat.DeadNode] {
        beingTakenOver.withLock { nodes in dead.filter { nodes.insert($0.id).inserted } }
    }

    func tookOver(_ dead: NodeID) {
        _ = beingTakenOver.withLock { $0.remove(dead) }
    }

    // MARK: Ends

    /// Registers interest in a saga's end. Balanced by ``forget(_:of:)``.
    func watch(_ saga: UUID) -> Signal {
        let signal = Signal()
        ends.withLock { $0[saga, default: []].append(signal) }
        return signal
    }

    func forget(_ signal: Signal, of saga: UUID) {
        ends.withLock { ends in
            ends[saga]?.removeAll { $0 === signal }
            if ends[saga]?.isEmpty == true { ends[saga] = nil }
        }
    }

    func ended(_ sagas: [Saga]) {
        guard !sagas.isEmpty else { return }
        endObserver.withLock { $0 }?(sagas.map(\.id))
        let signals = ends.withLock { ends in
            ends.isEmpty ? [] : sagas.flatMap { ends[$0.id] ?? [] }
        }
        for signal in signals { signal.signal() }
    }
}
