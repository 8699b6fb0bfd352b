import Postgres
import PostgresStore
import SagaCore
import SagaEngine
import SagaStoreContract
import SagaValues
import Testing

@Suite("What the store costs", .serialized)
struct CostTests {
    @Test("is one round trip for a batch, whatever is in it, and few statements")
    func roundTrips() async throws {
        try await TestDatabase.with { database in
            let store = database.newStore()
            var author = try await Author(on: store)
            let (sample, holder) = (author.sample(), author.sample(locks: ["k"]))
            try await author.start(sample, holder, timer: .fromNow(.seconds(-1)))
            let news = (1...100).map { author.sample(locks: ["l\($0)"]) }
            let before = store.statistics
            try await author.commit {
                $0.update(sample, from: 1, events: 3, hasIncident: true)
                $0.incidentsOpened.append(
                    IncidentOpening(
                        saga: sample.id, openedRevision: 2, step: "s", participant: "p", cause: .unknown, error: nil,
                        at: .wholeNow))
                $0.timersRemoved.append(SagaTimer(saga: sample.id, due: .wholeNow))
                $0.update(holder, from: 1, status: .completed, releasesLocks: true)
                for new in news { $0.start(new, timer: .fromNow(.seconds(60))) }
            }
            let full = store.statistics - before
            #expect(full.commits == 1 && full.roundTrips == 1)
            // BEGIN and COMMIT, the look at the node, updates, starts, locks.
            #expect(full.statements <= 6)

            try await author.commit { $0.update(sample, from: 4) }
            let plain = store.statistics - before
            #expect(plain.roundTrips == 2 && plain.statements - full.statements <= 4)

            _ = try await store.load([sample.id])
            _ = try await store.lookUp(starts: [sample.origin.key], lockKeys: ["k"])
            #expect((store.statistics - before).roundTrips == 4)
        }
    }

    private static let sessions = """
        SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'store 1%' AND datname = current_database()
        """

    @Test("does not grow with the table: rows are found by index from the very first on")
    func indexes() async throws {
        try await TestDatabase.with { database in
            let scans = """
                SELECT coalesce(sum(seq_scan), 0)::int8 FROM pg_stat_user_tables
                WHERE relname IN ('sagas', 'saga_origins', 'saga_timers', 'saga_locks') OR relname LIKE 'saga_history%'
                """
            let before = try await database.number(scans)
            let store = database.newStore()
            var author = try await Author(on: store)
            for round in 1...20 {
                let samples = (1...20).map { author.sample(locks: ["k \(round) \($0)"]) }
                let due = Timestamp.fromNow(.seconds(-1))
                try await author.commit { batch in for sample in samples { batch.start(sample, timer: due) } }
                try await author.commit { batch in for sample in samples { batch.update(sample, from: 1, timer: due) } }
                _ = try await store.load(samples.map(\.id))
                _ = try await store.lookUp(starts: samples.map(\.origin.key), lockKeys: samples.map { $0.locks[0] })
                _ = try await store.dueTimers(limit: 10)
                _ = try await author.claim(from: author, after: 0, limit: 5)
                try await author.commit { batch in
                    for sample in samples {
                        batch.update(sample, from: 2, events: 2, status: .completed, releasesLocks: true)
                        batch.timersRemoved.append(SagaTimer(saga: sample.id, due: due))
                    }
                }
            }
            // Sessions hand in their counts when they end.
            await store.close()
            try await eventually("the sessions do not end") {
                try await database.number(Self.sessions) == 0
            }
            #expect(try await database.number(scans) == before)
        }
    }

    @Test("is an update within the page for each transition but the last")
    func hotUpdates() async throws {
        try await TestDatabase.with { database in
            let store = database.newStore()
            var author = try await Author(on: store)
            let samples = (1...40).map { _ in author.sample() }
            try await author.commit { batch in for sample in samples { batch.start(sample) } }
            let before = try await store.costs()
            for revision in 1...8 {
                try await author.commit { batch in for sample in samples { batch.update(sample, from: revision) } }
            }
            let middle = try await store.costs()
            let costs = middle - before
            #expect(costs.sagaUpdates == 320 && costs.rowsInserted == 320)
            // Not quite all: an ANALYZE that looks at the table at this moment keeps old versions from going.
            #expect(try #require(costs.hotShare) > 0.8)
            #expect(costs.walBytes > 0)
            try await author.commit { batch in for sample in samples { batch.update(sample, from: 9, status: .completed) } }
            #expect(try await (store.costs() - middle).sagaHotUpdates == 0)
        }
    }
}
