internal import SagaCore
internal import SagaEngine
internal import SagaValues

extension MemoryDatabase.State {
    /// Writes a batch, or throws and leaves everything as it was. Returns the updates that were left out.
    mutating func apply(_ batch: Batch, at now: Timestamp) throws(StoreError) -> Set<UUID> {
        if let flaw = batch.flaw { throw StoreError(.broken, flaw) }
        try checkAlive(batch.node)
        try checkVersions(batch)
        try checkStarts(batch)
        let stale = staleUpdates(batch)
        try checkGrants(batch, stale)

        let added = Set(batch.timersAdded)
        for update in batch.updates where !stale.contains(update.id) {
            sagas[update.id]!.row = update.row
            if let workflow = update.movedTo { sagas[update.id]!.origin.workflowID = workflow }
            if update.sends {
                sagas[update.id]!.node = batch.node
                sagas[update.id]!.batch = batch.number
            }
            if update.releasesLocks { releaseLocks(of: update.id) }
            if update.takesLocks { takeLocks(of: update.id) }
        }
        for start in batch.starts { add(start, batch) }
        for row in batch.history where !stale.contains(row.saga) {
            sagas[row.saga]!.history.append(row.entry)
            log.append((row.saga, row.entry.revision))
        }
        for timer in batch.timersRemoved where !stale.contains(timer.saga) { timers.remove(timer) }
        for timer in added where !stale.contains(timer.saga) { timers.insert(timer) }
        for opening in batch.incidentsOpened where !stale.contains(opening.saga) {
            let name = IncidentName(saga: opening.saga, openedRevision: opening.openedRevision)
            if incidents[name] == nil { incidents[name] = MemoryDatabase.Incident(opening: opening) }
        }
        for resolution in batch.incidentsResolved where !stale.contains(resolution.saga) {
            let name = IncidentName(saga: resolution.saga, openedRevision: resolution.openedRevision)
            guard incidents[name] != nil, incidents[name]?.resolution == nil else { continue }
            incidents[name]?.resolution = resolution
        }
        for wait in batch.waitsEnded where !stale.contains(wait.saga) {
            waits[.init(saga: wait.saga, step: wait.step)] = nil
            if let event = wait.event { taken.insert(.init(saga: wait.saga, event: Array(event.utf8))) }
        }
        audit += batch.audit.filter { !stale.contains($0.saga!) } + batch.startAudit
        for outcome in batch.jobItems where !stale.contains(outcome.saga) { settle(outcome, at: now) }
        return stale
    }

    private func checkStarts(_ batch: Batch) throws(StoreError) {
        var held: Set<[UInt8]> = []
        var keys: Set<StartKey> = []
        var places: Set<ChildName> = []
        for start in batch.starts {
            guard sagas[start.id] == nil, startKeys[start.origin.key] == nil, keys.insert(start.origin.key).inserted
            else { throw StoreError(.startConflict, "a saga was started with the same key meanwhile") }
            if let parent = start.origin.parent {
                let isThere = sagas.values.contains { other in
                    other.origin.parent.map { $0.place == parent.place && $0.round == parent.round } ?? false
                }
                guard !isThere, places.insert(.init(place: parent.place, round: parent.round)).inserted else {
                    throw StoreError(.startConflict, "a child was started for the same step meanwhile")
                }
            }
            guard start.row.status != .queued, !start.row.status.isTerminal else { continue }
            for key in start.locks {
                let bytes = Array(key.utf8)
                guard locks[bytes] == nil, held.insert(bytes).inserted else {
                    throw StoreError(.startConflict, "a lock key was taken meanwhile")
                }
            }
        }
    }

    private func staleUpdates(_ batch: Batch) -> Set<UUID> {
        let added = Set(batch.timersAdded)
        var stale = Set(batch.jobItems.filter { !isOpen($0.item) }.map(\.saga))
        for update in batch.updates {
            guard let stored = sagas[update.id]?.row, stored.revision == update.expectedRevision else {
                stale.insert(update.id)
                continue
            }
            // A timer that is named must be there: it is added now, or it is the one that the saga has had.
            if let due = update.row.timerAt, stored.timerAt != due,
                !added.contains(SagaTimer(saga: update.id, due: due))
            {
                stale.insert(update.id)
            }
        }
        return stale
    }

    private func checkGrants(_ batch: Batch, _ stale: Set<UUID>) throws(StoreError) {
        var taken: Set<[UInt8]> = []
        for update in batch.updates where update.takesLocks && !update.releasesLocks && !stale.contains(update.id) {
            for key in lockKeys[update.id] ?? [] {
                let bytes = Array(key.utf8)
                guard (locks[bytes]?.holder ?? update.id) == update.id, taken.insert(bytes).inserted else {
                    throw StoreError(.startConflict, "a lock key was taken meanwhile")
                }
            }
        }
    }

    private mutating func add(_ start: NewSaga, _ batch: Batch) {
        sagas[start.id] = .init(
            origin: start.origin, row: start.row, node: batch.node, batch: batch.number, history: [])
        startKeys[start.origin.key] = start.id
        guard !start.locks.isEmpty, !start.row.status.isTerminal else { return }
        places += 1
        lockKeys[start.id] = start.locks
        for key in start.locks {
            if start.row.status == .queued {
                locks[Array(key.utf8), default: .init()].waiting[start.id] = places
            } else {
                locks[Array(key.utf8), default: .init()].holder = start.id
            }
        }
    }

    private mutating func takeLocks(of saga: UUID) {
        for key in lockKeys[saga] ?? [] {
            locks[Array(key.utf8)]?.waiting[saga] = nil
            locks[Array(key.utf8)]?.holder = saga
        }
    }

    private mutating func releaseLocks(of saga: UUID) {
        for key in lockKeys.removeValue(forKey: saga) ?? [] {
            let bytes = Array(key.utf8)
            locks[bytes]?.waiting[saga] = nil
            if locks[bytes]?.holder == saga { locks[bytes]?.holder = nil }
            if locks[bytes]?.isEmpty ?? false { locks[bytes] = nil }
        }
    }

    /// Sagas in line whose keys nobody holds and who are first in line for each, in the order of their places.
    func grantable(limit: Int) -> [UUID] {
        var candidates: [UUID: Int64] = [:]
        for line in locks.values where line.holder == nil {
            if let first = line.first { candidates[first] = line.waiting[first] }
        }
        let granted = candidates.filter { saga, _ in
            (lockKeys[saga] ?? []).allSatisfy { key in
                locks[Array(key.utf8)].map { $0.holder == nil && $0.first == saga } ?? false
            }
        }
        return granted.sorted { $0.value < $1.value }.prefix(limit).map(\.key)
    }
}
