internal import Postgres
internal import SagaCore
internal import SagaEngine
internal import SagaValues

/// The history rows of a batch by their saga.
struct HistoryBySaga {
    private let rows: [HistoryRow]
    private var ranges: [UUID: Range<Int>] = [:]

    init(_ given: [HistoryRow]) {
        let isSorted = zip(given, given.dropFirst()).allSatisfy { $0.saga <= $1.saga }
        rows = isSorted ? given : given.sorted { ($0.saga, $0.entry.revision) < ($1.saga, $1.entry.revision) }
        ranges.reserveCapacity(rows.count)
        var start = 0
        while start < rows.count {
            var end = start + 1
            while end < rows.count, rows[end].saga == rows[start].saga { end += 1 }
            ranges[rows[start].saga] = start..<end
            start = end
        }
    }

    subscript(saga: UUID) -> ArraySlice<HistoryRow> {
        rows[ranges[saga] ?? 0..<0]
    }
}

/// The timers of a batch, apart by what must hold for them to be written.
struct Timers {
    /// Left out with an update that is stale.
    private(set) var tied: (added: [SagaTimer], removed: [SagaTimer]) = ([], [])
    /// Of starts, and of sagas that the batch does not write.
    private(set) var free: (added: [SagaTimer], removed: [SagaTimer]) = ([], [])
    private let added: Set<SagaTimer>

    init(_ batch: Batch) {
        added = Set(batch.timersAdded)
        guard !batch.timersAdded.isEmpty || !batch.timersRemoved.isEmpty else { return }
        let updated = Set(batch.updates.map(\.id))
        // The statement of the starts writes the timer that a row names.
        let written = Set(
            batch.starts.compactMap { start in
                start.row.timerAt.map { SagaTimer(saga: start.id, due: $0) }
            })
        for timer in added where !written.contains(timer) {
            if updated.contains(timer.saga) { tied.added.append(timer) } else { free.added.append(timer) }
        }
        // What is removed and added stays: in one statement neither part would see the other.
        for timer in batch.timersRemoved.sorted(by: { ($0.due, $0.saga) < ($1.due, $1.saga) })
        where !added.contains(timer) {
            if updated.contains(timer.saga) { tied.removed.append(timer) } else { free.removed.append(timer) }
        }
    }

    func adds(_ timer: SagaTimer) -> Bool { added.contains(timer) }
}

extension StartKey {
    /// The order of the unique index, so that it is filled from left to right.
    func precedes(_ other: StartKey) -> Bool {
        for (mine, its) in [(idempotencyKey, other.idempotencyKey), (workflow, other.workflow), (tenant, other.tenant)]
        {
            if mine.utf8.lexicographicallyPrecedes(its.utf8) { return true }
            if its.utf8.lexicographicallyPrecedes(mine.utf8) { return false }
        }
        return false
    }
}

extension CommitStatements {
    /// Rows of starts, which are written wholly or not at all.
    static func insert(_ history: [HistoryRow]) -> (PostgresStatement, [PostgresParameter]) {
        var columns = HistoryColumns()
        for row in history { columns.append(row.entry) }
        let revisions = history.map { Int32(clamping: $0.entry.revision) }
        return (insertHistory, [.uuids(history.map(\.saga)), .int32s(revisions)] + columns.parameters)
    }

    static func insert(_ timers: [SagaTimer]) -> (PostgresStatement, [PostgresParameter]) {
        (insertTimers, [.uuids(timers.map(\.saga)), .timestamps(timers.map(\.due))])
    }

    static func delete(_ timers: [SagaTimer]) -> (PostgresStatement, [PostgresParameter]) {
        (deleteTimers, [.uuids(timers.map(\.saga)), .timestamps(timers.map(\.due))])
    }

    static func write(_ incidents: IncidentColumns, of sagas: [UUID]) -> (PostgresStatement, [PostgresParameter]) {
        (writeIncidents, [.uuids(sagas)] + incidents.parameters)
    }

    private static let insertHistory = PostgresStatement(
        """
        INSERT INTO saga_history (saga_id, revision, at, kind, step, item, direction, attempt, data)
        SELECT saga_id, revision, at, kind, step, item, direction, attempt, convert_from(data, 'UTF8')
        FROM unnest($1::uuid[], $2::int[], \(HistoryColumns.types(from: 3)))
            AS h(saga_id, revision, at, kind, step, item, direction, attempt, data)
        """, name: "start_history")
    private static let insertTimers = PostgresStatement(
        """
        INSERT INTO saga_timers (saga_id, due_at) SELECT * FROM unnest($1::uuid[], $2::timestamptz[])
        ON CONFLICT DO NOTHING
        """, name: "add_timers")
    private static let deleteTimers = PostgresStatement(
        """
        DELETE FROM saga_timers AS d
        USING unnest($1::uuid[], $2::timestamptz[]) AS t(saga_id, due_at)
        CROSS JOIN LATERAL (
            SELECT x.ctid FROM saga_timers x WHERE x.due_at = t.due_at AND x.saga_id = t.saga_id OFFSET 0) AS found
        WHERE d.ctid = found.ctid
        """, name: "remove_timers")
    private static let writeIncidents = PostgresStatement(
        """
        WITH u AS (SELECT unnest($1::uuid[]) AS id),
        \(IncidentColumns.sql(from: 2))
        SELECT 1 WHERE false
        """, name: "start_incidents", isReadOnly: false)
}
