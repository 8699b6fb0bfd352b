import Postgres
import PostgresStore
import SagaCore
import SagaEngine
import SagaStoreContract
import SagaValues
import TestSupport
import Testing

@Suite("What lists cost", .serialized)
struct ListCostTests {
    private static let sagas = 40_000

    /// Sagas of a month, of which the last hundredth is open with an incident each.
    private static let stock = """
        INSERT INTO workflow_versions (workflow, version, digest, source) VALUES ('buy', 1, 'd', ''), ('rare', 1, 'd', '');
        INSERT INTO saga_origins (id, started_at, workflow_id, input_digest, workflow, tenant, idempotency_key)
        SELECT (left(saga_id_floor(at)::text, 14) || '7000-8000-' || lpad(i::text, 12, '0'))::uuid, at,
            CASE WHEN i % 500 = 1 THEN 2 ELSE 1 END, '', CASE WHEN i % 500 = 1 THEN 'rare' ELSE 'buy' END, 'default', 'k' || i
        FROM generate_series(1, \(sagas)) AS i,
            LATERAL (SELECT now() - interval '30 days' * (1 - i::float8 / \(sagas)) AS at) AS t;
        INSERT INTO sagas (id, started_at, node, workflow_id, revision, batch, updated_at, ended_at, has_incident, status, state)
        SELECT id, started_at, 1, workflow_id, 1, 1, started_at + interval '2 s',
            CASE WHEN n <= \(sagas) * 0.99 THEN started_at + interval '2 s' END, n > \(sagas) * 0.99,
            CASE WHEN n > \(sagas) * 0.99 THEN 'running' WHEN n % 20 = 0 THEN 'compensated' ELSE 'completed' END, '{"s":[0]}'
        FROM (SELECT *, row_number() OVER (ORDER BY id) AS n FROM saga_origins) AS numbered ORDER BY id;
        INSERT INTO saga_incidents (saga_id, opened_revision, opened_at, step, participant, cause)
        SELECT id, 1, updated_at, 'charge', 'billing', 'exhausted' FROM sagas WHERE has_incident;
        """
    private static let reads = """
        SELECT (SELECT sum(seq_tup_read) FROM pg_stat_user_tables)::int8
            + (SELECT sum(idx_tup_read) FROM pg_stat_user_indexes)::int8
        """
    private static let sessions = """
        SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'store %' AND datname = current_database()
        """

    @Test("a page, whatever is asked for, reads little of what is stored")
    func pages() async throws {
        try await TestDatabase.alone { database in
            try await database.connection.runScript(Self.stock)
            try await database.connection.runScript("VACUUM ANALYZE")
            // What this session has read itself is counted now, and not while a question is.
            try await database.connection.runScript("SELECT pg_stat_force_next_flush()")
            let now = Timestamp.now()
            func ago(_ days: Int) -> Timestamp { now - .seconds(days * 86_400) }
            func filter(_ adjust: (inout SagaFilter) -> Void) -> SagaFilter {
                var filter = SagaFilter()
                adjust(&filter)
                return filter
            }
            let middle = UUID.v7(at: ago(15), random: (0, 0))
            let questions: [(String, SagaFilter, UUID?)] = [
                ("all", filter { _ in }, nil), ("in the middle", filter { _ in }, middle),
                ("rare", filter { $0.workflow = "rare" }, nil),
                ("rare, in the middle", filter { ($0.workflow, $0.version) = ("rare", 1) }, middle),
                ("rare, compensated", filter { ($0.workflow, $0.statuses) = ("rare", [.compensated]) }, nil),
                ("compensated", filter { $0.statuses = [.compensated] }, nil),
                ("step", filter { $0.incident.step = "charge" }, nil),
                ("no step", filter { $0.incident.step = "none" }, nil),
                ("started", filter { ($0.startedAfter, $0.startedBefore) = (ago(16), ago(15)) }, nil),
                ("ended", filter { ($0.endedAfter, $0.endedBefore) = (ago(16), ago(15)) }, nil),
                (
                    "ended, last page", filter { ($0.endedAfter, $0.endedBefore) = (ago(16), ago(15)) },
                    UUID.v7(at: ago(16), random: (0, 0))
                ),
                ("silent", filter { ($0.statuses, $0.updatedBefore) = ([.running], ago(10)) }, nil),
            ]
            for (name, filter, cursor) in questions {
                try await eventually("no session is left") { try await database.number(Self.sessions) == 0 }
                let before = try await database.number(Self.reads)
                let store = database.newStore()
                _ = try await store.list(filter, after: cursor, limit: 20)
                await store.close()
                try await eventually("the session ends") { try await database.number(Self.sessions) == 0 }
                let reads = try await database.number(Self.reads) - before
                // A day of a month, with the hours beside it, is 1,500; half of what is stored would be 20,000.
                #expect(reads < 4_000, "\(name)")
            }
        }
    }
}
