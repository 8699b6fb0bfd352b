internal import Postgres
internal import SagaCore
public import SagaEngine
internal import SagaValues

extension PostgresStore {
    /// One round trip, whatever the batch holds: a transaction of array statements.
    public func commit(_ batch: Batch) async throws(StoreError) -> CommitResult {
        if let flaw = batch.flaw { throw StoreError(.broken, flaw) }
        let statements = CommitStatements(batch)
        let results = try await StoreError.translating { () async throws(PostgresError) in
            try await writer.executeAll(statements.all)
        }
        countCommit()
        return try StoreError.reading { () throws(PostgresError) in
            var stale: Set<UUID> = []
            if let index = statements.updates {
                for row in results[index] { stale.insert(try row.uuid(0)) }
            }
            var closed: Set<JobItemName> = []
            if let index = statements.closedItems {
                for row in results[index] {
                    closed.insert(JobItemName(job: try row.uuid(0), position: Int(try row.int32(1))))
                }
            }
            return CommitResult(stale: stale, closed: closed, now: try results[0][0].timestamp(0))
        }
    }
}

/// The statements of a batch, in an order that all batches keep, each for rows in an order of their own, so
/// that of two batches that meet the second waits and neither waits for the other.
struct CommitStatements {
    private(set) var all: [(PostgresStatement, [PostgresParameter])]
    /// Where the updates' statement is, which gives the stale ones.
    private(set) var updates: Int?
    /// Where the statement is that gives the items of jobs whose updates are left out.
    private(set) var closedItems: Int?

    init(_ batch: Batch) {
        let versions = batch.versionsStarted.sorted()
        all = [
            versions.isEmpty
                ? (Statements.beginCommit, [.int64(batch.node.rawValue)])
                : (Statements.beginStarts, [.int64(batch.node.rawValue), .int32s(versions)])
        ]
        let history = HistoryBySaga(batch.history)
        let timers = Timers(batch)
        let started = Set(batch.starts.map(\.id))
        addUpdates(batch, history, timers, started)
        addStarts(batch, history, started)
        if !timers.free.added.isEmpty { all.append(Self.insert(timers.free.added)) }
        if !timers.free.removed.isEmpty { all.append(Self.delete(timers.free.removed)) }
    }

    private mutating func addUpdates(_ batch: Batch, _ history: HistoryBySaga, _ timers: Timers, _ started: Set<UUID>) {
        guard !batch.updates.isEmpty else { return }
        let items = JobItemColumns(batch.jobItems)
        if !items.isEmpty {
            all.append(items.lock())
            closedItems = all.count
            all.append(items.closed())
        }
        var columns = UpdateColumns()
        for update in batch.updates.sorted(by: { $0.id < $1.id }) {
            columns.append(
                update, history: history[update.id],
                addsTimer: update.row.timerAt.map { timers.adds(SagaTimer(saga: update.id, due: $0)) } ?? false)
        }
        columns.append(
            timersAdded: timers.tied.added, timersRemoved: timers.tied.removed,
            IncidentColumns(batch) { !started.contains($0) }, WaitColumns(batch.waitsEnded),
            AuditColumns(batch.audit), items)
        updates = all.count
        all.append(columns.statement(batch))
        all += columns.moves.followers()
    }

    private mutating func addStarts(_ batch: Batch, _ history: HistoryBySaga, _ started: Set<UUID>) {
        guard !batch.starts.isEmpty else { return }
        var columns = StartColumns()
        var more: [HistoryRow] = []
        // By their keys, which are what two batches may both start.
        for start in batch.starts.sorted(by: { $0.origin.key.precedes($1.origin.key) }) {
            let rows = history[start.id]
            columns.append(start, first: rows.first?.entry)
            more += rows.dropFirst()
        }
        all.append(columns.statement(batch))
        if !more.isEmpty { all.append(Self.insert(more)) }
        let incidents = IncidentColumns(batch) { started.contains($0) }
        if !incidents.isEmpty { all.append(Self.write(incidents, of: Array(started))) }
        var locks = LockColumns()
        for start in batch.starts { locks.append(start) }
        if !locks.isEmpty { all.append(locks.statement()) }
        let audit = AuditColumns(batch.startAudit)
        if !audit.isEmpty { all.append((AuditColumns.statement, audit.parameters)) }
    }
}
