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
            // Two for a load: the states tell where the payloads are.
            #expect((store.statistics - before).roundTrips == 5)
        }
    }

    private static let sessions = """
        SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'store 1%' AND datname = current_database()
        """
    private static let anySessions = """
        SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'store %' AND datname = current_database()
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
                let waits = samples.map { sample in
                    EventWait(
                        saga: sample.id, step: "s", since: sample.origin.startedAt - .seconds(60),
                        keys: [EventKey(event: "e", path: [], value: .string("\(sample.id)"))])
                }
                _ = try await store.listen(waits)
                let events = waits.map { wait in
                    KeptEvent(
                        event: DomainEvent(id: "\(wait.saga)", name: "e", body: Array("{}".utf8)), keys: wait.keys)
                }
                #expect(try await store.keep(events).matches.count == 25)
                let links = samples.map {
                    ParentLink(saga: $0.id, step: "s", item: 0, round: 1, body: nil, depth: 1)
                }
                let children = links.prefix(5).map { author.sample(parent: $0) }
                try await author.start(Array(children))
                #expect(try await store.children(of: links).count == 5)
                try await author.commit { batch in
                    for sample in samples {
                        batch.update(sample, from: 1, events: 2)
                        if sample.id != samples[0].id {
                            batch.waitsEnded.append(EndedWait(saga: sample.id, step: "s", event: "\(sample.id)"))
                        }
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
            // Two dozen looks for each of a thousand sagas. Each statement that reads a whole table or index
            // would add up to five hundred for each of them.
            let reads = try await database.number(Self.reads) - before
            #expect(reads < 40_000)
        }
    }

    @Test("is one round trip for children, waits and events, however many there are")
    func elsewhere() async throws {
        try await TestDatabase.with { database in
            let store = database.newStore()
            var author = try await Author(on: store)
            let parent = author.sample()
            let links = (0..<100).map {
                ParentLink(saga: parent.id, step: "all", item: $0, round: 1, body: "all", depth: 1)
            }
            try await author.start([parent] + links.map { author.sample(parent: $0) })
            let keys = (0..<100).map { EventKey(event: "paid", path: [], value: .number("\($0)")) }
            // So that the connection for it is there.
            _ = try await store.load([parent.id])
            let before = store.statistics
            #expect(try await store.children(of: links).count == 100)
            #expect((store.statistics - before).roundTrips == 1)
            let since = parent.origin.startedAt - .seconds(60)
            let waits = keys.map { EventWait(saga: parent.id, step: $0.text, since: since, keys: [$0]) }
            #expect(try await store.listen(waits).isEmpty)
            #expect((store.statistics - before).roundTrips == 2)
            let events = keys.map { key in
                KeptEvent(event: DomainEvent(id: key.text, name: "paid", body: Array("{}".utf8)), keys: [key])
            }
            #expect(try await store.keep(events).matches.count == 100)
            #expect((store.statistics - before).roundTrips == 3)
            try await author.commit { batch in
                batch.update(parent, from: 1)
                batch.waitsEnded = waits.map { EndedWait(saga: parent.id, step: $0.step, event: $0.step) }
            }
            #expect((store.statistics - before).roundTrips == 4)
            #expect(try await database.number("SELECT count(*) FROM saga_waits") == 0)
            #expect(try await database.number("SELECT count(*) FROM saga_taken_events") == 100)
        }
    }

    @Test("does not grow with the history of the saga that is loaded")
    func longHistory() async throws {
        try await TestDatabase.alone { database in
            let writer = database.newStore()
            var author = try await Author(on: writer)
            let (short, long) = (author.sample(), author.sample())
            try await author.start(short, long)
            try await author.commit {
                $0.update(short, from: 1, events: 9, outputs: [5, 10])
                $0.update(long, from: 1, events: 9_999, outputs: [5, 10_000])
            }
            await writer.close()
            func cost(of sample: Sample) async throws -> Int64 {
                try await eventually("no session is left") { try await database.number(Self.anySessions) == 0 }
                let before = try await database.number(Self.reads)
                let store = database.newStore()
                for _ in 0..<20 { #expect(try await store.load([sample.id]).first?.payloads.count == 3) }
                await store.close()
                try await eventually("the session ends") { try await database.number(Self.anySessions) == 0 }
                return try await database.number(Self.reads) - before
            }
            let (little, much) = (try await cost(of: short), try await cost(of: long))
            // A saga, its origin, its node and three rows of history, twenty times.
            #expect(little < 300)
            #expect(much <= little + 20)
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
