import Logging
import Postgres
import RabbitMQ
import ServiceLifecycle
import Synchronization
import TestSupport
import Testing

@testable import CloudPhone

@Suite("The services at their start")
struct StartTests {
    @Test("A service that waits for its database stops when it is told to")
    func stopBeforeTheStart() async throws {
        // Nobody listens there.
        let nowhere = PostgresConfiguration(host: "127.0.0.1", port: 1, user: "nobody", database: "none")
        let configuration = CloudPhoneConfiguration(
            billing: nowhere, core: nowhere, broker: RabbitMQConfiguration(port: 1))
        let book = LogBook()
        let service = try CloudPhone.service(.billing, configuration: configuration, logger: book.logger)
        let group = ServiceGroup(
            configuration: .init(services: [service], logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }))
        let stopped = Atomic(false)
        let running = Task {
            defer { stopped.store(true, ordering: .releasing) }
            try await group.run()
        }
        try await eventually("it waits") { book.count(of: "warning waiting for the database") > 0 }
        await group.triggerGracefulShutdown()
        do {
            try await eventually("it has stopped", within: .seconds(10)) { stopped.load(ordering: .acquiring) }
        } catch {
            running.cancel()
            _ = await running.result
            throw error
        }
        try await running.value
    }
}
