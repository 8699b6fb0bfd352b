import Postgres
import SagaValues
import TestSupport
import Testing

@Suite("Transactions")
struct TransactionTests {
    struct Refused: Error, Equatable {}

    let insert = PostgresStatement("INSERT INTO t VALUES ($1)")
    let count = PostgresStatement("SELECT count(*) FROM t")

    private func database() async throws -> TestDatabase {
        let database = try await TestDatabase.make()
        try await database.connection.runScript("CREATE TABLE t (n int8 PRIMARY KEY)")
        return database
    }

    @Test("A transaction commits what its body did, BEGIN travelling with the first statement")
    func commits() async throws {
        let database = try await database()
        let connection = database.connection
        let before = connection.statistics.roundTrips
        let seen = try await connection.transaction { transaction in
            try await transaction.execute(insert, [.int64(1)])
            return try await transaction.execute(count)[0].int64(0)
        }
        #expect(seen == 1)
        #expect(connection.statistics.roundTrips - before == 3)
        #expect(try await database.another().number("SELECT count(*) FROM t") == 1)
    }

    @Test("The last statements and COMMIT can share a round trip")
    func commitAfter() async throws {
        let database = try await database()
        let connection = database.connection
        let before = connection.statistics.roundTrips
        let error = try await connection.transaction { transaction in
            let rows = try await transaction.commit(after: [(insert, [.int64(1)]), (count, [])])
            #expect(try rows[1][0].int64(0) == 1)
            return try await failure { try await transaction.execute(count) }
        }
        #expect(connection.statistics.roundTrips - before == 1)
        #expect(error.code == .closed)
        #expect(try await connection.number("SELECT count(*) FROM t") == 1)
    }

    @Test("A transaction whose body does nothing sends nothing")
    func nothing() async throws {
        let database = try await database()
        let before = database.connection.statistics.roundTrips
        try await database.connection.transaction { transaction in
            try await transaction.savepoint { _ in }
        }
        #expect(database.connection.statistics.roundTrips == before)
    }

