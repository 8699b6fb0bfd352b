public import SagaEngine
internal import SagaCore
internal import SagaValues

extension MemoryStore {
    public func changes(after mark: ChangeMark?, limit: Int) async throws(StoreError) -> ChangePage {
        try checkConnection()
        return try database.access { (state, now) throws(StoreError) in
            state.looks += 1
            guard let mark else {
                state.firstLooks += 1
                let next = ChangeMark(from: now - ChangeMark.lateness, seen: "\(state.log.count)", look: nil)
                return ChangePage(changes: [], next: next, isLast: true)
            }
            let until = mark.look.flatMap { Int($0.until) } ?? state.log.count
            let (first, before) = mark.range
            let found = state.log[(mark.seen.flatMap { Int($0) } ?? 0)..<until].compactMap { row in
                state.change(row.saga, row.revision)
            }.filter { change in change.place > first && before.map { change.at < $0 } ?? true }
            let page = found.sorted { $0.place < $1.place }.prefix(limit)
            return ChangePage(
                Array(page), limit: limit, after: mark, began: mark.look?.began ?? now, until: "\(until)")
        }
    }
}

extension MemoryDatabase.State {
    fileprivate func change(_ id: UUID, _ revision: Int) -> SagaChange? {
        guard let saga = sagas[id], saga.history.indices.contains(revision - 1) else { return nil }
        let (entry, origin) = (saga.history[revision - 1], saga.origin)
        return SagaChange(
            saga: id, revision: revision, at: entry.at, kind: entry.kind, step: entry.step, item: entry.item,
            direction: entry.direction, attempt: entry.attempt, workflow: origin.key.workflow,
            version: workflows.first { $0.id == origin.workflowID }?.version ?? 0, tenant: origin.key.tenant,
            businessKey: origin.businessKey, parent: origin.parent?.saga,
            status: saga.row.revision == revision ? saga.row.status : nil)
    }
}
