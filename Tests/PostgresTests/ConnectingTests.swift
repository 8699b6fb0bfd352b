import Foundation
import LocalServers
import Postgres
import SagaValues
import TestServers
import TestSupport
import Testing

@Suite("Connecting")
struct ConnectingTests {
    private let one = PostgresStatement("SELECT 1::int8")

    /// A server that asks for passwords over TCP and offers TLS, and the folder of its certificates.
    private func strictServer() async throws -> (server: LocalPostgres, folder: String) {
        let server = try await TestServers.ownPostgres()
        var trusted = server.configuration()
        trusted.host = server.socketDirectory
        let connection = PostgresConnection(trusted)
        let folder = try await connection.execute(PostgresStatement("SHOW data_directory"))[0].text(0)
        func run(_ command: String) async throws {
            try await connection.runScript(
                "COPY (SELECT 1) TO PROGRAM '\(command.replacingOccurrences(of: "'", with: "''"))'")
        }
        try await run(
            """
            cd \(folder) && openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost \
            -addext subjectAltName=DNS:localhost -keyout server.key -out server.crt 2>&1 && chmod 600 server.key && \
            openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=other -keyout other.key -out other.crt 2>&1 && \
            printf 'local all all trust\\nhost all all all scram-sha-256\\n' > pg_hba.conf
            """)
        let public_ = try TestServers.freshFolder("certificates")
        try FileManager.default.createDirectory(atPath: public_, withIntermediateDirectories: true)
        for name in ["server.crt", "other.crt"] {
            let text = try await connection.execute(PostgresStatement("SELECT pg_read_file($1)"), [.text(name)])[0]
                .text(0)
            try text.write(toFile: "\(public_)/\(name)", atomically: true, encoding: .utf8)
        }
        for sql in [
            "ALTER SYSTEM SET ssl = on", "SELECT pg_reload_conf()",
            "CREATE ROLE clerk LOGIN PASSWORD 'correct horse'",
            "CREATE ROLE single LOGIN PASSWORD 'x' CONNECTION LIMIT 0",
        ] {
            try await connection.execute(PostgresStatement(sql))
        }
        try await eventually("the server has taken in its settings") {
            let fresh = PostgresConnection(trusted)
            let setting = try await fresh.execute(PostgresStatement("SHOW ssl"))[0].text(0)
            await fresh.close()
            return setting == "on"
        }
        await connection.close()
        return (server, public_)
    }

    @Test("TLS, passwords and certificates are checked, and each refusal says what to mend")
    func strict() async throws {
        let (server, certificates) = try await strictServer()
        var configuration = server.configuration()
        configuration.host = "localhost"
        configuration.user = "clerk"
        configuration.password = Secret("correct horse")

        func refusal(_ change: (inout PostgresConfiguration) -> Void) async throws -> PostgresError {
            var changed = configuration
            change(&changed)
            let connection = PostgresConnection(changed)
            let error = try await failure { try await connection.connect() }
            await connection.close()
            return error
        }
        func tls(_ tls: PostgresConfiguration.TLS) async throws -> Bool {
            var changed = configuration
            changed.tls = tls
            let connection = PostgresConnection(changed)
            let ssl = PostgresStatement("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()")
            let isOn = try await connection.execute(ssl)[0].bool(0)
            // Large answers and requests cross several TLS records.
            let echo = try await connection.execute(
                PostgresStatement("SELECT $1::bytea"), [.bytes([UInt8](repeating: 1, count: 1 << 20))])
            #expect(try echo[0].bytes(0).count == 1 << 20)
            await connection.close()
            return isOn
        }
        #expect(try await tls(.disable) == false)
        #expect(try await tls(.require))
        #expect(try await tls(.verifyFull(rootCertificate: "\(certificates)/server.crt")))

        let wrongRoot = try await refusal { $0.tls = .verifyFull(rootCertificate: "\(certificates)/other.crt") }
        #expect(wrongRoot.code == .tlsFailed, "\(wrongRoot)")
        let wrongName = try await refusal {
            $0.tls = .verifyFull(rootCertificate: "\(certificates)/server.crt")
            $0.host = "127.0.0.1"
        }
        #expect(wrongName.code == .tlsFailed, "\(wrongName)")
        let noRoot = try await refusal { $0.tls = .verifyFull(rootCertificate: "\(certificates)/nothing.crt") }
        #expect(noRoot.code == .tlsFailed, "\(noRoot)")

        let wrongPassword = try await refusal { $0.password = Secret("wrong horse") }
        #expect(wrongPassword.code == .authenticationFailed)
        #expect(wrongPassword.sqlState == "28P01")
        #expect(wrongPassword.reference == "SAGA-0402")
        let noPassword = try await refusal { $0.password = nil }
        #expect(noPassword.code == .authenticationFailed, "\(noPassword)")
        let missing = try await refusal { $0.database = "nowhere" }
        #expect(missing.code == .databaseMissing)
        let full = try await refusal {
            $0.user = "single"
            $0.password = Secret("x")
        }
        #expect(full.code == .tooManyConnections)
        #expect(full.isRetryable)
        await server.stop()
    }

    @Test("No error shows the password, wherever it turns up")
    func noPasswords() async throws {
        let server = try await TestServers.postgres()
        let password = "s3cret-Pa55"
        var configuration = server.configuration()
        configuration.password = Secret(password)
        var texts = ["\(configuration)", String(reflecting: configuration)]
        // As if somebody had put it into the wrong place.
        for change: (inout PostgresConfiguration) -> Void in [
            { $0.database = password }, { $0.user = password }, { $0.host = password }, { $0.host = "/\(password)" },
            { $0.port = 1 },
            { $0.tls = .require }, { $0.tls = .verifyFull(rootCertificate: "/\(password)") },
        ] {
            var changed = configuration
            change(&changed)
            let connection = PostgresConnection(changed)
            let error = try await failure { try await connection.connect() }
            texts += ["\(error)", error.message, String(reflecting: error)]
            await connection.close()
        }
        let inSetting = PostgresConnection(configuration)
        let cast = PostgresStatement("SELECT $1::text::int4")
        texts.append("\(try await failure { try await inSetting.execute(cast, [.text(password)]) })")
        for text in texts { #expect(!text.contains(password)) }
    }

    @Test("A server without TLS is refused when TLS is asked for")
    func noTLS() async throws {
        var configuration = try await TestServers.postgres().configuration()
        configuration.tls = .require
        let connection = PostgresConnection(configuration)
        let error = try await failure { try await connection.execute(one) }
        #expect(error.code == .tlsFailed)
        #expect(error.description.hasPrefix("SAGA-0404: no connection to PostgreSQL at 127.0.0.1:"))
        #expect(error.message.contains("server does not support SSL, but SSL was required; "))
    }

    @Test("Nobody listening, an unknown host and an impossible configuration are plain errors")
    func unreachable() async throws {
        let good = try await TestServers.postgres().configuration()
        for (change, text) in [
            ({ $0.port = 1 }, "Connection refused"),
            ({ $0.host = "no-such-host.invalid" }, "the host's name is not known"),
            ({ $0.host = "/nowhere" }, "No such file or directory"),
            ({ $0.host = "a\0b" }, "a NUL"),
            ({ $0.password = Secret("a\0b") }, "a NUL"),
            ({ $0.port = 70_000 }, "an impossible port"),
            ({ $0.user = "" }, "an empty host, user or database"),
            ({ $0.host = "a,b" }, "a comma"),
        ] as [((inout PostgresConfiguration) -> Void, String)] {
            var configuration = good
            change(&configuration)
            let connection = PostgresConnection(configuration)
            let error = try await failure { try await connection.connect() }
            #expect(error.code == .connectionFailed)
            #expect(error.message.contains(text), "\(error)")
        }
    }

    @Test("A host name, an address and a socket folder all lead there")
    func hosts() async throws {
        let server = try await TestServers.postgres()
        for host in ["127.0.0.1", "localhost", server.socketDirectory] {
            var configuration = server.configuration()
            configuration.host = host
            let connection = PostgresConnection(configuration)
            #expect(try await connection.number("SELECT 1::int8") == 1)
            await connection.close()
        }
    }

    @Test("A limit of less than a millisecond is a limit, though to the server a 0 means none")
    func tinyLimits() async throws {
        let database = try await TestDatabase.make { $0.idleInTransactionTimeout = .microseconds(500) }
        let show = PostgresStatement("SHOW idle_in_transaction_session_timeout")
        let idle = try await database.connection.execute(show)[0].text(0)
        #expect(idle == "1ms")
        let hasty = database.another { $0.statementTimeout = .microseconds(500) }
        let error = try await failure { try await hasty.execute(PostgresStatement("SELECT pg_sleep(5)")) }
        #expect(error.code == .cancelled)
    }

    @Test("A session has its limits set, and its name can be seen")
    func settings() async throws {
        let database = try await TestDatabase.make {
            $0.statementTimeout = .milliseconds(12_345)
            $0.idleInTransactionTimeout = .milliseconds(23_456)
            $0.applicationName = "it is me"
        }
        let connection = database.connection
        for (name, value) in [
            ("statement_timeout", "12345ms"), ("idle_in_transaction_session_timeout", "23456ms"),
            ("application_name", "it is me"), ("client_encoding", "UTF8"), ("client_connection_check_interval", "2s"),
        ] {
            #expect(try await connection.execute(PostgresStatement("SHOW \(name)"))[0].text(0) == value)
        }
    }

    @Test("Connecting again is no error, and makes no new session")
    func idempotent() async throws {
        let connection = try await TestDatabase.make().connection
        #expect(connection.generation == 0)
        try await connection.connect()
        try await connection.connect()
        #expect(connection.generation == 1)
    }

    @Test("A closed connection refuses everything, lets work in flight end, and cuts it off after the grace")
    func closing() async throws {
        let database = try await TestDatabase.make()
        let sleep = PostgresStatement("SELECT pg_sleep($1)")
        let patient = database.another()
        try await patient.connect()
        async let fine: Void = { try await patient.execute(sleep, [.double(0.3)]) }()
        try await eventually("it runs") { patient.statistics.statements >= 2 }
        await patient.close()
        try await fine
        #expect(try await failure { try await patient.execute(one) }.code == .closed)
        await patient.close()

        let impatient = database.another()
        try await impatient.connect()
        async let cut = failure { try await impatient.execute(sleep, [.double(30)]) }
        try await eventually("it runs") { impatient.statistics.statements >= 2 }
        async let waiting = failure { try await impatient.execute(one) }
        try await eventually("another waits") { impatient.waitingCount == 1 }
        let start = ContinuousClock.now
        await impatient.close(grace: .milliseconds(100))
        #expect(ContinuousClock.now - start < .seconds(5))
        #expect(try await cut.code == .closed)
        #expect(try await waiting.code == .closed)
    }

    @Test("Closing does not wait for ever for a transaction whose body does not end")
    func closingIdleTransaction() async throws {
        let database = try await TestDatabase.make()
        let connection = database.another()
        let pool = PostgresPool(database.configuration, size: 1)
        let entered = Recorder<Int>()
        let (go, goOn) = AsyncStream<Void>.makeStream()
        let body = Task {
            try await connection.transaction { transaction in
                try await transaction.execute(one)
                entered.add(1)
                for await _ in go { break }
                try await transaction.execute(one)
            }
        }
        let lent = Task {
            try await pool.withConnection { _ in
                entered.add(2)
                try await Task.sleep(for: .seconds(60))
            }
        }
        try await eventually("both have begun") { entered.all.count == 2 }
        let start = ContinuousClock.now
        await connection.close(grace: .milliseconds(50))
        await pool.close(grace: .milliseconds(50))
        #expect(ContinuousClock.now - start < .seconds(10))
        goOn.yield()
        let outcome = await body.result
        let code = try await failure { try outcome.get() }.code
        #expect(code == .closed || code == .connectionLost)
        // A body that has not begun yet makes no new session either.
        #expect(try await failure { try await connection.transaction { try await $0.execute(one) } }.code == .closed)
        lent.cancel()
        _ = await lent.result
    }

    @Test("Work that a pool has lent its connection for may end before the pool is closed")
    func closingLentConnection() async throws {
        let database = try await TestDatabase.make()
        let pool = PostgresPool(database.configuration, size: 2)
        let entered = Recorder<Int>()
        let (go, goOn) = AsyncStream<Void>.makeStream()
        let lent = Task {
            try await pool.withConnection { connection in
                entered.add(1)
                for await _ in go { break }
                return try await connection.number("SELECT 7::int8")
            }
        }
        try await eventually("it has begun") { entered.all.count == 1 }
        async let closing: Void = pool.close(grace: .seconds(30))
        try await eventually("nobody new is let in") {
            do throws(PostgresError) {
                try await pool.execute(one)
                return false
            } catch {
                return error.code == .closed
            }
        }
        goOn.yield()
        #expect(try await lent.value == 7)
        await closing
    }
}
