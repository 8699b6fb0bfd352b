public import SagaEngine
public import SagaValues
internal import SagaCore

extension MemoryStore {
    public func archived(_ id: UUID) async throws(StoreError) -> ArchivedSaga? {
        try checkConnection()
        return try database.access { (state, _) throws(StoreError) in state.archived[id]?.saga }
    }

    /// Takes sagas out of the store, as archiving does.
    public func archive(_ ids: [UUID], file: String) throws(StoreError) {
        try database.access { (state, now) throws(StoreError) in
            for id in ids {
                guard let record = state.sagas.removeValue(forKey: id) else { continue }
                let saga = ArchivedSaga(
                    id: id, key: record.origin.key, status: record.row.status, endedAt: record.row.endedAt ?? now,
                    file: file)
                state.archived[id] = (saga, record.origin.inputDigest)
                state.audit.removeAll { $0.saga == id }
            }
        }
    }
}
