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
        let waits = Happened()
        let service = try CloudPhone.service(
            .billing, configuration: configuration, logger: Logger(label: "test") { _ in Waiting(happened: waits) })
        let group = ServiceGroup(
            configuration: .init(services: [service], logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }))
        let stopped = Happened()
        let running = Task {
            defer { stopped.set() }
            try await group.run()
        }
        try await eventually("it waits") { waits.isSet }
        await group.triggerGracefulShutdown()
        do {
            try await eventually("it has stopped", within: .seconds(10)) { stopped.isSet }
        } catch {
            running.cancel()
            _ = await running.result
            throw error
        }
        try await running.value
    }
}

private final class Happened: Sendable {
    private let value = Atomic(false)
    var isSet: Bool { value.load(ordering: .acquiring) }
    func set() { value.store(true, ordering: .releasing) }
}

/// Hears that a service waits for its database.
private struct Waiting: LogHandler {
    let happened: Happened
    var logLevel = Logger.Level.info
    var metadata: Logger.Metadata = [:]

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        if event.message.description.contains("waiting for the database") { happened.set() }
    }
}
