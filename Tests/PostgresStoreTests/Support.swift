import LocalServers
import Postgres
import PostgresStore
import SagaEngine
import SagaStoreContract
import SagaValues
import Synchronization
import TestServers
import Testing

/// A database of its own with the schema in it, in the server that all tests of this process share.
final class TestDatabase: StoreFixture {
    let configuration: PostgresConfiguration
    /// For a look behind the store's back.
    let connection: PostgresConnection
    private let stores = Mutex<[PostgresStore]>([])

    private init(_ configuration: PostgresConfiguration) {
        self.configuration = configuration
        connection = PostgresConnection(configuration, name: "test")
    }

    /// Runs a body with a database that holds nothing but the schema.
    static func with<R: Sendable>(_ body: (TestDatabase) async throws -> R) async throws -> R {
        let configuration = try await Databases.shared.take()
        let database = TestDatabase(configuration)
        let result = await Result { try await body(database) }
        for store in database.stores.withLock({ $0 }) { await store.close() }
        try await database.clean()
        await database.connection.close()
        await Databases.shared.giveBack(configuration)
        return try result.get()
    }

    /// The same in a server of its own that does nothing by itself, for measurements: transactions in other databases
    /// of a server keep old versions from going, and an ANALYZE changes plans.
    static func alone<R: Sendable>(_ body: (TestDatabase) async throws -> R) async throws -> R {
        let server = try await TestServers.ownPostgres(settings: ["autovacuum": "off"])
        try await server.createDatabase("store")
        let database = TestDatabase(server.configuration(database: "store"))
        let result = await Result {
            try await migrate(database.configuration)
            return try await body(database)
        }
        for store in database.stores.withLock({ $0 }) { await store.close() }
        await database.connection.close()
        await server.stop()
        return try result.get()
    }

    /// To delete costs milliseconds, to drop a database and make another one half a second.
    private func clean() async throws {
        let tables = [
            "sagas", "saga_origins", "saga_history", "saga_timers", "saga_locks", "saga_incidents", "saga_nodes",
            "workflow_versions", "saga_waits", "saga_kept_events", "saga_event_keys", "saga_taken_events",
            "saga_schedules", "saga_failed_starts", "saga_access_tokens", "saga_audit", "saga_incident_assignees",
            "saga_incident_comments", "saga_statistics", "saga_failure_statistics", "saga_dead_letters",
            "saga_jobs", "saga_job_items", "saga_archives", "saga_archived", "saga_participants",
            "saga_participant_outcomes", "saga_notice_targets", "saga_notices", "saga_notice_groups",
            "saga_notice_deliveries",
        ]
        // As a replica would: without the triggers that keep the history as it is.
        let deletes = tables.map { "DELETE FROM \($0)" }.joined(separator: ";")
        let marks = """
            UPDATE saga_statistics_marks SET (minutes_until, hours_until) = (SELECT at, at FROM
                (SELECT date_trunc('hour', clock_timestamp(), 'UTC') - interval '8 days' AS at) AS first)
            """
        try await connection.runScript("SET session_replication_role = replica; \(deletes); \(marks)")
    }

    func makeStore() async throws -> any SagaStore { newStore() }

    func newStore() -> PostgresStore {
        stores.withLock { stores in
            var configuration = configuration
            configuration.applicationName = "store \(stores.count + 1)"
            let store = PostgresStore(configuration, readers: 2)
            stores.append(store)
            return store
        }
    }

    func archive(_ sagas: [(id: UUID, revision: Int)], file: String) async throws {
        let archivist = PostgresArchivist(configuration)
        let archive = try await archivist.register(
            file: file, sagas: sagas.count, bytes: 1, digest: [UInt8](repeating: 1, count: 32))
        let families = sagas.map { saga in
            SagaFamily(
                place: .init(endedAt: .wholeNow, root: saga.id),
                members: [.init(id: saga.id, revision: saga.revision)])
        }
        let dropped = try await archivist.drop(families, standingIn: archive)
        await archivist.close()
        try #require(dropped == sagas.count)
    }

    func endSession(of store: any SagaStore) async throws {
        let index = stores.withLock { stores in stores.firstIndex { $0 === store as? PostgresStore } }
        try await endSessions(named: "store \(try #require(index) + 1) lifeline")
    }

    /// Ends sessions, and waits until they have let go of all they held.
    func endSessions(named name: String) async throws {
        let ended = try await connection.execute(
            PostgresStatement(
                """
                SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
                WHERE application_name = $1 AND datname = current_database()
                """),
            [.text(name)])
        try #require(!ended.isEmpty, "there is no session named \(name)")
    }

    /// The only value of a query's only row.
    func number(_ sql: String, _ parameters: [PostgresParameter] = []) async throws -> Int64 {
        try await connection.execute(PostgresStatement(sql, isReadOnly: true), parameters)[0].int64(0)
    }
}

/// Databases with the schema in them that nobody uses at the moment.
private actor Databases {
    static let shared = Databases()
    private var free: [PostgresConfiguration] = []

    func take() async throws -> PostgresConfiguration {
        if let configuration = free.popLast() { return configuration }
        let name = try await TestServers.freshDatabase(prefix: "store")
        let configuration = try await TestServers.postgres().configuration(database: name)
        try await migrate(configuration)
        return configuration
    }

    func giveBack(_ configuration: PostgresConfiguration) {
        free.append(configuration)
    }
}

/// Puts the schema into a database.
private func migrate(_ configuration: PostgresConfiguration) async throws {
    let store = PostgresStore(configuration, readers: 1)
    let result = await Result { try await store.migrate() }
    await store.close()
    _ = try result.get()
}

extension LocalPostgres {
    func configuration(database: String = "postgres") -> PostgresConfiguration {
        PostgresConfiguration(host: host, port: port, user: user, database: database, applicationName: "store-tests")
    }
}
