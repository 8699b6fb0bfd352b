import LocalServers
import Postgres
import PostgresStore
import SagaCore
import SagaEngine
import SagaStoreContract
import SagaValues
import Synchronization
import TestServers
import TestSupport
import Testing

@Suite("What PostgreSQL was told")
struct DurabilityTests {
    /// One batch: sagas that begin, and those of the batch before, which move.
    struct Attempt {
        let started: [Sample]
        let moved: [Sample]
        let failure: StoreError.Code?
    }

    @Test("is there wholly or not at all after kill -9 in the middle of commits, and all of it that was acknowledged")
    func killed() async throws {
        let server = try await TestServers.ownPostgres()
        try await server.createDatabase("saga")
        let store = PostgresStore(server.configuration(database: "saga"))
        try await store.migrate()
        let author = try await Author(on: store)
        let other = PostgresStore(server.configuration(database: "saga"))
        let bystander = try await Author(on: other)
        _ = try await author.beat(lease: .seconds(3600))
        _ = try await bystander.beat(lease: .seconds(3600))

        for round in 1...3 {
            let acknowledged = Atomic<Int>(0)
            async let attempts = Self.writeUntilFailure(author, acknowledged)
            // Somewhere in the middle of things, each round elsewhere.
            try await eventually("nothing is committed") { acknowledged.load(ordering: .relaxed) >= 7 * round }
            server.kill()
            let made = try await attempts
            try await server.startAgain()
            try await eventually("the store does not come back") { await failure { _ = try await store.ping() } == nil }

            // Who has lost its session with the server has a moment to come back before it counts as dead.
            #expect(try await bystander.beat(lease: .seconds(3600)).dead.isEmpty)
            try await Self.check(made, author)
        }
        await store.close()
        await other.close()
        await server.stop()
    }

    private static func writeUntilFailure(_ author: Author, _ acknowledged: borrowing Atomic<Int>) async throws
        -> [Attempt]
    {
        var author = author
        var attempts: [Attempt] = []
        while true {
            let started = (0..<20).map { _ in author.sample() }
            let moved = attempts.last?.started ?? []
            let code = await failure {
                try await author.commit { batch in
                    for sample in moved { batch.update(sample, from: 1, events: 2) }
                    for sample in started { batch.start(sample, timer: .fromNow(.seconds(-1))) }
                }
            }
            attempts.append(Attempt(started: started, moved: moved, failure: code))
            if code != nil { return attempts }
            acknowledged.add(1, ordering: .relaxed)
        }
    }

    private static func check(_ attempts: [Attempt], _ author: Author) async throws {
        #expect([.unavailable, .outcomeUnknown].contains(attempts.last?.failure))
        let timers = try await Set(author.store.dueTimers(limit: 100_000).map(\.timer.saga))
        for attempt in attempts {
            let found = try await author.store.load(attempt.started.map(\.id)).count
            let isWritten = found == attempt.started.count
            #expect(isWritten || found == 0)
            if attempt.failure == nil { #expect(isWritten) }
            if attempt.failure == .unavailable { #expect(!isWritten) }
            for sample in attempt.moved {
                #expect(try await author.row(sample).revision == (isWritten ? 3 : 1))
                #expect(try await author.history(sample).map(\.revision) == Array(1...(isWritten ? 3 : 1)))
            }
            for sample in attempt.started { #expect(timers.contains(sample.id) == isWritten) }
        }
    }
}
