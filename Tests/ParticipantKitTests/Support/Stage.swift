import LocalServers
import Logging
import Postgres
import RabbitMQ
import RabbitMQWire
import SagaValues
import SagaWire
import ServiceLifecycle
import Synchronization
import TestServers
import TestSupport

@testable import ParticipantKit

/// A broker with what stands at its other end: an orchestrator's publisher and reply queue, an ear on the
/// domain events and one on the dead letters.
final class Stage: Sendable {
    let shop: Workshop
    let broker: RabbitMQConfiguration
    let replyQueue = TestServers.uniqueName("replies")
    private let publisher: RabbitMQPublisher
    private let replyEar: Ear
    private let deadEar: Ear
    private let eventEar: Ear

    private init(_ shop: Workshop, _ broker: RabbitMQConfiguration) {
        self.shop = shop
        self.broker = broker
        let exchanges: [RabbitMQ.Topology.Exchange] = [
            .init("saga.unroutable", .fanout), .init("saga.commands", .topic, alternate: "saga.unroutable"),
            .init("saga.replies", .direct), .init("cloudphone.events", .topic), .init("saga.dlx", .fanout),
        ]
        publisher = RabbitMQPublisher(
            configuration: broker, topology: RabbitMQ.Topology(exchanges: exchanges), logger: .quiet)
        replyEar = Ear(broker, exchanges, queue: replyQueue, exchange: "saga.replies", key: replyQueue)
        deadEar = Ear(broker, exchanges, queue: TestServers.uniqueName("dead"), exchange: "saga.dlx", key: "")
        eventEar = Ear(
            broker, exchanges, queue: TestServers.uniqueName("events"), exchange: "cloudphone.events", key: "#")
    }

