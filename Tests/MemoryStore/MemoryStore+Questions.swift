public import SagaCore
public import SagaEngine
public import SagaValues

extension MemoryStore {
    public func summary(_ id: UUID) async throws(StoreError) -> SagaSummary? {
        try checkConnection()
        return try database.access { (state, _) throws(StoreError) in state.summary(id) }
    }

    public func list(_ filter: SagaFilter, after cursor: UUID?, limit: Int) async throws(StoreError) -> [SagaSummary] {
        try checkConnection()
        return try database.access { (state, _) throws(StoreError) in
            let ids = state.ids(filter).filter { id in cursor.map { id < $0 } ?? true }
            return ids.prefix(limit).compactMap { state.summary($0) }
        }
    }

    public func history(_ id: UUID, after revision: Int, limit: Int) async throws(StoreError) -> [HistoryEntry] {
        try checkConnection()
        return try database.access { (state, _) throws(StoreError) in
            Array((state.sagas[id]?.history ?? []).drop { $0.revision <= revision }.prefix(limit))
        }
    }

    public func lockPlaces(of saga: UUID) async throws(StoreError) -> [LockPlace] {
        try checkConnection()
        return try database.access { (state, _) throws(StoreError) in
            (state.lockKeys[saga] ?? []).compactMap { key in
                guard let line = state.locks[Array(key.utf8)], let place = line.waiting[saga] else { return nil }
                return LockPlace(
                    key: key, holder: line.holder, ahead: line.waiting.values.count { $0 < place })
            }
        }
    }

    public func failedStarts(limit: Int) async throws(StoreError) -> [FailedStart] {
        try checkConnection()
        return try database.access { (state, _) throws(StoreError) in
            Array(state.failedStarts.values.sorted { $0.newestFirst > $1.newestFirst }.prefix(limit))
        }
    }

    public func ping() async throws(StoreError) -> Timestamp {
        try checkConnection()
        return try database.access { (_, now) throws(StoreError) in now }
    }
}

extension MemoryDatabase.State {
    /// Newest first.
    func ids(_ filter: SagaFilter) -> [UUID] {
        sagas.filter { id, saga in filter.admits(saga, id, self) }.keys.sorted(by: >)
    }

    func summary(_ id: UUID) -> SagaSummary? {
        guard let saga = sagas[id] else { return nil }
        let version = workflows.first { $0.id == saga.origin.workflowID }?.version ?? 0
        return SagaSummary(id: id, origin: saga.origin, workflowVersion: version, row: saga.row)
    }
}

extension MemoryDatabase.Record {
    /// Those that the state names, as every store reads them.
    var payloads: [Int: [UInt8]] {
        var payloads: [Int: [UInt8]] = [:]
        for revision in Saga.payloadRevisions(inEncodedState: row.state) where history.indices.contains(revision - 1) {
            payloads[revision] = history[revision - 1].data
        }
        return payloads
    }
}

extension SagaFilter {
    fileprivate func admits(_ saga: MemoryDatabase.Record, _ id: UUID, _ state: MemoryDatabase.State) -> Bool {
        let (origin, row) = (saga.origin, saga.row)
        let version = state.workflows.first { $0.id == origin.workflowID }?.version
        return admits(version, of: origin) && (ids.isEmpty || ids.contains(id))
            && (statuses.isEmpty || statuses.contains(saga.row.status))
            && (tenant?.hasSameBytes(as: origin.key.tenant) ?? true)
            && (idempotencyKey?.hasSameBytes(as: origin.key.idempotencyKey) ?? true)
            && (businessKey.map { origin.businessKey?.hasSameBytes(as: $0) ?? false } ?? true)
            && (!withIncident || saga.row.hasOpenIncident)
            && (startedAfter.map { origin.startedAt > $0 } ?? true)
            && (startedBefore.map { origin.startedAt < $0 } ?? true)
            && within(row.endedAt, endedAfter, endedBefore) && within(row.updatedAt, updatedAfter, updatedBefore)
            && (incident.isEmpty || row.hasOpenIncident && state.hasOpenIncident(like: incident, of: id))
            && (parent.map { origin.parent?.saga == $0 } ?? (withChildren || origin.parent == nil))
    }

    private func admits(_ version: Int?, of origin: SagaOrigin) -> Bool {
        (workflow?.hasSameBytes(as: origin.key.workflow) ?? true) && (self.version.map { $0 == version } ?? true)
    }

    private func within(_ time: Timestamp?, _ after: Timestamp?, _ before: Timestamp?) -> Bool {
        guard let time else { return after == nil && before == nil }
        return (after.map { time > $0 } ?? true) && (before.map { time < $0 } ?? true)
    }
}

extension FailedStart {
    fileprivate var newestFirst: (Timestamp, String, String) { (at, name, key) }
}
