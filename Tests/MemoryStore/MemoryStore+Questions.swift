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
            let ids = state.sagas.filter { id, saga in
                (cursor.map { id < $0 } ?? true) && filter.admits(saga)
            }
            return ids.keys.sorted(by: >).prefix(limit).compactMap { state.summary($0) }
        }
    }

    public func history(_ id: UUID, after revision: Int, limit: Int) async throws(StoreError) -> [HistoryEntry] {
        try checkConnection()
        return try database.access { (state, _) throws(StoreError) in
            Array((state.sagas[id]?.history ?? []).drop { $0.revision <= revision }.prefix(limit))
        }
    }

    public func incidents(
        saga: UUID?, tenant: String?, openOnly: Bool, limit: Int
    ) async throws(StoreError) -> [IncidentRecord] {
        try checkConnection()
        return try database.access { (state, _) throws(StoreError) in
            let found = state.incidents.values.filter { record in
                (saga == nil || record.opening.saga == saga) && (!openOnly || record.resolution == nil)
                    && (tenant.map { state.sagas[record.opening.saga]?.origin.key.tenant.hasSameBytes(as: $0) ?? false }
                        ?? true)
            }
            return Array(found.sorted { $0.newestFirst > $1.newestFirst }.prefix(limit))
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
    fileprivate func admits(_ saga: MemoryDatabase.Record) -> Bool {
        let origin = saga.origin
        return (statuses.isEmpty || statuses.contains(saga.row.status))
            && (workflow?.hasSameBytes(as: origin.key.workflow) ?? true)
            && (tenant?.hasSameBytes(as: origin.key.tenant) ?? true)
            && (idempotencyKey?.hasSameBytes(as: origin.key.idempotencyKey) ?? true)
            && (businessKey.map { origin.businessKey?.hasSameBytes(as: $0) ?? false } ?? true)
            && (!withIncident || saga.row.hasOpenIncident)
            && (startedAfter.map { origin.startedAt > $0 } ?? true)
            && (startedBefore.map { origin.startedAt < $0 } ?? true)
            && (parent.map { origin.parent?.saga == $0 } ?? (withChildren || origin.parent == nil))
    }
}

extension FailedStart {
    fileprivate var newestFirst: (Timestamp, String, String) { (at, name, key) }
}

extension IncidentRecord {
    fileprivate var newestFirst: (Timestamp, UUID, Int) { (opening.at, opening.saga, opening.openedRevision) }
}