    /// Sets the stage up, plays, and takes it down.
    static func play(
        on broker: RabbitMQConfiguration? = nil, database: LocalPostgres? = nil, _ body: (Stage) async throws -> Void
    ) async throws {
        let shop = try await Workshop(on: database)
        let configuration: RabbitMQConfiguration
        if let broker { configuration = broker } else { configuration = try await sharedBroker() }
        let stage = Stage(shop, configuration)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await stage.publisher.run() }
            for ear in [stage.replyEar, stage.deadEar, stage.eventEar] {
                group.addTask { try await ear.consumer.run() }
                try await ear.consumer.waitUntilConnected()
            }
            try await stage.publisher.waitUntilConnected()
            try await body(stage)
            group.cancelAll()
        }
    }

    static func sharedBroker() async throws -> RabbitMQConfiguration {
        let server = try await TestServers.rabbitMQ()
        return RabbitMQConfiguration(
            host: server.host, port: server.port, user: server.user, password: Secret(server.password))
    }

    // MARK: Participants

    /// A participant that runs in the background until it is stopped or killed.
    struct Running: Sendable {
        let participant: Participant
        let pool: PostgresPool
        private let group: ServiceGroup
        private let task: Task<Void, any Error>

        init(_ participant: Participant, pool: PostgresPool) {
            self.participant = participant
            self.pool = pool
            let group = ServiceGroup(configuration: .init(services: [participant], logger: .quiet))
            self.group = group
            task = Task { try await group.run() }
        }

        /// As at SIGTERM; returns when it has ended.
        func stop() async throws {
            await group.triggerGracefulShutdown()
            try await task.value
        }

        /// Without any ado: connections end, nothing is drained.
        func kill() async {
            task.cancel()
            _ = await task.result
            await pool.close(grace: .zero)
        }
    }

    func start(
        actions: [Action]? = nil, subscriptions: [Subscription] = [], interceptors: [any ActionInterceptor] = [],
        broker: RabbitMQConfiguration? = nil, logger: Logger = .quiet,
        _ adjust: (inout ParticipantConfiguration) -> Void = { _ in }
    ) throws -> Running {
        var configuration = ParticipantConfiguration()
        configuration.concurrency = 4
        configuration.prefetch = 32
        configuration.outboxInterval = .milliseconds(50)
        adjust(&configuration)
        let pool = PostgresPool(shop.database, size: configuration.concurrency + 1)
        let participant = try Participant(
            shop.name, database: pool, broker: broker ?? self.broker, configuration: configuration,
            actions: actions ?? shop.actions,
            subscriptions: subscriptions, interceptors: interceptors, logger: logger)
        return Running(participant, pool: pool)
    }

    // MARK: Sending

    /// Publishes until a queue takes it: a participant that was just started may still be declaring its own.
    func publish(_ message: OutgoingMessage) async throws {
        try await eventually("\(message.routingKey) is taken by a queue") {
            await publisher.publish([message]) == [.confirmed]
        }
    }

    func send(_ messages: CommandMessage...) async throws { try await send(messages) }

    func send(_ messages: [CommandMessage]) async throws {
        guard let first = messages.first else { return }
        try await publish(try outgoing(first))
        var rest = try messages.dropFirst().map { try outgoing($0) }
        try await eventually("all commands are confirmed") {
            let outcomes = await publisher.publish(rest)
            rest = zip(rest, outcomes).filter { $1 != .confirmed }.map(\.0)
            return rest.isEmpty
        }
    }

    func outgoing(_ message: CommandMessage) throws -> OutgoingMessage {
        try message.wireMessage().outgoing
    }

    func command(
        _ action: String, _ direction: Direction = .do, saga: UUID, step: String = "one", attempt: Int = 1,
        _ body: JSON = ["item": "cup"]
    ) -> CommandMessage {
        shop.message(action, direction, saga: saga, step: step, attempt: attempt, body, replyTo: replyQueue)
    }

    /// A queue that takes no more: the broker does not confirm what goes there.
    func fullQueue(of exchange: RabbitMQ.Topology.Exchange, key: String) async throws -> String {
        let name = TestServers.uniqueName("full")
        let limits: [(String, FieldValue)] = [("x-max-length", .int(1)), ("x-overflow", .string("reject-publish"))]
        let filler = RabbitMQPublisher(
            configuration: broker,
            topology: RabbitMQ.Topology(
                exchanges: [exchange], queues: [.init(name, .classic, arguments: limits)],
                bindings: [.init(exchange: exchange.name, queue: name, routingKey: key)]),
            logger: .quiet)
        let message = OutgoingMessage(exchange: exchange.name, routingKey: key, body: [])
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await filler.run() }
            try await filler.waitUntilConnected()
            try await eventually("the queue takes no more") { await filler.publish([message]) == [.nacked] }
            group.cancelAll()
        }
        return name
    }

    // MARK: Listening

    /// The replies so far to the commands of a saga.
    func replies(to saga: UUID) -> [ReplyMessage] {
        replyEar.heard.compactMap { try? ReplyMessage($0.wireMessage) }.filter { $0.command.saga == saga }
    }

    func lines(to saga: UUID) -> [String] { replies(to: saga).map(\.outcome.line) }

    func replies(to saga: UUID, count: Int) async throws -> [ReplyMessage] {
        try await eventually("\(count) replies to \(saga)") { replies(to: saga).count >= count }
        return replies(to: saga)
    }

    func deadLetter(_ messageID: String) async throws -> Delivery {
        try await eventually("\(messageID) is among the dead letters") {
            deadEar.heard.contains { $0.properties.messageID == messageID }
        }
        return deadEar.heard.first { $0.properties.messageID == messageID }!
    }

    func events(_ name: String) -> [Delivery] {
        eventEar.heard.filter { $0.routingKey == name }
    }

    /// How many messages the broker holds in a queue of the participant, those among them that are being handled; -1 if
    /// there is no such queue.
    func messagesLeft(in queue: String) async throws -> Int {
        let listing = try await TestServers.rabbitMQ().rabbitmqctl("-q", "list_queues", "name", "messages")
        let line = listing.split(separator: "\n").first { $0.hasPrefix("\(shop.name).\(queue)\t") }
        return line.flatMap { $0.split(separator: "\t").last.flatMap { Int($0) } } ?? -1
    }
}

/// Hears all that comes to a queue of its own.
private final class Ear: Sendable {
    let consumer: RabbitMQConsumer
    private let deliveries: DeliveryBox

    init(
        _ broker: RabbitMQConfiguration, _ exchanges: [RabbitMQ.Topology.Exchange], queue: String, exchange: String,
        key: String
    ) {
        let box = DeliveryBox()
        deliveries = box
        consumer = RabbitMQConsumer(
            configuration: broker,
            topology: RabbitMQ.Topology(
                exchanges: exchanges,
                queues: [.init(queue, .classic, durable: false, exclusive: false, autoDelete: true)],
                bindings: [.init(exchange: exchange, queue: queue, routingKey: key)]),
            queue: queue, prefetch: 60_000, logger: .quiet
        ) { box.add($0) }
    }

    var heard: [Delivery] { deliveries.all }
}

private final class DeliveryBox: Sendable {
    private let content = Mutex<[Delivery]>([])
    var all: [Delivery] { content.withLock { $0 } }
    func add(_ deliveries: [Delivery]) { content.withLock { $0 += deliveries } }
}
