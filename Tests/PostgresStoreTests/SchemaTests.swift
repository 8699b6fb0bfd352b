import LocalServers
import Postgres
import PostgresStore
import SagaCore
import SagaEngine
import SagaStoreContract
import SagaValues
import TestServers
import Testing

@Suite("The schema", .serialized)
struct SchemaTests {
    @Test(
        "refuses to change or remove history, by whatever way",
        arguments: [
            "UPDATE saga_history SET kind = 'done'", "DELETE FROM saga_history", "TRUNCATE saga_history",
            "UPDATE saga_origins SET tenant = 'x'",
        ])
    func appendOnly(_ statement: String) async throws {
        try await TestDatabase.with { database in
            var author = try await Author(database)
            let sample = author.sample()
            try await author.start(sample)
            let partition = try await database.connection.execute(
                PostgresStatement("SELECT tableoid::regclass::text FROM saga_history"))[0].text(0)
            for sql in [statement, statement.replacing("saga_history", with: partition)]
            where !sql.contains("TRUNCATE \(partition)") {
                await #expect { try await database.connection.execute(PostgresStatement(sql)) } throws: {
                    ($0 as? PostgresError)?.sqlState == "SG003"
                }
            }
            #expect(try await author.history(sample).count == 1)
        }
    }

    @Test(
        "refuses to change or remove lines of the audit",
        arguments: ["UPDATE saga_audit SET reason = 'x'", "DELETE FROM saga_audit", "TRUNCATE saga_audit"])
    func audit(_ statement: String) async throws {
        try await TestDatabase.with { database in
            let store = database.newStore()
            let author = AuditRecord.Author(subject: "mia", credential: "c", role: "admin", address: nil)
            try await store.audit([
                AuditRecord(at: .wholeNow, author: author, verb: "deploy", outcome: .done, tenant: nil, reason: "r")
            ])
            await #expect { try await database.connection.execute(PostgresStatement(statement)) } throws: {
                ($0 as? PostgresError)?.sqlState == "SG003"
            }
            #expect(try await store.auditRecords(AuditFilter(), before: nil, limit: 2).map(\.record.reason) == ["r"])
        }
    }

    @Test("has a partition for this week and five more; what fits none is kept all the same")
    func partitions() async throws {
        try await TestDatabase.with { database in
            let store = database.newStore()
            #expect(try await store.ensurePartitions() == [])
            let count = "SELECT count(*) FROM pg_inherits WHERE inhparent = 'saga_history'::regclass"
            #expect(try await database.number(count) == 7)

            var author = try await Author(on: store)
            let (new, old) = (author.sample(), author.sample(at: Timestamp(iso8601: "2020-02-29T12:00:00.123456Z")!))
            try await author.start(new)
            #expect(try await store.historyOutsidePartitions() == 0)
            try await author.start(old)
            #expect(try await store.historyOutsidePartitions() == 1)
            #expect(try await author.history(old).count == 1)
            #expect(try await author.loaded(old).payloads == [1: old.input])
        }
    }

    @Test("makes partitions around a week that has begun without one")
    func defaultPartition() async throws {
        let name = try await TestServers.freshDatabase(prefix: "partitions")
        let store = PostgresStore(try await TestServers.postgres().configuration(database: name))
        let connection = PostgresConnection(try await TestServers.postgres().configuration(database: name))
        try await store.migrate()
        var author = try await Author(on: store)
        // Eight weeks from now: the partitions end before that.
        let early = author.sample(at: .fromNow(.seconds(8 * 7 * 86_400)))
        try await author.start(early)
        let made = try await connection.execute(
            PostgresStatement("SELECT saga_ensure_partitions(10)", isReadOnly: false))
        #expect(made.count == 4)
        #expect(try await author.history(early).count == 1)
        #expect(try await store.historyOutsidePartitions() == 1)
        await store.close()
        await connection.close()
    }

    @Test("is made once by several nodes that start at once")
    func migratedAtOnce() async throws {
        let name = try await TestServers.freshDatabase(prefix: "migrations")
        let configuration = try await TestServers.postgres().configuration(database: name)
        let stores = (1...3).map { _ in PostgresStore(configuration, readers: 1) }
        try await withThrowingDiscardingTaskGroup { group in
            for store in stores { group.addTask { try await store.migrate() } }
        }
        let nodes = try await [stores[0].register(nodeNamed: "a"), stores[2].register(nodeNamed: "b")]
        #expect(nodes[0] < nodes[1])
        for store in stores { await store.close() }
    }

    @Test("is taken, and told, when a newer version has migrated it further")
    func newer() async throws {
        let name = try await TestServers.freshDatabase(prefix: "newer")
        let configuration = try await TestServers.postgres().configuration(database: name)
        let store = PostgresStore(configuration, readers: 1)
        #expect(try await store.migrate().isEmpty)
        let connection = PostgresConnection(configuration)
        try await connection.runScript(
            "INSERT INTO saga_migrations (number, name, checksum) VALUES (9000, 'of the future', repeat('0', 64))")
        #expect(try await store.migrate() == [9000])
        await store.close()
        await connection.close()
    }

    @Test(
        "refuses a status that does not go with the end",
        arguments: [
            "status = 'completed'", "status = 'done'", "ended_at = now()", "revision = 0",
        ])
    func statusCheck(_ change: String) async throws {
        try await TestDatabase.with { database in
            var author = try await Author(database)
            try await author.start(author.sample())
            await #expect {
                try await database.connection.execute(PostgresStatement("UPDATE sagas SET \(change)"))
            } throws: {
                ($0 as? PostgresError)?.code == .checkViolation
            }
        }
    }

    @Test("explains each of its tables and views to whoever opens psql at night")
    func comments() async throws {
        try await TestDatabase.with { database in
            let silent = try await database.connection.execute(
                PostgresStatement(
                    """
                    SELECT relname::text FROM pg_class
                    WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v') AND NOT relispartition
                        AND relname <> 'saga_migrations' AND obj_description(oid) IS NULL
                    """))
            #expect(try silent.map { try $0.text(0) } == [])
        }
    }

    @Test("shows in views what is open, what is stuck and why, and what happened")
    func views() async throws {
        try await TestDatabase.with { database in
            var author = try await Author(database, named: "node one")
            let (stuck, waiting, fine, ended) = (
                author.sample(businessKey: "order 7"), author.sample(locks: ["k"]), author.sample(), author.sample()
            )
            try await author.start(stuck, fine, ended, timer: .fromNow(.seconds(60)))
            try await author.start(waiting, queued: true)
            try await author.end(ended, from: 1)
            try await author.commit {
                $0.update(stuck, from: 1, hasIncident: true)
                $0.incidentsOpened.append(
                    IncidentOpening(
                        saga: stuck.id, openedRevision: 2, step: "charge", participant: "billing", cause: .unknown,
                        error: nil, at: .wholeNow))
            }
            #expect(try await database.number("SELECT count(*) FROM open_sagas WHERE last_node = 'node one'") == 3)
            let found = try await database.connection.execute(
                PostgresStatement(
                    "SELECT id, why, business_key, cause FROM stuck_sagas ORDER BY why"))
            #expect(try found.map { try $0.uuid(0) } == [waiting.id, stuck.id])
            #expect(try found.map { try $0.text(1) } == ["in line for a lock", "incident"])
            #expect(try found[1].text(2) == "order 7" && found[1].text(3) == "unknown")
            let events = "SELECT count(*) FROM saga_events WHERE saga_id = $1"
            #expect(try await database.number(events, [.uuid(stuck.id)]) == 2)
        }
    }

    @Test("shows in views what waits for an event or for consent, and whose child a saga is")
    func viewsElsewhere() async throws {
        try await TestDatabase.with { database in
            var author = try await Author(database)
            let parent = author.sample()
            let link = ParentLink(saga: parent.id, step: "each", item: 3, round: 1, body: "each", depth: 1)
            let (listening, asking) = (author.sample(parent: link), author.sample())
            try await author.start([parent, listening, asking])
            let key = EventKey(
                event: "paid", path: [.member("order")], value: .string(String(repeating: "x", count: 500)))
            let wait = EventWait(saga: listening.id, step: "hear", since: .wholeNow, keys: [key])
            #expect(try await author.store.listen([wait]).isEmpty)
            // As a step that waits for consent stands in the state.
            try await database.connection.runScript(
                #"UPDATE sagas SET state = '{"s":[[5,1,1,1],[15,1]]}' WHERE id = '\#(asking.id)'"#)
            let open = try await database.connection.execute(
                PostgresStatement(
                    "SELECT parent_id, parent_step, parent_item, waits_for[1] FROM open_sagas WHERE id = $1"),
                [.uuid(listening.id)])[0]
            #expect(try open.uuid(0) == parent.id && open.text(1) == "each" && open.int32(2) == 3)
            #expect(try open.text(3) == "hear: " + key.text.prefix(200))
            let stuck = try await database.connection.execute(
                PostgresStatement("SELECT id, why FROM stuck_sagas ORDER BY why"))
            var why: [UUID: String] = [:]
            for row in stuck { why[try row.uuid(0)] = try row.text(1) }
            #expect(
                why == [
                    parent.id: "nothing wakes it up: a bug", listening.id: "waits for an event",
                    asking.id: "waits for somebody's consent",
                ])
        }
    }
}
