import LocalServers
import Postgres
import SagaValues
import TestServers
import TestSupport
import Testing

/// What happens when the network or the server fails at the wrong moment.
@Suite("Lost connections")
struct LossTests {
    private let insert = PostgresStatement("INSERT INTO t VALUES ($1)")
    private let count = PostgresStatement("SELECT count(*) FROM t")

    /// A database behind a proxy, and a connection that does not use the proxy.
    private func proxied() async throws -> (proxy: CuttingProxy, behind: PostgresConnection, direct: PostgresConnection)
    {
        let database = try await TestDatabase.make()
        try await database.connection.runScript("CREATE TABLE t (n int8 PRIMARY KEY)")
        let proxy = try CuttingProxy(to: database.configuration.port)
        let behind = database.another { $0.port = proxy.port }
        try await behind.connect()
        return (proxy, behind, database.connection)
    }

    @Test("A batch whose COMMIT was not answered has an unknown outcome, though it is there")
    func lostAnswerToBatch() async throws {
        let (proxy, behind, direct) = try await proxied()
        proxy.set(.cutAnswer)
        let error = try await failure { try await behind.executeAll([(insert, [.int64(1)])]) }
        #expect(error.code == .outcomeUnknown)
        #expect(error.reference == "SAGA-0407")
        #expect(!error.isRetryable)
        #expect(try await direct.number("SELECT count(*) FROM t") == 1)
        proxy.set(.forward)
        #expect(try await behind.execute(count)[0].int64(0) == 1)
        #expect(behind.generation == 2)
        proxy.stop()
    }

    @Test("A batch that was lost on its way has an unknown outcome, too, though it is not there")
    func lostBatch() async throws {
        let (proxy, behind, direct) = try await proxied()
        proxy.set(.cutRequest)
        let error = try await failure { try await behind.executeAll([(insert, [.int64(1)])]) }
        #expect(error.code == .outcomeUnknown)
        #expect(try await direct.number("SELECT count(*) FROM t") == 0)
        proxy.stop()
    }

    @Test("A transaction whose COMMIT was not answered has an unknown outcome, though it is there")
    func lostAnswerToCommit() async throws {
        let (proxy, behind, direct) = try await proxied()
        let error = try await failure {
            try await behind.transaction { transaction in
                try await transaction.execute(insert, [.int64(1)])
                proxy.set(.cutAnswer)
            }
        }
        #expect(error.code == .outcomeUnknown)
        #expect(try await direct.number("SELECT count(*) FROM t") == 1)
        proxy.set(.forward)
        let second = try await failure {
            try await behind.transaction { transaction in
                try await transaction.execute(insert, [.int64(2)])
                proxy.set(.cutAnswer)
                try await transaction.commit(after: [(insert, [.int64(3)])])
            }
        }
        #expect(second.code == .outcomeUnknown)
        #expect(try await direct.number("SELECT count(*) FROM t") == 3)
        proxy.stop()
    }

    @Test("A connection lost before COMMIT was sent has surely committed nothing", arguments: [true, false])
    func lostBeforeCommit(answer: Bool) async throws {
        let (proxy, behind, direct) = try await proxied()
        let later = Recorder<PostgresError.Code>()
        let error = try await failure {
            try await behind.transaction { transaction in
                try await transaction.execute(insert, [.int64(1)])
                proxy.set(answer ? .cutAnswer : .cutRequest)
                do {
                    try await transaction.execute(insert, [.int64(2)])
                } catch {
                    proxy.set(.forward)
                    // The transaction is gone: nothing may run in a new session in its name.
                    later.add(try await failure { try await transaction.execute(insert, [.int64(3)]) }.code)
                    throw error
                }
            }
        }
        #expect(error.code == .connectionLost)
        #expect(error.isRetryable)
        #expect(later.all == [.connectionLost])
        #expect(try await direct.number("SELECT count(*) FROM t") == 0)
        proxy.stop()
    }

    @Test("A body that hides the loss of its session does not get its transaction taken for committed")
    func hiddenLoss() async throws {
        let (proxy, behind, direct) = try await proxied()
        let error = try await failure {
            try await behind.transaction { transaction in
                try await transaction.execute(insert, [.int64(1)])
                proxy.set(.cutRequest)
                _ = try? await transaction.execute(insert, [.int64(2)])
                proxy.set(.forward)
            }
        }
        #expect(error.code == .connectionLost)
        #expect(try await direct.number("SELECT count(*) FROM t") == 0)
        proxy.stop()
    }

