import LocalServers
import Logging
import RabbitMQ
import SagaValues
import ServiceLifecycle
import Synchronization
import TestServers
import TestSupport
import Testing

let quiet = Logger(label: "rabbitmq-tests") { _ in SwiftLogNoOpLogHandler() }

extension LocalRabbitMQ {
    func configuration(_ adjust: (inout RabbitMQConfiguration) -> Void = { _ in }) -> RabbitMQConfiguration {
        var configuration = RabbitMQConfiguration(
            host: host,
            port: port,
            user: user,
            password: Secret(password),
            connectionName: "rabbitmq-tests"
        )
        adjust(&configuration)
        return configuration
    }
}

/// Runs services while `body` works; then their tasks are cancelled.
func running<Result>(
    _ services: any Service...,
    body: () async throws -> Result
) async throws -> Result {
    try await withThrowingTaskGroup(of: Void.self) { group in
        for service in services { group.addTask { try await service.run() } }
        defer { group.cancelAll() }
        return try await body()
    }
}

struct Overdue: Error, CustomStringConvertible {
    let description: String
}

/// A consumer that remembers what it got, and acknowledges at once unless told otherwise.
final class Collector: Sendable {
    private let gathered = Mutex<[Delivery]>([])
    private let batchSizes = Mutex<[Int]>([])
    private let own = Mutex<RabbitMQConsumer?>(nil)

    static func consuming(
        _ queue: String,
        _ configuration: RabbitMQConfiguration,
        topology: Topology = Topology(),
        prefetch: Int = 100,
        acknowledges: Bool = true,
        keeps: Bool = true,
        handler: (@Sendable ([Delivery]) async -> Void)? = nil
    ) -> (RabbitMQConsumer, Collector) {
        let collector = Collector()
        let consumer = RabbitMQConsumer(
            configuration: configuration,
            topology: topology,
            queue: queue,
            prefetch: prefetch,
            logger: quiet
        ) { batch in
            if keeps { collector.gathered.withLock { $0 += batch } }
            collector.batchSizes.withLock { $0.append(batch.count) }
            await handler?(batch)
            if acknowledges { collector.own.withLock { $0 }?.acknowledge(batch.map(\.tag)) }
        }
        collector.own.withLock { $0 = consumer }
        return (consumer, collector)
    }

    var deliveries: [Delivery] { gathered.withLock { $0 } }
    var count: Int { gathered.withLock { $0.count } }
    var ids: [String] { deliveries.map { $0.properties.messageID ?? "" } }
    var batches: [Int] { batchSizes.withLock { $0 } }

    @discardableResult
    func waitFor(_ count: Int, within limit: Duration = .seconds(30)) async throws -> [Delivery] {
        try await eventually("\(count) deliveries, have \(self.count)", within: limit) { self.count >= count }
        return deliveries
    }
}

/// Names of its own for one test, and a publisher and configuration to go with them.
struct Bench {
    let server: LocalRabbitMQ
    let configuration: RabbitMQConfiguration
    let queue: String
    let exchange: String

    static func make(_ adjust: (inout RabbitMQConfiguration) -> Void = { _ in }) async throws -> Bench {
        Bench(on: try await TestServers.rabbitMQ(), adjust)
    }

    init(on server: LocalRabbitMQ, _ adjust: (inout RabbitMQConfiguration) -> Void = { _ in }) {
        self.server = server
        configuration = server.configuration(adjust)
        queue = TestServers.uniqueName("queue")
        exchange = TestServers.uniqueName("exchange")
    }

    /// One direct exchange with one queue bound by its own name.
    func topology(_ kind: Topology.Queue.Kind = .classic, _ arguments: [(String, FieldValue)] = []) -> Topology {
        Topology(
            exchanges: [.init(exchange, .direct)],
            queues: [.init(queue, kind, arguments: arguments)],
            bindings: [.init(exchange: exchange, queue: queue, routingKey: queue)]
        )
    }

    func publisher(_ topology: Topology? = nil) -> RabbitMQPublisher {
        RabbitMQPublisher(configuration: configuration, topology: topology ?? self.topology(), logger: quiet)
    }

    func message(_ id: String, body: [UInt8] = Array("{}".utf8)) -> OutgoingMessage {
        OutgoingMessage(
            exchange: exchange,
            routingKey: queue,
            properties: MessageProperties(messageID: id),
            body: body
        )
    }

    func messages(_ range: Range<Int>) -> [OutgoingMessage] {
        range.map { message("m\($0)") }
    }
}

extension PublishOutcome {
    var error: RabbitMQError? {
        if case .notSent(let error) = self { error } else { nil }
    }
}

extension RabbitMQState {
    var isBlocked: Bool {
        if case .blocked = self { true } else { false }
    }

    var error: RabbitMQError? {
        if case .connecting(let error) = self { error } else { nil }
    }
}

extension Result where Failure == any Error {
    /// What `body` returns or throws, to look at after something has been put right.
    init(_ body: () async throws -> Success) async {
        do { self = .success(try await body()) } catch { self = .failure(error) }
    }
}
