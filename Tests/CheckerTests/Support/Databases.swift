import Checker
import CloudPhone
import Foundation
import LocalServers
import Logging
import Postgres
import PostgresStore
import RabbitMQ
import SagaValues
import TestServers

/// The three databases of the platform, with a sound past in them.
struct Databases: Sendable {
    let saga: PostgresConfiguration
    let billing: PostgresConfiguration
    let core: PostgresConfiguration

    /// Runs a body with what was planted: in copies, so that it is gone afterwards.
    static func with<R: Sendable>(
        _ planting: Planting?, _ body: (Databases) async throws -> R
    ) async throws -> R {
        let sound = try await Template.shared.value()
        var copies: [PostgresConfiguration] = []
        func planted(_ sql: String?, _ original: PostgresConfiguration) async throws -> PostgresConfiguration {
            guard let sql, !sql.isEmpty else { return original }
            var copy = original
            copy.database = TestServers.uniqueName("check")
            // Without fsync, copied files are a quarter of the work of copied pages.
            try await run(
                "CREATE DATABASE \(copy.database) TEMPLATE \(original.database) STRATEGY = FILE_COPY",
                in: sound.administration)
            copies.append(copy)
            // What nobody may do: without triggers and foreign keys.
            try await run("SET session_replication_role = replica; " + sql, in: copy)
            return copy
        }
        let databases = Databases(
            saga: try await planted(planting?.saga, sound.saga),
            billing: try await planted(planting?.billing, sound.billing),
            core: try await planted(planting?.core, sound.core))
        let result = try await body(databases)
        for copy in copies { try await run("DROP DATABASE \(copy.database) WITH (FORCE)", in: sound.administration) }
        return result
    }

    func check() async throws -> [CheckResult] {
        let checker = Checker(
            server: saga, saga: saga.database, billing: billing.database, core: core.database)
        return try await checker.run()
    }

    private var administration: PostgresConfiguration {
        var configuration = saga
        configuration.database = "postgres"
        return configuration
    }

    fileprivate static func run(_ sql: String, in database: PostgresConfiguration) async throws {
        let connection = PostgresConnection(database, name: "test")
        do {
            // One statement at a time where it may not be part of a transaction.
            if sql.contains(";") {
                try await connection.runScript(sql)
            } else {
                try await connection.execute(PostgresStatement(sql))
            }
            await connection.close()
        } catch {
            await connection.close()
            throw error
        }
    }
}

/// What the others are copied from.
private actor Template {
    static let shared = Template()
    private var task: Task<Databases, any Error>?

    func value() async throws -> Databases {
        let task = task ?? Task { try await Template.make() }
        self.task = task
        return try await task.value
    }

    private static func make() async throws -> Databases {
        // Hundreds of databases are made and dropped, and each of these waits for a checkpoint.
        let server = try await TestServers.ownPostgres(settings: ["fsync": "off", "full_page_writes": "off"])
        func fresh(_ name: String) async throws -> PostgresConfiguration {
            try await server.createDatabase(name)
            return server.configuration(database: name)
        }
        let databases = Databases(
            saga: try await fresh("saga"), billing: try await fresh("billing"), core: try await fresh("core"))

        let store = PostgresStore(databases.saga, readers: 1)
        try await store.migrate()
        await store.close()
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        try await CloudPhone.seed(
            Seed(users: 5, balance: 1000, devices: 5),
            configuration: CloudPhoneConfiguration(billing: databases.billing, core: databases.core, broker: .init()),
            logger: logger)

        let past = try Past()
        try await Databases.run(past.saga, in: databases.saga)
        try await Databases.run(past.billing, in: databases.billing)
        try await Databases.run(past.core, in: databases.core)
        return databases
    }
}

extension LocalPostgres {
    fileprivate func configuration(database: String) -> PostgresConfiguration {
        PostgresConfiguration(host: host, port: port, user: user, database: database, applicationName: "checker-tests")
    }
}