    @Test("An error thrown by the body rolls everything back and is thrown on")
    func throwing() async throws {
        let database = try await database()
        let connection = database.connection
        await #expect(throws: Refused()) {
            try await connection.transaction { transaction in
                try await transaction.execute(insert, [.int64(1)])
                throw Refused()
            }
        }
        #expect(try await connection.number("SELECT count(*) FROM t") == 0)
        #expect(connection.generation == 1)
    }

    @Test("COMMIT of a failed transaction is never taken for a commit")
    func swallowedFailure() async throws {
        let database = try await database()
        let connection = database.connection
        let error = try await failure {
            try await connection.transaction { transaction in
                try await transaction.execute(insert, [.int64(1)])
                _ = try? await transaction.execute(insert, [.int64(1)])
            }
        }
        #expect(error.code == .rolledBack)
        #expect(try await connection.number("SELECT count(*) FROM t") == 0)
        let second = try await failure {
            try await connection.transaction { transaction in
                _ = try? await transaction.execute(PostgresStatement("SELECT 1/0"))
                try await transaction.commit(after: [])
            }
        }
        #expect(second.code == .rolledBack)
        #expect(connection.generation == 1)
    }

    @Test("After a failure the transaction's further statements are refused")
    func aborted() async throws {
        let database = try await database()
        let error = try await failure {
            try await database.connection.transaction { transaction in
                _ = try? await transaction.execute(PostgresStatement("SELECT 1/0"))
                try await transaction.execute(count)
            }
        }
        #expect(error.code == .rolledBack)
        #expect(error.sqlState == "25P02")
    }

    @Test("A savepoint undoes its part only, and costs no round trip")
    func savepoints() async throws {
        let database = try await database()
        let connection = database.connection
        let before = connection.statistics.roundTrips
        try await connection.transaction { transaction in
            try await transaction.execute(insert, [.int64(1)])
            await #expect(throws: Refused()) {
                try await transaction.savepoint { transaction in
                    try await transaction.execute(insert, [.int64(2)])
                    throw Refused()
                }
            }
            let duplicate = try await failure {
                try await transaction.savepoint { transaction in
                    try await transaction.execute(insert, [.int64(3)])
                    try await transaction.execute(insert, [.int64(3)])
                }
            }
            #expect(duplicate.code == .uniqueViolation)
            try await transaction.savepoint { transaction in
                try await transaction.execute(insert, [.int64(4)])
                try? await transaction.savepoint { transaction in
                    try await transaction.execute(insert, [.int64(5)])
                    throw Refused()
                }
                try await transaction.savepoint { transaction in
                    try await transaction.execute(insert, [.int64(6)])
                }
            }
        }
        #expect(connection.statistics.roundTrips - before == 8)
        let rows = try await connection.execute(PostgresStatement("SELECT n FROM t ORDER BY n"))
        #expect(try rows.map { try $0.int64(0) } == [1, 4, 6])
    }

    @Test("A savepoint whose body hides a failed statement is undone")
    func savepointHidingFailure() async throws {
        let database = try await database()
        try await database.connection.transaction { transaction in
            try await transaction.execute(insert, [.int64(1)])
            let error = try await failure {
                try await transaction.savepoint { transaction in
                    try await transaction.execute(insert, [.int64(2)])
                    _ = try? await transaction.execute(insert, [.int64(2)])
                }
            }
            #expect(error.code == .rolledBack)
            try await transaction.execute(insert, [.int64(3)])
        }
        #expect(try await database.connection.number("SELECT sum(n)::int8 FROM t") == 4)
    }

    @Test("A handle that was kept does nothing after the end")
    func leakedHandle() async throws {
        let database = try await database()
        let connection = database.connection
        let kept = try await connection.transaction { transaction in
            try await transaction.execute(insert, [.int64(1)])
            return transaction
        }
        #expect(try await failure { try await kept.execute(insert, [.int64(2)]) }.code == .closed)
        #expect(try await failure { try await kept.savepoint { _ in } }.code == .closed)
        #expect(try await failure { try await kept.runScript("DELETE FROM t") }.code == .closed)
        try await connection.transaction { transaction in
            try await transaction.execute(insert, [.int64(3)])
            #expect(try await failure { try await kept.execute(insert, [.int64(4)]) }.code == .closed)
        }
        #expect(try await connection.number("SELECT sum(n)::int8 FROM t") == 4)
    }

    @Test("Callers of one connection take turns in the order of asking, a transaction being one turn")
    func turns() async throws {
        let database = try await database()
        let connection = database.connection
        let order = Recorder<Int>()
        let holder = try await TurnHolder(connection)
        try await withThrowingTaskGroup { group in
            for number in 1...5 {
                group.addTask {
                    try await connection.execute(count)
                    order.add(number)
                }
                try await eventually("caller \(number) waits") { connection.waitingCount == number }
            }
            order.add(0)
            try await holder.release()
            try await group.waitForAll()
        }
        #expect(order.all == [0, 1, 2, 3, 4, 5])
    }

    @Test("Statements of one transaction may be asked for at once and take turns")
    func concurrentStatements() async throws {
        let database = try await database()
        try await database.connection.transaction { transaction in
            try await withThrowingTaskGroup { group in
                for number in 0..<20 {
                    group.addTask { _ = try await transaction.execute(insert, [.int64(Int64(number))]) }
                }
                try await group.waitForAll()
            }
        }
        #expect(try await database.connection.number("SELECT count(*) FROM t") == 20)
    }

    @Test("A transaction is read committed, whatever the database's default is, unless told otherwise")
    func isolationLevels() async throws {
        let database = try await TestDatabase.make()
        let name = database.configuration.database
        try await database.connection.runScript(
            "ALTER DATABASE \(name) SET default_transaction_isolation = 'serializable'")
        let connection = database.another()
        let show = PostgresStatement("SHOW transaction_isolation")
        #expect(try await connection.executeAll([(show, [])])[0][0].text(0) == "read committed")
        let level = try await connection.transaction(isolation: .repeatableRead) {
            try await $0.execute(show)[0].text(0)
        }
        #expect(level == "repeatable read")
    }

    @Test("A script inside of a transaction is part of it, and must not end it")
    func scripts() async throws {
        let database = try await database()
        let connection = database.connection
        await #expect(throws: Refused()) {
            try await connection.transaction { transaction in
                try await transaction.runScript("INSERT INTO t VALUES (1); INSERT INTO t VALUES (2)")
                throw Refused()
            }
        }
        #expect(try await connection.number("SELECT count(*) FROM t") == 0)
        let error = try await failure {
            try await connection.transaction { try await $0.runScript("INSERT INTO t VALUES (1); COMMIT; BEGIN") }
        }
        #expect(error.code == .badSQL)
        let broken = try await failure {
            try await connection.transaction { try await $0.runScript("INSERT INTO t VALUES (9); SELECT 1/0") }
        }
        #expect(broken.code == .invalidData)
        #expect(try await connection.number("SELECT count(*) FROM t WHERE n = 9") == 0)
    }
}
