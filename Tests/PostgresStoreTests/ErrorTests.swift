import LocalServers
import Postgres
import PostgresStore
import SagaCore
import SagaEngine
import SagaStoreContract
import SagaValues
import TestServers
import TestSupport
import Testing

@Suite("When something is wrong, the store", .serialized)
struct ErrorTests {
    @Test(
        "refuses bytes that are no text, and writes nothing of their batch",
        arguments: [
            [0x22, 0x61, 0x00, 0x22], [0x22, 0xFF, 0xFE, 0x22], [0x22, 0xED, 0xA0, 0x80, 0x22],
        ] as [[UInt8]])
    func badBytes(_ bytes: [UInt8]) async throws {
        try await TestDatabase.with { database in
            var author = try await Author(database)
            let (sample, other) = (author.sample(), author.sample())
            try await author.start(sample)
            let entry = HistoryEntry(revision: 2, at: .wholeNow, kind: .done, step: "s", direction: .do, data: bytes)
            let code = await failure {
                try await author.commit { batch in
                    batch.update(sample, from: 1)
                    batch.history = [HistoryRow(saga: sample.id, entry: entry)]
                    batch.start(other)
                }
            }
            #expect(code == .broken)
            #expect(try await author.row(sample).revision == 1)
            #expect(try await author.store.load([other.id]).isEmpty)
        }
    }

    @Test("says that it cannot be reached")
    func unreachable() async throws {
        let port = try await TestServers.postgres().port
        var nowhere = PostgresConfiguration(host: "127.0.0.1", port: port, user: "postgres", database: "there_is_none")
        nowhere.connectTimeout = .seconds(1)
        let store = PostgresStore(nowhere, readers: 1)
        #expect(await failure { _ = try await store.register(nodeNamed: "a") } == .unavailable)
        #expect(await failure { _ = try await store.ping() } == .unavailable)
        let batch = Batch(node: NodeID(rawValue: 1), number: 1)
        #expect(await failure { _ = try await store.commit(batch) } == .unavailable)
        await store.close()
        #expect(await failure { _ = try await store.ping() } == .unavailable)
    }

    @Test("says that the database is read-only, and goes on by itself when that is over")
    func readOnly() async throws {
        try await TestDatabase.with { database in
            let before = try await Author(database)
            let name = database.configuration.database
            let setting = "ALTER DATABASE \(name) SET default_transaction_read_only ="
            try await database.connection.runScript("\(setting) on")
            var author = Author(before, on: database.newStore())
            #expect(await failure { _ = try await author.store.ping() } == .refused)
            let sample = author.sample()
            #expect(await failure { try await author.start(sample) } == .refused)
            #expect(await failure { _ = try await author.beat() } == .refused)
            try await database.connection.runScript("SET default_transaction_read_only = off; \(setting) off")
            try await author.start(sample)
            _ = try await author.beat()
        }
    }

    @Test("says that it may not write")
    func privileges() async throws {
        try await TestDatabase.with { database in
            let author = try await Author(database)
            let role = TestServers.uniqueName("role")
            try await database.connection.runScript("CREATE ROLE \(role) LOGIN")
            var configuration = database.configuration
            configuration.user = role
            let store = PostgresStore(configuration, readers: 1)
            #expect(await failure { _ = try await store.ping() } == .refused)
            let batch = Batch(node: author.node, number: 1)
            #expect(await failure { _ = try await store.commit(batch) } == .refused)
            await store.close()
            try await database.connection.runScript("DROP ROLE \(role)")
        }
    }

    @Test("goes on after its sessions were ended", arguments: ["writer", "reader", "lifeline"])
    func sessionsEnded(_ purpose: String) async throws {
        try await TestDatabase.with { database in
            var author = try await Author(database)
            _ = try await author.store.ping()
            try await author.start(author.sample())
            try await database.endSessions(named: "store 1 \(purpose)")
            let sample = author.sample()
            try await eventually("it does not come back") {
                let code = await failure {
                    _ = try await author.beat()
                    _ = try await author.store.ping()
                    try await author.start(sample)
                }
                #expect([nil, .unavailable, .outcomeUnknown, .startConflict].contains(code))
                return code == nil
            }
            #expect(try await author.row(sample).revision == 1)
        }
    }

    @Test("does not write over a history that is ahead of its saga, which is damage")
    func damagedHistory() async throws {
        try await TestDatabase.with { database in
            var author = try await Author(database)
            let (sample, other) = (author.sample(), author.sample())
            try await author.start(sample, other)
            try await database.connection.execute(
                PostgresStatement("INSERT INTO saga_history VALUES ($1, now(), 2, NULL, 'timer', NULL, NULL, '')"),
                [.uuid(sample.id)])
            let code = await failure {
                try await author.commit {
                    $0.update(sample, from: 1)
                    $0.update(other, from: 1)
                }
            }
            #expect(code == .broken)
            #expect(try await author.row(other).revision == 1)
        }
    }

    @Test("says so when it meets what a newer version wrote")
    func unknownValues() async throws {
        try await TestDatabase.with { database in
            var author = try await Author(database)
            let sample = author.sample()
            try await author.start(sample)
            try await database.connection.execute(
                PostgresStatement("INSERT INTO saga_history VALUES ($1, now(), 2, NULL, 'teleported', NULL, NULL, '')"),
                [.uuid(sample.id)])
            #expect(await failure { _ = try await author.history(sample) } == .broken)
        }
    }
}
