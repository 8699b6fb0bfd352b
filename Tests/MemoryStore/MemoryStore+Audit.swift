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
            && (text.map { record.reason.asciiLowered.contains($0.asciiLowered) } ?? true)
    }
}

extension String {
    /// By bytes: to Swift two texts may be one that are two to a database.
    fileprivate var asciiLowered: [UInt8] { utf8.map { (0x41...0x5A).contains($0) ? $0 + 0x20 : $0 } }
}

extension [UInt8] {
    fileprivate func contains(_ other: [UInt8]) -> Bool {
        guard other.count <= count else { return false }
        return (0...(count - other.count)).contains { self[$0...].starts(with: other) }
    }
}
