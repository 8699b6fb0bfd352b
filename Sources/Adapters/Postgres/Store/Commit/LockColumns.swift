internal import Postgres
internal import SagaCore
internal import SagaEngine
internal import SagaValues

/// The lock keys that starts hold, or get in line for.
struct LockColumns {
    private struct Row {
        let saga: UUID
        let key: String
        let isHeld: Bool
        /// Which of the saga's keys it is.
        let ordinal: Int16
        /// Which of the starts, for the place in line.
        let start: Int32
    }

    private var rows: [Row] = []
    private var count: Int32 = 0

    var isEmpty: Bool { rows.isEmpty }

    /// In the order in which they get in line. A start that has ended already has nothing to hold.
    mutating func append(_ start: NewSaga) {
        guard !start.row.status.isTerminal else { return }
        count += 1
        for (index, key) in start.locks.enumerated() {
            rows.append(
                Row(
                    saga: start.id, key: key, isHeld: start.row.status != .queued, ordinal: Int16(clamping: index),
                    start: count))
        }
    }

    /// Keys are taken in one order by all, so that no two batches wait for each other.
    func statement() -> (PostgresStatement, [PostgresParameter]) {
        let sorted = rows.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
        return (
            Self.statement,
            [
                .uuids(sorted.map(\.saga)), .texts(sorted.map(\.key)), .bools(sorted.map(\.isHeld)),
                .int16s(sorted.map(\.ordinal)), .int32s(sorted.map(\.start)),
            ]
        )
    }

    /// The unique index refuses a second holder. Nobody is to overtake those in line either, and they are no
    /// violation of it, so that is looked for.
    private static let statement = PostgresStatement(
        """
        WITH turn AS MATERIALIZED (SELECT nextval('saga_lock_places') AS place),
        added AS (
            INSERT INTO saga_locks (saga_id, ordinal, key, held, place)
            SELECT n.saga_id, n.ordinal, n.key, n.held, turn.place + n.start
            FROM unnest($1::uuid[], $2::text[], $3::bool[], $4::smallint[], $5::int[])
                AS n(saga_id, key, held, ordinal, start), turn
            RETURNING key, held
        )
        SELECT saga_refuse_start() FROM added
        CROSS JOIN LATERAL (SELECT FROM saga_locks WHERE key = added.key AND NOT held LIMIT 1) AS line
        WHERE added.held LIMIT 1
        """, name: "locks", isReadOnly: false)
}