    @Test("A single statement that was not answered is unknown if it writes and just lost if it reads")
    func lostAnswerToStatement() async throws {
        let (proxy, behind, direct) = try await proxied()
        proxy.set(.cutAnswer)
        #expect(try await failure { try await behind.execute(insert, [.int64(1)]) }.code == .outcomeUnknown)
        #expect(try await direct.number("SELECT count(*) FROM t") == 1)
        proxy.set(.forward)
        try await behind.connect()
        proxy.set(.cutAnswer)
        #expect(try await failure { try await behind.execute(count) }.code == .connectionLost)
        proxy.set(.forward)
        try await behind.connect()
        proxy.set(.cutAnswer)
        let writing = PostgresStatement("SELECT pg_advisory_lock(1)", isReadOnly: false)
        #expect(try await failure { try await behind.execute(writing) }.code == .outcomeUnknown)
        proxy.stop()
    }

    @Test("A peer that says nothing more is given up at the deadline, and the next use connects anew")
    func frozenPeer() async throws {
        let (proxy, behind, direct) = try await proxied()
        proxy.set(.freeze)
        let start = ContinuousClock.now
        #expect(try await failure { try await behind.execute(count, deadline: .milliseconds(200)) }.code == .timedOut)
        #expect(ContinuousClock.now - start < .seconds(3))
        // Connecting is bounded, too.
        let again = try await failure { try await behind.execute(count, deadline: .milliseconds(200)) }
        #expect(again.code == .connectionFailed)
        proxy.set(.forward)
        try await behind.connect()
        proxy.set(.freeze)
        let batch = try await failure {
            try await behind.executeAll([(insert, [.int64(1)])], deadline: .milliseconds(200))
        }
        #expect(batch.code == .outcomeUnknown)
        proxy.set(.forward)
        try await behind.execute(insert, [.int64(2)])
        #expect(try await direct.number("SELECT n FROM t") == 2)
        proxy.stop()
    }

    @Test("A frozen server is given up at the deadline; the statement ends once the server goes on")
    func frozenServer() async throws {
        let server = try await TestServers.ownPostgres()
        let connection = PostgresConnection(server.configuration(), name: "frozen")
        try await connection.connect()
        server.freeze()
        let error = try await failure {
            try await connection.execute(PostgresStatement("SELECT pg_sleep(60)"), deadline: .milliseconds(200))
        }
        #expect(error.code == .timedOut)
        server.thaw()
        let sleeping =
            """
            SELECT count(*) FROM pg_stat_activity
            WHERE query LIKE '%pg_sleep(60)%' AND state = 'active' AND pid <> pg_backend_pid()
            """
        try await eventually("the server stops what nobody waits for") { try await connection.number(sleeping) == 0 }
        await connection.close()
        await server.stop()
    }

    @Test("After kill -9 and a restart of the server, connections come back by themselves")
    func killedServer() async throws {
        let server = try await TestServers.ownPostgres()
        let connection = PostgresConnection(server.configuration(), name: "killed")
        try await connection.runScript("CREATE TABLE t (n int8 PRIMARY KEY)")
        try await connection.executeAll([(insert, [.int64(1)])])
        #expect(connection.generation == 1)
        server.kill()
        let down = try await failure { try await connection.executeAll([(insert, [.int64(2)])]) }
        #expect(down.code == .connectionFailed || down.code == .outcomeUnknown)
        let stillDown = try await failure { try await connection.execute(insert, [.int64(2)]) }
        #expect(stillDown.code == .connectionFailed)
        #expect(stillDown.reference == "SAGA-0401")
        try await server.startAgain()
        // The statement was prepared in the session that is gone.
        try await retrying { try await connection.executeAll([(insert, [.int64(3)])]) }
        #expect(try await connection.number("SELECT sum(n)::int8 FROM t") == 4)
        #expect(connection.generation == 2)
        await connection.close()
        await server.stop()
    }

