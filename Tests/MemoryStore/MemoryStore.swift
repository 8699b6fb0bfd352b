public import SagaEngine
public import SagaValues
internal import SagaCore
internal import Synchronization

/// A store without a server: one node's connection to a ``MemoryDatabase``.
public final class MemoryStore: SagaStore {
    let database: MemoryDatabase
    let faults = Mutex(Faults())
    private let asked = Mutex<[[UUID: Set<Int>]]>([])

    public init(_ database: MemoryDatabase = MemoryDatabase()) {
        self.database = database
    }

    /// The payloads that were asked for row by row, call by call.
    public var payloadsAsked: [[UUID: Set<Int>]] { asked.withLock(\.self) }

    // MARK: Nodes

    public func register(nodeNamed name: String) async throws(StoreError) -> NodeID {
        try checkConnection()
        let session = ObjectIdentifier(self)
        return try database.access { (state, now) throws(StoreError) in
            state.closeSession(session)
            let id = NodeID(rawValue: Int64(state.nodes.count + 1))
            state.nodes[id] = .init(name: name, leaseUntil: now + MemoryStore.firstLease, session: session)
            return id
        }
    }

    /// What a node has from its registration to its first heartbeat.
    static let firstLease = Duration.seconds(15)

    public func heartbeat(
        _ node: NodeID, watermark: Int64, lease: Duration
    ) async throws(StoreError) -> Heartbeat {
        try checkConnection()
        let session = ObjectIdentifier(self)
        return try database.access { (state, now) throws(StoreError) in
            state.extend(node, session: session, watermark: watermark, until: now + lease)
            let isRetired = state.nodes[node]?.isDead ?? true
            if !isRetired { state.declareDead(except: node, now: now) }
            let others = state.nodes.filter { $0.key != node && !$0.value.isRetired }
            return Heartbeat(
                now: now, isRetired: isRetired,
                isLeader: !isRetired && !others.contains { $0.key < node && !$0.value.isDead },
                dead: others.filter(\.value.isDead).sorted { $0.key < $1.key }
                    .map { .init(id: $0.key, watermark: $0.value.watermark) })
        }
    }

    public func retire(_ node: NodeID) async throws(StoreError) {
        try checkConnection()
        try database.access { (state, _) throws(StoreError) in
            state.nodes[node]?.isDead = true
            state.nodes[node]?.isRetired = true
        }
    }

    public func claim(
        from dead: NodeID, after watermark: Int64, before bound: Int64, by node: NodeID, batch: Int64, limit: Int
    ) async throws(StoreError) -> [UUID] {
        try checkConnection()
        let fault = faults.withLock { $0.plannedForClaims.isEmpty ? nil : $0.plannedForClaims.removeFirst() }
        if let fault, !fault.isWritten { throw fault.error }
        let claimed = try database.access { (state, _) throws(StoreError) in
            try state.checkAlive(node)
            let open = state.sagas.filter { !$0.value.row.status.isTerminal }
            let known = open.filter { $0.value.node == node && $0.value.batch == batch }.keys
            let found = open.filter { _, saga in
                saga.node == dead && saga.batch > watermark && saga.batch < bound
            }
            let ids = found.keys.sorted().prefix(limit)
            for id in ids {
                state.sagas[id]?.node = node
                state.sagas[id]?.batch = batch
            }
            return Set(known).union(ids).sorted()
        }
        faults.withLock { $0.whenClaimed }?(Claim(sagas: claimed, bound: bound, batch: batch))
        if let fault { throw fault.error }
        return claimed
    }

    // MARK: The hot path

    public func load(_ ids: [UUID]) async throws(StoreError) -> [StoredSaga] {
        try await load(ids, withPayloads: true)
    }

    public func loadStates(_ ids: [UUID]) async throws(StoreError) -> [StoredSaga] {
        try await load(ids, withPayloads: false)
    }

    public func payloads(_ wanted: [UUID: Set<Int>]) async throws(StoreError) -> [UUID: [Int: [UInt8]]] {
        try checkConnection()
        asked.withLock { $0.append(wanted) }
        return try database.access { (state, _) throws(StoreError) in
            var found: [UUID: [Int: [UInt8]]] = [:]
            for (id, revisions) in wanted {
                guard let history = state.sagas[id]?.history else { continue }
                for revision in revisions where history.indices.contains(revision - 1) {
                    found[id, default: [:]][revision] = history[revision - 1].data
                }
            }
            return found
        }
    }

    private func load(_ ids: [UUID], withPayloads: Bool) async throws(StoreError) -> [StoredSaga] {
        try checkConnection()
        let fault = faults.withLock { $0.plannedForLoads.isEmpty ? nil : $0.plannedForLoads.removeFirst() }
        if let fault { throw fault.error }
        return try database.access { (state, _) throws(StoreError) in
            Set(ids).compactMap { id in
                guard let saga = state.sagas[id] else { return nil }
                let isOwed = saga.batch > state.nodes[saga.node]?.watermark ?? .max
                return StoredSaga(
                    id: id, origin: saga.origin, row: saga.row, payloads: withPayloads ? saga.payloads : [:],
                    owedBy: isOwed ? saga.node : nil)
            }
        }
    }

    public func lookUp(starts: [StartKey], lockKeys: [String]) async throws(StoreError) -> StartLookup {
        try checkConnection()
        return try database.access { (state, _) throws(StoreError) in
            var existing: [StartKey: StartLookup.Existing] = [:]
            for key in starts {
                guard let id = state.startKeys[key] else { continue }
                let digest = state.sagas[id]?.origin.inputDigest ?? state.archived[id]?.inputDigest
                if let digest { existing[key] = .init(saga: id, inputDigest: digest) }
            }
            return StartLookup(existing: existing, taken: Set(lockKeys.filter { state.locks[Array($0.utf8)] != nil }))
        }
    }

