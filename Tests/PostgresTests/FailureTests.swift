import LocalServers
import Postgres
import SagaValues
import TestServers
import TestSupport
import Testing

@Suite("Failures that pass")
struct FailureTests {
    private func database() async throws -> TestDatabase {
        let database = try await TestDatabase.make()
        try await database.connection.runScript(
            """
            CREATE TABLE account (id int8 PRIMARY KEY, amount int8 NOT NULL);
            INSERT INTO account VALUES (1, 10), (2, 10)
            """
        )
        return database
    }

    private let read = PostgresStatement("SELECT sum(amount)::int8 FROM account")
    private let add = PostgresStatement("UPDATE account SET amount = amount + $2 WHERE id = $1")

    @Test("A serialization failure is retried, the whole transaction, and succeeds")
    func serialization() async throws {
        let database = try await database()
        let connection = database.connection
        let other = database.another()
        let codes = Recorder<PostgresError.Code>()
        let attempts = Recorder<Int>()
        try await retrying {
            attempts.add(1)
            do {
                try await connection.transaction(isolation: .repeatableRead) { transaction in
                    try await transaction.execute(read)
                    // Only the first attempt is disturbed.
                    if attempts.all.count == 1 { try await other.execute(add, [.int64(1), .int64(1)]) }
                    try await transaction.execute(add, [.int64(1), .int64(100)])
                }
            } catch let error as PostgresError {
                codes.add(error.code)
                throw error
            }
        }
        #expect(codes.all == [.serializationFailure])
        #expect(attempts.all.count == 2)
        #expect(try await connection.number("SELECT amount FROM account WHERE id = 1") == 111)
    }

