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
        let ordinal: Int32
    }

    private var rows: [Row] = []
    private var count: Int32 = 0

    var isEmpty: Bool { rows.isEmpty }

    /// In the order in which they get in line. A start that has ended already has nothing to hold.
    mutating func append(_ start: NewSaga) {
        guard !start.row.status.isTerminal else { return }
        count += 1
        for key in start.locks {
            rows.append(Row(saga: start.id, key: key, isHeld: start.row.status != .queued, ordinal: count))
        }
    }

    /// Keys are taken in one order by all, so that no two batches wait for each other.
    func statement() -> (PostgresStatement, [PostgresParameter]) {
        let sorted = rows.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
        return (
            Self.statement,
            [
                .uuids(sorted.map(\.saga)), .texts(sorted.map(\.key)), .bools(sorted.map(\.isHeld)),
                .int32s(sorted.map(\.ordinal)),
            ]
        )
    }

    /// The unique index refuses a second holder. Nobody is to overtake those in line either, and they are no
    /// violation of it, so that is looked for.
    private static let statement = PostgresStatement(
        """
        WITH line AS MATERIALIZED (SELECT nextval('saga_lock_places') AS place),
        added AS (
            INSERT INTO saga_locks (saga_id, key, held, place)
            SELECT n.saga_id, n.key, n.held, line.place + n.ordinal
            FROM unnest($1::uuid[], $2::text[], $3::bool[], $4::int[]) AS n(saga_id, key, held, ordinal), line
            RETURNING key, held
        )
        SELECT saga_refuse_start() FROM added
        JOIN saga_locks l ON l.key = added.key AND NOT l.held
        WHERE added.held LIMIT 1
        """, name: "locks", isReadOnly: false)
}