    public func children(of links: [ParentLink]) async throws(StoreError) -> [ChildRecord] {
        try checkConnection()
        return try database.access { (state, _) throws(StoreError) in state.children(of: Set(links.map(\.place))) }
    }

    public func listen(_ waits: [EventWait]) async throws(StoreError) -> [MatchedEvent] {
        try checkConnection()
        if let code = faults.withLock({ $0.whenListening })?() { throw CommitFault.fails(code).error }
        return try database.access { (state, _) throws(StoreError) in state.listen(waits) }
    }

    public func keep(_ events: [KeptEvent]) async throws(StoreError) -> KeptEvents {
        try checkConnection()
        guard !events.isEmpty else { return KeptEvents(matches: [], catalogRevision: 0) }
        return try database.access { (state, now) throws(StoreError) in
            KeptEvents(matches: state.keep(events, at: now), catalogRevision: state.catalogRevision)
        }
    }

    public func hasTaken(event id: String, saga: UUID) async throws(StoreError) -> Bool {
        try checkConnection()
        return try database.access { (state, _) throws(StoreError) in
            state.taken.contains(.init(saga: saga, event: Array(id.utf8)))
        }
    }

    public func signalsWaitedFor(limit: Int) async throws(StoreError) -> [MatchedEvent] {
        try checkConnection()
        return try database.access { (state, _) throws(StoreError) in state.signalsWaitedFor(limit: limit) }
    }

    public func dropEvents(before: Timestamp, limit: Int) async throws(StoreError) -> Int {
        try checkConnection()
        return try database.access { (state, _) throws(StoreError) in state.dropEvents(before: before, limit: limit) }
    }

    public func schedules(of workflows: [String]) async throws(StoreError) -> ScheduleMarks {
        faults.withLock { $0.whenAskedForSchedules }?()
        try checkConnection()
        return try database.access { (state, now) throws(StoreError) in
            for name in workflows where state.schedules[name] == nil { state.schedules[name] = now }
            let marks = state.schedules.filter { workflows.contains($0.key) }
            return ScheduleMarks(marks: marks, now: now, catalogRevision: state.catalogRevision)
        }
    }

    public func advanceSchedule(of workflow: String, to time: Timestamp) async throws(StoreError) {
        faults.withLock { $0.whenAdvancing }?(workflow, time)
        try checkConnection()
        try database.access { (state, _) throws(StoreError) in
            state.schedules[workflow] = max(state.schedules[workflow] ?? time, time)
        }
    }

    public func keep(failedStart start: FailedStart) async throws(StoreError) {
        if let code = faults.withLock({ $0.whenKeepingFailedStart })?() { throw CommitFault.fails(code).error }
        try checkConnection()
        try database.access { (state, now) throws(StoreError) in
            let name = MemoryDatabase.FailedStartName(
                source: start.source, name: Array(start.name.utf8), key: Array(start.key.utf8))
            state.failedStarts[name] = FailedStart(
                start.source, name: start.name, key: start.key, reason: start.reason, at: now)
        }
    }

    public func commit(_ batch: Batch) async throws(StoreError) -> CommitResult {
        try checkConnection()
        let fault = faults.withLock { $0.next(for: batch) }
        if let fault, !fault.isWritten { throw fault.error }
        let result = try database.access { (state, now) throws(StoreError) in
            let closed = Set(batch.jobItems.map(\.item).filter { !state.isOpen($0) })
            let stale = try state.apply(batch, at: now)
            return CommitResult(stale: stale, closed: closed, now: now)
        }
        if let fault { throw fault.error }
        return result
    }

    public func dueTimers(limit: Int) async throws(StoreError) -> [DueTimer] {
        try checkConnection()
        return try database.access { (state, now) throws(StoreError) in
            state.timers.filter { $0.due <= now }.sorted { ($0.due, $0.saga) < ($1.due, $1.saga) }.prefix(limit).map {
                DueTimer(timer: $0, isMoot: state.sagas[$0.saga]?.row.status.isTerminal ?? true)
            }
        }
    }

    public func grantable(limit: Int) async throws(StoreError) -> [UUID] {
        try checkConnection()
        return try database.access { (state, _) throws(StoreError) in state.grantable(limit: limit) }
    }

    // MARK: Workflows

    public func deploy(
        workflow: String, version: Int, digest: String, source: String
    ) async throws(StoreError) -> WorkflowRecord {
        try checkConnection()
        return try database.access { (state, now) throws(StoreError) in
            if let known = state.workflows.first(where: { $0.workflow == workflow && $0.version == version }) {
                guard known.digest == digest else {
                    throw StoreError(.versionConflict, "\(workflow) version \(version) exists with another content")
                }
                return known
            }
            let record = WorkflowRecord(
                id: Int32(state.workflows.count + 1), workflow: workflow, version: version, digest: digest,
                source: source, deployedAt: now, activatedAt: state.activation(ofNew: version, of: workflow, at: now))
            state.workflows.append(record)
            return record
        }
    }

    public func workflows(ids: [Int32]?) async throws(StoreError) -> [WorkflowRecord] {
        faults.withLock { $0.whenAskedForWorkflows }?()
        try checkConnection()
        return try database.access { (state, _) throws(StoreError) in
            guard let ids else { return state.workflows }
            let wanted = Set(ids)
            return state.workflows.filter { wanted.contains($0.id) }
        }
    }
}
