import Postgres
import SagaValues
import Testing

@Suite("Migrations")
struct MigrationTests {
    private static let first = PostgresMigration(
        1, "things", sql: "CREATE TABLE thing (n int8); INSERT INTO thing VALUES (1)")
    private static let second = PostgresMigration(
        2, "more", sql: "ALTER TABLE thing ADD m int8; INSERT INTO thing VALUES (2, 2)")
    private static let third = PostgresMigration(3, "even more", sql: "INSERT INTO thing VALUES (3)")

    private func migrations(_ list: PostgresMigration...) -> PostgresMigrations {
        PostgresMigrations(table: "migration", list)
    }

    @Test("Migrations are applied in order, once, and noted")
    func applied() async throws {
        let connection = try await TestDatabase.make().connection
        #expect(try await migrations(Self.first).apply(on: connection).applied == [1])
        #expect(try await migrations(Self.first, Self.second, Self.third).apply(on: connection).applied == [2, 3])
        #expect(try await migrations(Self.first, Self.second, Self.third).apply(on: connection) == .init())
        #expect(try await connection.number("SELECT count(*) FROM thing") == 3)
        #expect(try await connection.number("SELECT count(*) FROM migration WHERE length(checksum) = 64") == 3)
        #expect(try await migrations().apply(on: connection).newer == [1, 2, 3])
    }

    @Test("Programs that start at once apply each migration once")
    func contended() async throws {
        let database = try await TestDatabase.make()
        let slow = PostgresMigration(
            1, "slow", sql: "SELECT pg_sleep(0.2); CREATE TABLE thing (n int8); INSERT INTO thing VALUES (1)")
        let applied = try await withThrowingTaskGroup { group in
            for _ in 0..<6 {
                let connection = database.another()
                group.addTask { try await migrations(slow, Self.second, Self.third).apply(on: connection).applied }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        #expect(applied.sorted() == [1, 2, 3])
        #expect(try await database.connection.number("SELECT count(*) FROM thing") == 3)
    }

    @Test("A migration that was changed after it had been applied is refused")
    func changed() async throws {
        let connection = try await TestDatabase.make().connection
        try await migrations(Self.first).apply(on: connection)
        let edited = PostgresMigration(1, "things", sql: Self.first.sql + " -- harmless?")
        let error = try await failure { try await migrations(edited, Self.second).apply(on: connection) }
        #expect(error.code == .migrationChanged)
        #expect(error.description == "SAGA-0420: migration 1 (things) was changed after it had been applied")
        #expect(try await connection.number("SELECT count(*) FROM thing") == 1)
    }

    @Test("Missing and unknown migrations are refused, newer ones reported")
    func outOfOrder() async throws {
        let connection = try await TestDatabase.make().connection
        try await migrations(Self.first, Self.third).apply(on: connection)
        let missing = try await failure {
            try await migrations(Self.first, Self.second, Self.third).apply(on: connection)
        }
        #expect(missing.code == .migrationOutOfOrder)
        #expect(missing.message == "migration 2 (more) is missing in migration, but 3 was applied")
        let late = try await failure { try await migrations(Self.first, Self.second).apply(on: connection) }
        #expect(late.code == .migrationOutOfOrder)
        let unknown = try await failure { try await migrations(Self.third).apply(on: connection) }
        #expect(unknown.code == .migrationOutOfOrder)
        #expect(unknown.message == "migration has migration 1, which this program does not know")
        #expect(try await migrations(Self.first).apply(on: connection) == .init(newer: [3]))
    }

    @Test("A migration that fails leaves nothing behind, and the ones before it stay")
    func failing() async throws {
        let connection = try await TestDatabase.make().connection
        for sql in ["INSERT INTO thing VALUES (9); SELECT 1/0", "INSERT INTO thing VALUES (9); CREATE TABL x ()"] {
            let broken = PostgresMigration(2, "broken", sql: sql)
            let error = try await failure { try await migrations(Self.first, broken).apply(on: connection) }
            #expect(error.code == .migrationFailed)
            #expect(error.message.hasPrefix("migration 2 (broken) failed: "))
            #expect(error.sqlState != nil)
        }
        #expect(try await connection.number("SELECT count(*) FROM thing WHERE n = 9") == 0)
        #expect(try await migrations(Self.first, Self.second).apply(on: connection).applied == [2])
    }

    @Test("A migration may take longer than a statement may")
    func slow() async throws {
        let connection = try await TestDatabase.make { $0.statementTimeout = .milliseconds(200) }.connection
        let slow = PostgresMigration(1, "slow", sql: "SELECT pg_sleep(0.5)")
        #expect(try await migrations(slow).apply(on: connection).applied == [1])
        #expect(try await connection.execute(PostgresStatement("SHOW statement_timeout"))[0].text(0) == "200ms")
    }

    @Test("A role that may not create tables can check a database that is up to date")
    func unprivileged() async throws {
        let database = try await TestDatabase.make()
        try await migrations(Self.first).apply(on: database.connection)
        let role = "reader_\(database.configuration.database)"
        try await database.connection.runScript("CREATE ROLE \(role) LOGIN; GRANT SELECT ON migration TO \(role)")
        let reader = database.another { $0.user = role }
        #expect(try await migrations(Self.first).apply(on: reader) == .init())
    }
}
