internal import Postgres
internal import SagaCore
internal import SagaEngine
internal import SagaValues

/// What updates have only now and then: further history rows, timers, incidents, locks they take.
struct UpdateExtras {
    private var sagas: [UUID] = []
    private var revisions: [Int32] = []
    private var history = HistoryColumns()
    var takers: [UUID] = []
    var timersAdded: [SagaTimer] = []
    var timersRemoved: [SagaTimer] = []
    var incidents = IncidentColumns()
    var waits = WaitColumns()
    var audit = AuditColumns([])
    var items = JobItemColumns()

    var isEmpty: Bool {
        sagas.isEmpty && takers.isEmpty && timersAdded.isEmpty && timersRemoved.isEmpty && incidents.isEmpty
            && waits.isEmpty && audit.isEmpty && items.isEmpty
    }

    mutating func append(_ row: HistoryRow) {
        sagas.append(row.saga)
        revisions.append(Int32(clamping: row.entry.revision))
        history.append(row.entry)
    }

    var parameters: [PostgresParameter] {
        [.uuids(sagas), .int32s(revisions)] + history.parameters + [
            .uuids(takers), .uuids(timersAdded.map(\.saga)), .timestamps(timersAdded.map(\.due)),
            .uuids(timersRemoved.map(\.saga)), .timestamps(timersRemoved.map(\.due)),
        ] + incidents.parameters
    }

    /// Parts of the statement in which `u` are the updates that were made.
    ///
    /// `(… IN …) IS TRUE` keeps the planner from turning the look into a join, which without statistics
    /// would compare each with each; like this it is a hash table.
    static func sql(from first: Int) -> String {
        """
        more_rows AS (
            INSERT INTO saga_history (saga_id, revision, at, kind, step, item, direction, attempt, data)
            SELECT saga_id, revision, at, kind, step, item, direction, attempt, convert_from(data, 'UTF8')
            FROM unnest($\(first)::uuid[], $\(first + 1)::int[], \(HistoryColumns.types(from: first + 2)))
                AS h(saga_id, revision, at, kind, step, item, direction, attempt, data)
            WHERE (h.saga_id IN (SELECT id FROM u)) IS TRUE
        ),
        taken AS (
            UPDATE saga_locks SET held = true
            WHERE saga_id = ANY (ARRAY (
                SELECT t.id FROM unnest($\(first + 9)::uuid[]) AS t(id) WHERE (t.id IN (SELECT id FROM u)) IS TRUE))
        ),
        timers_added AS (
            INSERT INTO saga_timers (due_at, saga_id)
            SELECT t.due_at, t.saga_id
            FROM unnest($\(first + 10)::uuid[], $\(first + 11)::timestamptz[]) AS t(saga_id, due_at)
            WHERE (t.saga_id IN (SELECT id FROM u)) IS TRUE
            ON CONFLICT DO NOTHING
        ),
        timers_removed AS (
            DELETE FROM saga_timers AS d
            USING unnest($\(first + 12)::uuid[], $\(first + 13)::timestamptz[]) AS t(saga_id, due_at)
            CROSS JOIN LATERAL (
                SELECT x.ctid FROM saga_timers x WHERE x.due_at = t.due_at AND x.saga_id = t.saga_id OFFSET 0) AS found
            WHERE d.ctid = found.ctid AND (t.saga_id IN (SELECT id FROM u)) IS TRUE
        ),
        \(IncidentColumns.sql(from: first + 14)),
        """
    }

    /// How many parameters that has.
    static let parameterCount = 28
}
