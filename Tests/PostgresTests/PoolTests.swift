import Postgres
import SagaValues
import TestSupport
import Testing

@Suite("Pool")
struct PoolTests {
    private let add = PostgresStatement("UPDATE counter SET n = n + 1")
    private let sleep = PostgresStatement("SELECT pg_sleep($1)")

    @Test("200 users share 4 connections")
    func crowd() async throws {
        let database = try await TestDatabase.make()
        try await database.connection.runScript("CREATE TABLE counter (n int8); INSERT INTO counter VALUES (0)")
        let pool = PostgresPool(database.configuration, size: 4, name: "crowd")
        try await withThrowingTaskGroup { group in
            for user in 0..<200 {
                group.addTask {
                    switch user % 4 {
                    case 0: try await pool.execute(add)
                    case 1: try await pool.executeAll([(add, [])])
                    case 2: try await pool.transaction { try await $0.execute(add) }
                    default: try await pool.withConnection { try await $0.execute(add) }
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(try await database.connection.number("SELECT n FROM counter") == 200)
        let sessions = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
        #expect(try await database.connection.number(sessions) <= 5)
        await pool.close()
        try await eventually("the sessions are gone") { try await database.connection.number(sessions) == 1 }
        #expect(try await failure { try await pool.execute(add) }.code == .closed)
    }

    @Test("Users are served in the order of asking; the line has an end, and patience too")
    func line() async throws {
        let database = try await TestDatabase.make()
        let pool = PostgresPool(database.configuration, size: 1, name: "line", longestLine: 3)
        let order = Recorder<Int>()
        try await withThrowingTaskGroup { group in
            let entered = Recorder<Void>()
            let (release, signal) = AsyncStream<Void>.makeStream()
            group.addTask {
                try await pool.withConnection { _ in
                    entered.add(())
                    for await _ in release { break }
                }
            }
            try await eventually("the connection is lent") { !entered.all.isEmpty }
            for number in 1...3 {
                group.addTask {
                    try await pool.withConnection { _ in order.add(number) }
                }
                try await eventually("\(number) wait") { pool.waitingCount == number }
            }
            let tooMany = try await failure { try await pool.execute(sleep, [.double(0)]) }
            #expect(tooMany.code == .poolExhausted)
            #expect(tooMany.reference == "SAGA-0412")
            signal.yield()
            try await group.waitForAll()
        }
        #expect(order.all == [1, 2, 3])
        try await pool.withConnection { _ in
            let error = try await failure { try await pool.withConnection(deadline: .milliseconds(20)) { _ in } }
            #expect(error.code == .poolExhausted)
        }
        #expect(pool.waitingCount == 0)
        await pool.close()
    }

    @Test("A user's error gives the connection back")
    func errors() async throws {
        let database = try await TestDatabase.make()
        let pool = PostgresPool(database.configuration, size: 1)
        for _ in 0..<3 {
            #expect(try await failure { try await pool.execute(PostgresStatement("SELECT 1/0")) }.code == .invalidData)
            #expect(
                try await failure {
                    try await pool.transaction { try await $0.execute(PostgresStatement("SELECT 1/0")) }
                }.code == .invalidData)
        }
        #expect(try await pool.execute(PostgresStatement("SELECT 1"))[0].int32(0) == 1)
        await pool.close()
    }

    @Test("A deadline that has passed already ends the waiting at once, every time")
    func noTime() async throws {
        let database = try await TestDatabase.make()
        let pool = PostgresPool(database.configuration, size: 1)
        try await pool.withConnection { _ in
            for _ in 0..<300 {
                let error = try await failure { try await pool.withConnection(deadline: .zero) { _ in } }
                #expect(error.code == .poolExhausted)
            }
        }
        #expect(pool.waitingCount == 0)
        await pool.close(grace: .zero)
    }
}
