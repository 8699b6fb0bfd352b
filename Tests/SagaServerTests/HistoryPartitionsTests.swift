import LocalServers
import Logging
import Postgres
import PostgresStore
import ServiceLifecycle
import TestServers
import TestSupport
import Testing

@testable import SagaServer

@Suite struct HistoryPartitionsTests {
    @Test("a partition that is missing is made while the node runs, and the service ends with the node")
    func made() async throws {
        let server = try await TestServers.postgres()
        let configuration = PostgresConfiguration(
            host: server.host, port: server.port, user: server.user,
            database: try await TestServers.freshDatabase(prefix: "partitions"))
        let store = PostgresStore(configuration, readers: 1)
        let connection = PostgresConnection(configuration, name: "test")
        try await store.migrate()
        func partitions() async throws -> Int64 {
            try await connection.execute(
                PostgresStatement("SELECT count(*) FROM pg_inherits WHERE inhparent = 'saga_history'::regclass"))[0]
                .int64(0)
        }
        let complete = try await partitions()

        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let keeper = HistoryPartitions(store: store, log: logger, interval: .milliseconds(20))
        let group = ServiceGroup(configuration: .init(services: [.init(service: keeper)], logger: logger))
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            // As if a week had gone by: the last one is not there yet.
            let last = try await connection.execute(
                PostgresStatement(
                    """
                    SELECT inhrelid::regclass::text FROM pg_inherits
                    WHERE inhparent = 'saga_history'::regclass AND inhrelid::regclass::text <> 'saga_history_other'
                    ORDER BY 1 DESC LIMIT 1
                    """))[0].text(0)
            try await connection.execute(PostgresStatement("DROP TABLE \(last)", isReadOnly: false))
            try await eventually("the partition is there again") { try await partitions() == complete }
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
        await store.close()
        await connection.close()
    }
}