    @Test("A deadlock has its own code, and a retry of the victim gets through")
    func deadlock() async throws {
        let database = try await database()
        try await database.connection.runScript(
            "ALTER DATABASE \(database.configuration.database) SET deadlock_timeout = '50ms'")
        let codes = Recorder<PostgresError.Code>()
        let firstLocks = Recorder<Int64>()
        try await withThrowingTaskGroup { group in
            for (first, second) in [(Int64(1), Int64(2)), (2, 1)] {
                let connection = database.another()
                group.addTask {
                    try await retrying {
                        do {
                            try await connection.transaction { transaction in
                                try await transaction.execute(add, [.int64(first), .int64(1)])
                                firstLocks.add(first)
                                // Later attempts need not meet.
                                try await eventually("both have their first lock") { firstLocks.all.count >= 2 }
                                try await transaction.execute(add, [.int64(second), .int64(1)])
                            }
                        } catch let error as PostgresError {
                            codes.add(error.code)
                            throw error
                        }
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(codes.all.contains(.deadlock))
        #expect(try await database.connection.number("SELECT sum(amount)::int8 FROM account") == 24)
    }

    @Test("A lock that is not to be had in time is a lockTimeout, a long statement is cancelled")
    func timeouts() async throws {
        let database = try await database()
        let connection = database.another { $0.statementTimeout = .milliseconds(300) }
        try await connection.runScript("SET lock_timeout = '50ms'")
        try await database.connection.transaction { transaction in
            try await transaction.execute(add, [.int64(1), .int64(1)])
            let error = try await failure { try await connection.execute(add, [.int64(1), .int64(1)]) }
            #expect(error.code == .lockTimeout)
            #expect(error.isRetryable)
        }
        let error = try await failure { try await connection.execute(PostgresStatement("SELECT pg_sleep(20)")) }
        #expect(error.code == .cancelled)
        #expect(error.reference == "SAGA-0408")
        #expect(connection.generation == 1)
    }

    @Test("Retrying is bounded, and never repeats an unknown outcome or a failure that stays")
    func bounds() async throws {
        let policy = PostgresRetryPolicy(attempts: 3, firstPause: .milliseconds(1), longestPause: .milliseconds(2))
        let database = try await database()
        func attempts(_ sqlState: String) async throws -> Int {
            let attempts = Recorder<Int>()
            _ = try await failure {
                try await retrying(policy) {
                    attempts.add(1)
                    try await database.connection.runScript(
                        "DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = '\(sqlState)'; END $$")
                }
            }
            return attempts.all.count
        }
        for state in ["40001", "40P01", "55P03", "57014", "08006", "57P03", "53300"] {
            #expect(try await attempts(state) == 3, "\(state)")
        }
        for state in ["40003", "23505", "P0001", "25006", "53100", "42501", "22012", "XX000"] {
            #expect(try await attempts(state) == 1, "\(state)")
        }
    }

    @Test("A cancelled task stops retrying")
    func cancelledRetry() async throws {
        let database = try await database()
        let attempts = Recorder<Int>()
        let task = Task {
            try await retrying(
                PostgresRetryPolicy(attempts: 1000, firstPause: .seconds(60), longestPause: .seconds(60))
            ) {
                attempts.add(1)
                try await database.connection.runScript(
                    "DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = '40001'; END $$")
            }
        }
        try await eventually("the first attempt failed") { attempts.all.count == 1 }
        task.cancel()
        let outcome = await task.result
        #expect(throws: PostgresError.self) { try outcome.get() }
        #expect(attempts.all.count == 1)
    }

    @Test(
        "SQLSTATEs become the closed codes",
        arguments: [
            ("23505", PostgresError.Code.uniqueViolation), ("23503", .foreignKeyViolation), ("23514", .checkViolation),
            ("23502", .notNullViolation), ("23P01", .integrityViolation), ("40001", .serializationFailure),
            ("40P01", .deadlock), ("40003", .outcomeUnknown), ("55P03", .lockTimeout), ("57014", .cancelled),
            ("57P01", .shuttingDown), ("57P03", .shuttingDown), ("25006", .readOnly), ("42501", .insufficientPrivilege),
            ("53100", .diskFull), ("53200", .outOfResources), ("53300", .tooManyConnections), ("22012", .invalidData),
            ("42703", .badSQL), ("P0001", .raised), ("P0002", .raised), ("XX000", .serverFault),
            ("58030", .serverFault),
            ("08006", .connectionLost), ("28P01", .authenticationFailed), ("3D000", .databaseMissing),
            ("0A000", .badSQL),
        ])
    func codes(sqlState: String, code: PostgresError.Code) async throws {
        let connection = try await PostgresConnection(TestServers.postgres().configuration())
        let error = try await failure {
            try await connection.runScript("DO $$ BEGIN RAISE EXCEPTION 'hm' USING ERRCODE = '\(sqlState)'; END $$")
        }
        #expect(error.code == code)
        #expect(error.sqlState == sqlState)
        #expect(error.message == "hm")
        await connection.close()
    }

    @Test("A read-only database and a lost privilege are told apart, and mended without a restart of ours")
    func serverConditions() async throws {
        let database = try await database()
        let name = database.configuration.database
        let connection = database.another()
        try await connection.connect()
        try await database.connection.runScript("ALTER DATABASE \(name) SET default_transaction_read_only = on")
        // Sessions that are there keep their setting; a standby would refuse at once.
        let fresh = database.another()
        let error = try await failure { try await fresh.executeAll([(add, [.int64(1), .int64(1)])]) }
        #expect(error.code == .readOnly)
        #expect(error.reference == "SAGA-0409")
        try await connection.runScript("ALTER DATABASE \(name) RESET default_transaction_read_only")
        // The session that was refused is left, and the new one may write.
        try await fresh.executeAll([(add, [.int64(1), .int64(1)])])
        #expect(fresh.generation == 2)

        let role = TestServers.uniqueName("role")
        try await connection.runScript("CREATE ROLE \(role) LOGIN")
        let stranger = database.another { $0.user = role }
        let refused = try await failure { try await stranger.execute(read) }
        #expect(refused.code == .insufficientPrivilege)
        #expect(refused.reference == "SAGA-0411")
        try await connection.runScript("GRANT SELECT ON account TO \(role)")
        try await stranger.execute(read)
    }
}
