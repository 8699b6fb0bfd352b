internal import SagaCore
public import SagaEngine
internal import SagaValues

extension MemoryStore {
    public func audit(_ records: [AuditRecord]) async throws(StoreError) {
        try checkConnection()
        try database.access { (state, _) throws(StoreError) in state.audit += records }
    }

    public func auditRecords(
        _ filter: AuditFilter, before cursor: Int64?, limit: Int
    ) async throws(StoreError) -> [StoredAuditRecord] {
        try checkConnection()
        return try database.access { (state, _) throws(StoreError) in
            let all = state.audit.enumerated().map { StoredAuditRecord(number: Int64($0 + 1), record: $1) }
            let found = all.filter { $0.number < cursor ?? .max && filter.admits($0.record) }
            return Array(found.reversed().prefix(limit))
        }
    }
}

extension AuditFilter {
    fileprivate func admits(_ record: AuditRecord) -> Bool {
        (subject?.hasSameBytes(as: record.author.subject) ?? true) && (verb?.hasSameBytes(as: record.verb) ?? true)
            && (outcome.map { $0 == record.outcome } ?? true)
            && (tenant.map { record.tenant?.hasSameBytes(as: $0) ?? false } ?? true)
            && (saga.map { $0 == record.saga } ?? true)
            && (workflow.map { record.workflow?.hasSameBytes(as: $0) ?? false } ?? true)
            && (after.map { record.at > $0 } ?? true) && (before.map { record.at < $0 } ?? true)
            && (text.map { record.reason.lowercasedASCII.contains($0.lowercasedASCII) } ?? true)
    }
}
