import Postgres
import PostgresStore
import SagaCore
import SagaEngine
import SagaStoreContract
import SagaValues
import TestSupport
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
            // So that the connection for it is there.
            _ = try await store.load([sample.id])
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
    /// Rows and index entries that were read, of all tables.
    private static let reads = """
        SELECT (SELECT sum(seq_tup_read) FROM pg_stat_user_tables)::int8
            + (SELECT sum(idx_tup_read) FROM pg_stat_user_indexes)::int8
        """

    @Test("does not grow with the tables, even where the planner has seen them small")
    func lookups() async throws {
        try await TestDatabase.alone { database in
            let store = database.newStore()
            var author = try await Author(on: store)
            // So that the planner believes that there is one saga, and plans for that.
            try await author.start(author.sample(locks: ["k"]), timer: .fromNow(.seconds(3600)))
            try await database.connection.runScript("ANALYZE")
            let before = try await database.number(Self.reads)

            let future = Timestamp.fromNow(.seconds(3600))
            for round in 1...40 {
                let samples = (1...25).map { author.sample(locks: ["k \(round) \($0)"]) }
                let late = Timestamp.fromNow(.seconds(-1))
                try await author.commit { batch in
                    for sample in samples {
                        batch.start(sample, timer: late)
                        batch.timersAdded.append(SagaTimer(saga: sample.id, due: future))
                    }
                }
                _ = try await store.load(samples.map(\.id))
                _ = try await store.lookUp(starts: samples.map(\.origin.key), lockKeys: samples.map { $0.locks[0] })
                _ = try await store.dueTimers(limit: 1000)
                try await author.commit { batch in
                    for sample in samples {
                        batch.update(sample, from: 1, events: 2)
                        batch.timersRemoved.append(SagaTimer(saga: sample.id, due: late))
                    }
                }
                // Every second one keeps its locks, so that there is something to pass over.
                try await author.commit { batch in
                    for (index, sample) in samples.enumerated() {
                        batch.update(sample, from: 3, status: .completed, releasesLocks: index % 2 == 0)
                    }
                }
                _ = try await store.summary(samples[0].id)
                _ = try await store.history(samples[0].id, after: 0, limit: 10)
            }
            // Sessions hand in their counts when they end.
            await store.close()
            try await eventually("the sessions do not end") { try await database.number(Self.sessions) == 0 }
            // A dozen looks for each of a thousand sagas. Each statement that reads a whole table or index
            // would add up to five hundred for each of them.
            let reads = try await database.number(Self.reads) - before
            #expect(reads < 20_000)
        }
    }

    @Test("is an update within the page for each transition but the last")
    func hotUpdates() async throws {
        try await TestDatabase.alone { database in
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
            #expect(try #require(costs.hotShare) > 0.8)
            #expect(costs.walBytes > 0)
            try await author.commit { batch in
                for sample in samples { batch.update(sample, from: 9, status: .completed) }
            }
            #expect(try await (store.costs() - middle).sagaHotUpdates == 0)
        }
    }
}
