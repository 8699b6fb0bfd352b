import Postgres
import PostgresStore
import SagaCore
import SagaEngine
import SagaStoreContract
import SagaValues
import TestServers
import TestSupport
import Testing

@Suite("Reading from the store")
struct ReadingTests {
    @Test("answers what batches wait for while people's questions take up every reader")
    func readersBusy() async throws {
        try await TestDatabase.with { database in
            let store = database.newStore()
            var author = try await Author(on: store)
            let sample = author.sample(locks: ["k"])
            try await author.start(sample, timer: .fromNow(.seconds(-1)))
            let questions = try await database.connection.transaction { transaction in
                try await transaction.execute(PostgresStatement("LOCK TABLE saga_incidents IN ACCESS EXCLUSIVE MODE"))
                let questions = (0..<4).map { _ in
                    Task { _ = try await store.incidents(saga: nil, openOnly: true, limit: 10) }
                }
                try await eventually("both readers wait") {
                    try await transaction.execute(Self.waiting)[0].int64(0) == 2
                }
                let start = ContinuousClock.now
                #expect(try await store.load([sample.id]).map(\.id) == [sample.id])
                let lookup = try await store.lookUp(starts: [sample.origin.key], lockKeys: ["k"])
                #expect(lookup.taken == ["k"] && lookup.existing.count == 1)
                #expect(try await store.dueTimers(limit: 10).map(\.timer.saga) == [sample.id])
                #expect(try await store.grantable(limit: 10).isEmpty)
                // A question that had to wait would be given up after 30 seconds.
                #expect(ContinuousClock.now - start < .seconds(20))
                return questions
            }
            for question in questions { try await question.value }
        }
    }

    @Test("gives a list up that takes too long, and says what would narrow it down")
    func givenUp() async throws {
        try await TestDatabase.with { database in
            let store = PostgresStore(database.configuration, readers: 1, patience: .milliseconds(50))
            let error = try await database.connection.transaction { transaction in
                try await transaction.execute(PostgresStatement("LOCK TABLE sagas IN ACCESS EXCLUSIVE MODE"))
                return await #expect(throws: StoreError.self) {
                    var filter = SagaFilter()
                    filter.statuses = [.running]
                    _ = try await store.list(filter, after: nil, limit: 10)
                }
            }
            #expect(error?.code == .tooMuch)
            #expect(error?.message.contains("workflow, startedAfter, startedBefore") == true)
            // The limit is that of the question, not of the session.
            #expect(try await store.list(SagaFilter(), after: nil, limit: 10).isEmpty)
            await store.close()
        }
    }

    /// Not pg_stat_activity, which shows one transaction the same picture all the time.
    private static let waiting = PostgresStatement(
        """
        SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'saga_incidents'::regclass
            AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
        """, isReadOnly: true)
}
