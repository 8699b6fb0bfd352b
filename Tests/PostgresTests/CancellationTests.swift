import Postgres
import SagaValues
import TestSupport
import Testing

@Suite("Cancelled tasks")
struct CancellationTests {
    private let sleep = PostgresStatement("SELECT pg_sleep($1)")
    private let insert = PostgresStatement("INSERT INTO t VALUES ($1)")

    private func database() async throws -> TestDatabase {
        let database = try await TestDatabase.make()
        try await database.connection.runScript("CREATE TABLE t (n int8 PRIMARY KEY)")
        return database
    }

    private func sleeping(_ direct: PostgresConnection, _ count: Int64) async throws {
        let sql = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'"
        try await eventually("\(count) sleep") { try await direct.number(sql) == count }
    }

    @Test("A reading statement ends at once, also on the server, and the connection goes on")
    func reading() async throws {
        let database = try await database()
        let connection = database.another()
        let task = Task { try await connection.execute(sleep, [.double(30)]) }
        try await sleeping(database.connection, 1)
        task.cancel()
        let start = ContinuousClock.now
        let outcome = await task.result
        #expect(try await failure { _ = try outcome.get() }.code == .taskCancelled)
        #expect(ContinuousClock.now - start < .seconds(3))
        try await sleeping(database.connection, 0)
        try await connection.execute(insert, [.int64(1)])
        #expect(connection.generation == 2)
    }

    @Test("A batch in flight is not given up, as its outcome would be unknown")
    func committing() async throws {
        let database = try await database()
        let connection = database.another()
        let task = Task { try await connection.executeAll([(insert, [.int64(1)]), (sleep, [.double(0.5)])]) }
        try await sleeping(database.connection, 1)
        task.cancel()
        #expect(try await task.value.count == 2)
        #expect(try await database.connection.number("SELECT count(*) FROM t") == 1)
        #expect(connection.generation == 1)
    }

    @Test("A cancelled transaction is rolled back at once")
    func transaction() async throws {
        let database = try await database()
        let connection = database.another()
        let task = Task {
            try await connection.transaction { transaction in
                try await transaction.execute(insert, [.int64(1)])
                try await transaction.execute(sleep, [.double(30)])
            }
        }
        try await sleeping(database.connection, 1)
        task.cancel()
        let outcome = await task.result
        #expect(try await failure { _ = try outcome.get() }.code == .taskCancelled)
        // Would wait for the row if the transaction were still open.
        try await connection.execute(insert, [.int64(1)])
    }

    @Test("A task that is cancelled between statements sends no more, and keeps the session")
    func betweenStatements() async throws {
        let database = try await database()
        let connection = database.another()
        let task = Task {
            try await connection.transaction { transaction in
                try await transaction.execute(insert, [.int64(1)])
                withUnsafeCurrentTask { $0?.cancel() }
                try await transaction.execute(insert, [.int64(2)])
            }
        }
        let outcome = await task.result
        #expect(try await failure { _ = try outcome.get() }.code == .taskCancelled)
        #expect(try await connection.number("SELECT count(*) FROM t") == 0)
        #expect(connection.generation == 1)
    }

    @Test("A transaction whose body is done is committed, cancelled or not")
    func afterTheBody() async throws {
        let database = try await database()
        let connection = database.another()
        let task = Task {
            try await connection.transaction { transaction in
                try await transaction.execute(insert, [.int64(1)])
                withUnsafeCurrentTask { $0?.cancel() }
            }
        }
        try await task.value
        #expect(try await connection.number("SELECT count(*) FROM t") == 1)
    }

    @Test("Who waits for a turn leaves the line, and the others go on")
    func waiting() async throws {
        let database = try await database()
        let connection = database.another()
        let holder = try await TurnHolder(connection)
        let leaver = Task { try await connection.execute(insert, [.int64(1)]) }
        try await eventually("one waits") { connection.waitingCount == 1 }
        let stayer = Task { try await connection.execute(insert, [.int64(2)]) }
        try await eventually("two wait") { connection.waitingCount == 2 }
        leaver.cancel()
        let outcome = await leaver.result
        #expect(try await failure { _ = try outcome.get() }.code == .taskCancelled)
        try await holder.release()
        #expect(try await stayer.value.affected == 1)
        #expect(try await connection.number("SELECT sum(n)::int8 FROM t") == 2)
    }

    @Test("Who waits for a turn too long leaves the line, too")
    func impatient() async throws {
        let database = try await database()
        let connection = database.another()
        let holder = try await TurnHolder(connection)
        let error = try await failure { try await connection.execute(insert, [.int64(1)], deadline: .milliseconds(50)) }
        #expect(error.code == .timedOut)
        #expect(connection.waitingCount == 0)
        try await holder.release()
        #expect(try await connection.number("SELECT count(*) FROM t") == 0)
        #expect(connection.generation == 1)
    }

    @Test("What a savepoint has undone stays undone, though its undoing had not been sent yet")
    func undoneBeforeCancellation() async throws {
        let database = try await database()
        let connection = database.another()
        let task = Task {
            try await connection.transaction { transaction in
                try await transaction.execute(insert, [.int64(1)])
                try? await transaction.savepoint { transaction in
                    try await transaction.execute(insert, [.int64(2)])
                    throw CancellationError()
                }
                withUnsafeCurrentTask { $0?.cancel() }
                let error = try await failure { try await transaction.execute(insert, [.int64(3)]) }
                #expect(error.code == .taskCancelled)
            }
        }
        try await task.value
        #expect(try await connection.number("SELECT sum(n)::int8 FROM t") == 1)
        #expect(connection.generation == 1)
    }
}
