internal import Postgres
internal import SagaCore
internal import SagaEngine
internal import SagaValues

/// The updates of a batch, with all that belongs to them, as one statement.
///
/// One statement, since what belongs to an update that turns out stale must be left out, and only within
/// a statement can rows be tied to those that another part of it has in fact updated. The first history
/// row of an update travels in the update's own row and comes back from its RETURNING, so the usual case
/// needs no join at all.
struct UpdateColumns {
    private var ids: [UUID] = []
    private var expected: [Int32] = []
    private var keptTimer: [Timestamp?] = []
    private var releases: [Bool] = []
    private var sends: [Bool] = []
    private var rows = RowColumns()
    private var first = HistoryColumns()
    private var extras = UpdateExtras()
    private(set) var moves = MoveColumns()

    var isEmpty: Bool { ids.isEmpty }

    /// - Parameters:
    ///   - history: of this saga.
    ///   - addsTimer: whether the timer that the row names is added by the same batch.
    mutating func append(_ update: SagaUpdate, history: ArraySlice<HistoryRow>, addsTimer: Bool) {
        ids.append(update.id)
        expected.append(Int32(clamping: update.expectedRevision))
        keptTimer.append(addsTimer ? nil : update.row.timerAt)
        releases.append(update.releasesLocks)
        sends.append(update.sends)
        moves.append(update)
        rows.append(update.row)
        first.append(history.first?.entry)
        for row in history.dropFirst() { extras.append(row) }
        // One that has ended already gives up its place, no more: a row can change but once in a statement.
        if update.takesLocks, !update.releasesLocks { extras.takers.append(update.id) }
    }

    mutating func append(
        timersAdded: [SagaTimer], timersRemoved: [SagaTimer], _ incidents: IncidentColumns,
        _ waits: WaitColumns, _ audit: AuditColumns, _ items: JobItemColumns
    ) {
        extras.timersAdded = timersAdded
        extras.timersRemoved = timersRemoved
        extras.incidents = incidents
        extras.waits = waits
        extras.audit = audit
        extras.items = items
    }

    /// Gives the ids of the updates that were left out.
    func statement(_ batch: Batch) -> (PostgresStatement, [PostgresParameter]) {
        var parameters: [PostgresParameter] = [
            .int64(batch.node.rawValue), .int64(batch.number), .uuids(ids), .int32s(expected),
            .optionalTimestamps(keptTimer), .bools(releases), .bools(sends),
        ]
        parameters += rows.parameters
        parameters += first.parameters
        guard moves.isEmpty else {
            let more = extras.waits.parameters + extras.audit.parameters + extras.items.parameters
            return (Self.withMoves, parameters + extras.parameters + more + moves.parameters)
        }
        guard !extras.isEmpty else { return (Self.plain, parameters) }
        parameters += extras.parameters
        guard !extras.waits.isEmpty || !extras.audit.isEmpty || !extras.items.isEmpty else {
            return (Self.full, parameters)
        }
        parameters += extras.waits.parameters
        guard !extras.audit.isEmpty || !extras.items.isEmpty else { return (Self.withWaits, parameters) }
        parameters += extras.audit.parameters
        guard !extras.items.isEmpty else { return (Self.withAudit, parameters) }
        return (Self.withItems, parameters + extras.items.parameters)
    }

    private static let plain = PostgresStatement(sql(extras: ""), name: "update", isReadOnly: false)
    private static let full = PostgresStatement(
        sql(extras: UpdateExtras.sql(from: extrasBegin)), name: "update_full", isReadOnly: false)

    private static let withWaits = PostgresStatement(
        sql(extras: UpdateExtras.sql(from: extrasBegin) + WaitColumns.sql(from: waitsBegin)), name: "update_waits",
        isReadOnly: false)

    private static let withAudit = PostgresStatement(
        sql(
            extras: UpdateExtras.sql(from: extrasBegin) + WaitColumns.sql(from: waitsBegin)
                + AuditColumns.sql(from: auditBegin)), name: "update_audit", isReadOnly: false)

    private static let withItems = PostgresStatement(
        sql(
            extras: UpdateExtras.sql(from: extrasBegin) + WaitColumns.sql(from: waitsBegin)
                + AuditColumns.sql(from: auditBegin) + JobItemColumns.sql(from: itemsBegin),
            condition: JobItemColumns.guardSQL(from: itemsBegin)), name: "update_items", isReadOnly: false)

    private static let withMoves = PostgresStatement(
        sql(
            extras: UpdateExtras.sql(from: extrasBegin) + WaitColumns.sql(from: waitsBegin)
                + AuditColumns.sql(from: auditBegin) + JobItemColumns.sql(from: itemsBegin),
            condition: JobItemColumns.guardSQL(from: itemsBegin),
            assignment: MoveColumns.assignment(from: movesBegin)), name: "update_moves", isReadOnly: false)

    private static let rowsBegin = 8, firstBegin = 15, extrasBegin = 22
    private static let waitsBegin = extrasBegin + UpdateExtras.parameterCount
    private static let auditBegin = waitsBegin + WaitColumns.parameterCount
    private static let itemsBegin = auditBegin + AuditColumns.parameterCount
    private static let movesBegin = itemsBegin + JobItemColumns.parameterCount

    /// Each saga is looked up by its id, and updated where it was found. A plain join on the id would say the
    /// same, and would let the planner read the whole table for each batch, see ``Statements/planLookups``.
    private static func sql(extras: String, condition: String = "", assignment: String = "") -> String {
        """
        WITH u AS (
            UPDATE sagas AS s SET status = n.status, revision = n.revision, state = convert_from(n.state, 'UTF8'),
                timer_at = n.timer_at, has_incident = n.has_incident, updated_at = n.updated_at,
                ended_at = n.ended_at, node = CASE WHEN n.sends THEN $1 ELSE s.node END,
                batch = CASE WHEN n.sends THEN $2 ELSE s.batch END\(assignment)
            FROM unnest($3::uuid[], $4::int[], $5::timestamptz[], $6::bool[], $7::bool[],
                    \(RowColumns.types(from: rowsBegin)),
                    \(HistoryColumns.types(from: firstBegin)))
                AS n(id, expected, kept_timer, releases, sends, status, revision, state, timer_at, has_incident, updated_at,
                    ended_at, at, kind, step, item, direction, attempt, data)
            CROSS JOIN LATERAL (SELECT x.ctid FROM sagas x WHERE x.id = n.id OFFSET 0) AS found
            WHERE s.ctid = found.ctid
                AND s.revision = n.expected AND (n.kept_timer IS NULL OR s.timer_at = n.kept_timer)
                \(condition)
            RETURNING s.id, n.expected + 1 AS revision, n.releases, n.at, n.kind, n.step, n.item, n.direction, n.attempt,
                n.data
        ),
        first_rows AS (
            INSERT INTO saga_history (saga_id, revision, at, kind, step, item, direction, attempt, data)
            SELECT id, revision, at, kind, step, item, direction, attempt, convert_from(data, 'UTF8')
            FROM u WHERE kind IS NOT NULL
        ),
        \(extras)
        released AS (DELETE FROM saga_locks WHERE saga_id = ANY (ARRAY (SELECT id FROM u WHERE releases)))
        SELECT n.id FROM unnest($3::uuid[]) AS n(id) WHERE n.id NOT IN (SELECT id FROM u)
        """
    }
}