    @Test("A session that ended while it lay idle is replaced before anything is sent")
    func lostWhileIdle() async throws {
        let database = try await TestDatabase.make()
        let direct = database.connection
        try await direct.runScript("CREATE TABLE t (n int8 PRIMARY KEY)")
        let idle = database.another()
        let pid = try await idle.number("SELECT pg_backend_pid()::int8")
        try await direct.execute(PostgresStatement("SELECT pg_terminate_backend($1)"), [.int32(Int32(pid))])
        try await eventually("the session is gone") {
            try await direct.number("SELECT count(*) FROM pg_stat_activity WHERE pid = $1", [.int32(Int32(pid))]) == 0
        }
        // No unknown outcome: the batch was not sent to a session that could not do it.
        try await idle.executeAll([(insert, [.int64(1)])])
        #expect(idle.generation == 2)
    }

    @Test("Who needs one certain session hears that it is gone")
    func generation() async throws {
        let (proxy, behind, direct) = try await proxied()
        let first = behind.generation
        #expect(try await behind.execute(count, generation: first)[0].int64(0) == 0)
        let pid = try await behind.number("SELECT pg_backend_pid()::int8")
        try await direct.execute(PostgresStatement("SELECT pg_terminate_backend($1)"), [.int32(Int32(pid))])
        try await eventually("the session is gone") {
            do throws(PostgresError) {
                try await behind.execute(count, generation: first)
                return false
            } catch {
                return error.code == .connectionLost || error.code == .shuttingDown
            }
        }
        try await behind.execute(count)
        #expect(behind.generation == first + 1)
        #expect(try await failure { try await behind.execute(count, generation: first) }.code == .connectionLost)
        proxy.stop()
    }

    @Test("An operator who ends the session in the middle of a batch leaves no doubt")
    func terminated() async throws {
        let (proxy, behind, direct) = try await proxied()
        let pid = try await behind.number("SELECT pg_backend_pid()::int8")
        let sleep = PostgresStatement("SELECT pg_sleep(30)")
        async let outcome = failure {
            try await behind.executeAll([(insert, [.int64(1)]), (sleep, []), (insert, [.int64(2)])])
        }
        try await eventually("it sleeps") {
            try await direct.number(
                "SELECT count(*) FROM pg_stat_activity WHERE pid = $1 AND wait_event = 'PgSleep'", [.int32(Int32(pid))])
                == 1
        }
        try await direct.execute(PostgresStatement("SELECT pg_terminate_backend($1)"), [.int32(Int32(pid))])
        let error = try await outcome
        #expect(error.code == .shuttingDown)
        #expect(error.isRetryable)
        #expect(try await direct.number("SELECT count(*) FROM t") == 0)
        try await behind.execute(count)
        proxy.stop()
    }

    @Test("A transaction that lies idle too long is ended by the server, and its body hears of it")
    func idleTransaction() async throws {
        let database = try await TestDatabase.make { $0.idleInTransactionTimeout = .milliseconds(100) }
        let connection = database.connection
        let error = try await failure {
            try await connection.transaction { transaction in
                try await transaction.execute(PostgresStatement("CREATE TABLE t (n int8)"))
                try await Task.sleep(for: .milliseconds(400))
                try await transaction.execute(PostgresStatement("SELECT 1"))
            }
        }
        #expect(error.code == .connectionLost)
        #expect(try await connection.number("SELECT count(*) FROM pg_class WHERE relname = 't'") == 0)
    }

    @Test("A session that ended between two statements has surely not committed")
    func endedBeforeCommit() async throws {
        let database = try await TestDatabase.make()
        let direct = database.connection
        try await direct.runScript("CREATE TABLE t (n int8 PRIMARY KEY)")
        let connection = database.another()
        let error = try await failure {
            try await connection.transaction { transaction in
                try await transaction.execute(insert, [.int64(1)])
                let pid = try await transaction.execute(PostgresStatement("SELECT pg_backend_pid()"))[0].int32(0)
                try await direct.execute(PostgresStatement("SELECT pg_terminate_backend($1)"), [.int32(pid)])
                try await eventually("the session is gone") {
                    try await direct.number("SELECT count(*) FROM pg_stat_activity WHERE pid = $1", [.int32(pid)]) == 0
                }
            }
        }
        #expect(error.code == .connectionLost)
        #expect(error.isRetryable)
        #expect(try await direct.number("SELECT count(*) FROM t") == 0)
    }
}
