import Postgres
import PostgresStore
import SagaCore
import SagaEngine
import SagaStoreContract
import SagaValues
import TestSupport
import Testing

@Suite("Changes in PostgreSQL", .serialized)
struct ChangeTests {
    private func all(_ store: PostgresStore, _ mark: inout ChangeMark?, limit: Int = 100) async throws -> [SagaChange] {
        var changes: [SagaChange] = []
        while true {
            let page = try await store.changes(after: mark, limit: limit)
            changes += page.changes
            mark = page.next
            if page.isLast { return changes }
        }
    }

    @Test("a commit that becomes visible after younger ones is told, and nothing is told twice")
    func late() async throws {
        try await TestDatabase.with { database in
            let store = database.newStore()
            var author = try await Author(on: store)
            let samples = (1...3).map { _ in author.sample() }
            try await author.start(samples)
            var mark: ChangeMark?
            #expect(try await all(store, &mark).isEmpty)
            let slow = PostgresConnection(database.configuration, name: "slow")
            let insert = PostgresStatement(
                """
                INSERT INTO saga_history (saga_id, revision, at, kind, data)
                VALUES ($1, 2, clock_timestamp() - interval '5 s', 'paused', '')
                """)
            let (written, isWritten) = AsyncStream<Void>.makeStream()
            let (told, isTold) = AsyncStream<Void>.makeStream()
            let (first, third) = (samples[0].id, samples[2].id)
            async let commit: Void = slow.transaction { transaction in
                _ = try await transaction.execute(insert, [.uuid(first)])
                isWritten.yield()
                for await _ in told { break }
            }
            for await _ in written { break }
            // Younger, committed sooner, by a transaction that began later; and one that is left undone.
            try await author.commit { $0.update(samples[1], from: 1) }
            try? await database.connection.transaction { other in
                _ = try await other.execute(insert, [.uuid(third)])
                throw CancellationError()
            }
            #expect(try await all(store, &mark).map(\.saga) == [samples[1].id])
            #expect(try await all(store, &mark).isEmpty, "what is not committed is not seen")
            isTold.yield()
            try await commit
            #expect(try await all(store, &mark).map(\.saga) == [samples[0].id])
            #expect(try await all(store, &mark).isEmpty)
            await slow.close()
        }
    }

    @Test("a look in pages leaves what is committed meanwhile to the next one")
    func pages() async throws {
        try await TestDatabase.with { database in
            let store = database.newStore()
            var author = try await Author(on: store)
            var mark = try await store.changes(after: nil, limit: 1).next
            let samples = (1...6).map { _ in author.sample() }
            try await author.start(samples)
            var told: [SagaChange] = []
            for _ in 1...3 {
                let page = try await store.changes(after: mark, limit: 2)
                #expect(page.changes.count == 2 && !page.isLast)
                (told, mark) = (told + page.changes, page.next)
                try await author.start(author.sample())
            }
            var next: ChangeMark? = mark
            #expect(try await all(store, &next).isEmpty, "this look is through")
            #expect(try await all(store, &next).count == 3)
            #expect(Set(told.map(\.saga)) == Set(samples.map(\.id)))
        }
    }

    private static let blocks = """
        SELECT (sum(heap_blks_read + heap_blks_hit))::int8 FROM pg_statio_user_tables WHERE relname LIKE 'saga_history%'
        """
    private static let sessions = """
        SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'store %' AND datname = current_database()
        """

    @Test("a look reads little of a long history")
    func cost() async throws {
        try await TestDatabase.alone { database in
            // A month of it, as it would be written, and summed up as autovacuum does: which must not read it once more
            // while the reads are counted.
            try await database.connection.runScript(
                """
                DO $$ DECLARE partition regclass; BEGIN
                    FOR partition IN SELECT relid FROM pg_partition_tree('saga_history') WHERE isleaf LOOP
                        EXECUTE format('ALTER TABLE %s SET (autovacuum_enabled = false)', partition);
                    END LOOP;
                END $$;
                INSERT INTO saga_history (saga_id, revision, at, kind, data)
                SELECT saga_id_floor(now()), i, now() - interval '30 days' * (1 - i::float8 / 400000), 'done', repeat('x', 100)
                FROM generate_series(1, 400000) AS i;
                """)
            try await database.connection.runScript("VACUUM ANALYZE saga_history")
            let pages = try await database.number(
                "SELECT (sum(pg_relation_size(relid)) / 8192)::int8 FROM pg_partition_tree('saga_history')")
            // What this session has read is not counted as the store's.
            _ = try await database.connection.execute(PostgresStatement("SELECT pg_stat_force_next_flush()"))
            let before = try await database.number(Self.blocks)
            let store = database.newStore()
            var mark: ChangeMark? = ChangeMark(resumingAt: .now() - .seconds(60))
            _ = try await all(store, &mark)
            for _ in 1...3 { _ = try await all(store, &mark) }
            await store.close()
            try await eventually("the session ends") { try await database.number(Self.sessions) == 0 }
            let read = try await database.number(Self.blocks) - before
            #expect(pages > 8_000)
            // Four looks, and as many windows as lie within a minute, of a range or two each.
            #expect(read < 1_200, "\(read) of \(pages)")
        }
    }

    @Test("writing a saga costs no more of the log than without the index that finds what is new")
    func log() async throws {
        try await TestDatabase.alone { database in
            let store = database.newStore()
            var author = try await Author(on: store)
            func bytes() async throws -> Double {
                try await database.connection.runScript("CHECKPOINT")
                // Each page is written whole once after a checkpoint; what follows is what counts.
                try await write(5, &author)
                let before = try await store.costs()
                try await write(40, &author)
                return Double((try await store.costs() - before).walBytes) / 4_000
            }
            _ = try await bytes()
            let with = try await bytes()
            // Now there are summaries, which further rows could have to widen.
            try await database.connection.runScript("VACUUM saga_history")
            let afterVacuum = try await bytes()
            try await database.connection.runScript("DROP INDEX saga_history_time")
            let without = try await bytes()
            print(
                "WAL of a saga of 3 rows: \(with) bytes with the index of times, \(afterVacuum) once it was summed up, "
                    + "\(without) without")
            #expect(with < without * 1.01 && afterVacuum < without * 1.01)
        }
    }

    /// Sagas of three rows each, a hundred in a batch.
    private func write(_ batches: Int, _ author: inout Author) async throws {
        for _ in 0..<batches {
            let samples = (0..<100).map { _ in author.sample() }
            try await author.start(samples)
            try await author.commit { batch in for sample in samples { batch.update(sample, from: 1) } }
            try await author.commit { batch in
                for sample in samples { batch.update(sample, from: 2, status: .completed) }
            }
        }
    }
}
