internal import Postgres
internal import SagaCore
public import SagaEngine
internal import SagaValues

extension PostgresStore {
    public func changes(after mark: ChangeMark?, limit: Int) async throws(StoreError) -> ChangePage {
        guard let mark else { return try await beginChanges() }
        let (first, before) = mark.range
        let floor = mark.seen == nil ? first.at : max(first.at, mark.from)
        let parameters: [PostgresParameter] = [
            .timestamp(floor), before.map { .timestamp($0) } ?? .null, mark.seen.map { .text($0) } ?? .null,
            mark.look.map { .text($0.until) } ?? .null, .timestamp(first.at), .uuid(first.saga),
            .int32(Int32(clamping: first.revision)), .int64(Int64(limit)),
        ]
        let longest = patience.wholeMicroseconds / 1_000
        let rows: PostgresRows
        do throws(PostgresError) {
            rows = try await readers.executeAll([
                (Statements.planForTheseValues, []), (Self.giveUp, [.text("\(longest)ms")]), (Self.byIndex, []),
                (Self.news, parameters),
            ])[3]
        } catch {
            throw tooMuch(error, narrower: [])
        }
        let (until, now) = try StoreError.reading { () throws(PostgresError) in
            (try rows[0].text(0), try rows[0].timestamp(1))
        }
        // Without changes there is one row, with the look alone.
        let isEmpty = try StoreError.reading { () throws(PostgresError) in try rows[0].optionalUUID(2) == nil }
        let changes = isEmpty ? [] : try Decoding.all(rows) { (row) throws(PostgresError) in try row.change() }
        return ChangePage(changes, limit: limit, after: mark, began: mark.look?.began ?? now, until: until)
    }

    private func beginChanges() async throws(StoreError) -> ChangePage {
        let rows = try await ask(Self.beginning, [], narrower: [])
        let (seen, now) = try StoreError.reading { () throws(PostgresError) in
            (try rows[0].text(0), try rows[0].timestamp(1))
        }
        return ChangePage(
            changes: [], next: ChangeMark(from: now - ChangeMark.lateness, seen: seen, look: nil), isLast: true)
    }

    /// Of a partition that nobody has analysed yet the planner believes that all of it is wanted.
    private static let byIndex = PostgresStatement(
        "SELECT set_config('enable_seqscan', 'off', true)", name: "changes_by_index", isReadOnly: true)

    private static let beginning = PostgresStatement(
        "SELECT pg_current_snapshot()::text, now()", name: "changes_begin", isReadOnly: true)

    /// The transaction that wrote a row, counted since the cluster was made: the row bears its last 32 bits.
    private static let writer = """
        (look.xmax - ((look.xmax - h.xmin::text::bigint) & 4294967295))::text::xid8
        """

    /// $1 from this time on, $2 before this one, $3 what could be seen when all had been told, $4 what could be seen when
    /// this look began, $5 to $7 behind this place, $8 how many.
    ///
    /// The time of the look is that of the transaction, so not after what it sees.
    private static let news = PostgresStatement(
        """
        WITH look AS MATERIALIZED (
            SELECT coalesce($4::pg_snapshot, pg_current_snapshot()) AS until, now() AS at,
                pg_snapshot_xmax(pg_current_snapshot())::text::bigint AS xmax
        )
        SELECT look.until::text, look.at, c.*
        FROM look LEFT JOIN LATERAL (
            SELECT h.saga_id, h.revision, h.at AS time, h.kind, h.step, h.item, h.direction, h.attempt, o.workflow,
                (SELECT version FROM workflow_versions WHERE id = o.workflow_id) AS version, o.tenant, o.business_key,
                o.parent_id, CASE WHEN s.revision = h.revision THEN s.status END AS status
            FROM (
                SELECT h.saga_id, h.revision, h.at, h.kind, h.step, h.item, h.direction, h.attempt
                FROM saga_history h
                WHERE h.at >= $1::timestamptz AND ($2::timestamptz IS NULL OR h.at < $2::timestamptz)
                    AND ($3::pg_snapshot IS NULL OR NOT pg_visible_in_snapshot(\(writer), $3::pg_snapshot))
                    AND ($4::pg_snapshot IS NULL OR pg_visible_in_snapshot(\(writer), $4::pg_snapshot))
                    AND (h.at, h.saga_id, h.revision) > ($5::timestamptz, $6::uuid, $7::int)
                ORDER BY h.at, h.saga_id, h.revision LIMIT $8
            ) AS h
            CROSS JOIN LATERAL (SELECT * FROM saga_origins WHERE id = h.saga_id OFFSET 0) AS o
            CROSS JOIN LATERAL (SELECT status, revision FROM sagas WHERE id = h.saga_id OFFSET 0) AS s
        ) AS c ON true
        ORDER BY c.time, c.saga_id, c.revision
        """, name: "changes", isReadOnly: true)
}

extension PostgresRow {
    /// From the third column on: saga, revision, at, kind, step, item, direction, attempt, workflow, version, tenant,
    /// business_key, parent, status.
    fileprivate func change() throws(PostgresError) -> SagaChange? {
        guard let kind = HistoryEntry.Kind(rawValue: try text(5)) else { return nil }
        var direction: Direction?
        if let text = try optionalText(8) {
            direction = Direction(rawValue: text)
            if direction == nil { return nil }
        }
        var status: Saga.Status?
        if let text = try optionalText(15) {
            status = Saga.Status(rawValue: text)
            if status == nil { return nil }
        }
        return SagaChange(
            saga: try uuid(2), revision: Int(try int32(3)), at: try timestamp(4), kind: kind,
            step: try optionalText(6), item: try optionalInt32(7).map { Int($0) }, direction: direction,
            attempt: try optionalInt32(9).map { Int($0) }, workflow: try text(10), version: Int(try int32(11)),
            tenant: try text(12), businessKey: try optionalText(13), parent: try optionalUUID(14), status: status)
    }
}
