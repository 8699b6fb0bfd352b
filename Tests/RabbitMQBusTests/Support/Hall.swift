import LocalServers
import RabbitMQ
import RabbitMQBus
import RabbitMQWire
import SagaEngine
import SagaValues
import SagaWire
import ServiceLifecycle
import TestServers

/// A virtual host of its own with the bus of an engine in it, and with what stands at the other end.
///
/// The names of the protocol are fixed, so tests that run side by side need a virtual host each.
struct Hall: Sendable {
    let server: LocalRabbitMQ
    let configuration: RabbitMQConfiguration
    let kind: RabbitMQ.Topology.Queue.Kind
    let bus: RabbitMQBus
    /// What brings the replies in.
    let consumer: RabbitMQConsumer
    /// What the engine was given, unanswered.
    let replies: Box<IncomingReply>
    /// What brings the events in; runs if it is opened with the hall.
    let intake: EventIntake
    /// What the engine was given, unanswered.
    let events: Box<IncomingEvent>
    /// Publishes as a participant does.
    let participant: RabbitMQPublisher

    init(
        on given: LocalRabbitMQ? = nil, _ kind: RabbitMQ.Topology.Queue.Kind = .classic, prefetch: Int = 100,
        eventsExchange: String = "cloudphone.events", _ adjust: (inout RabbitMQConfiguration) -> Void = { _ in }
    ) async throws {
        let server: LocalRabbitMQ
        if let given { server = given } else { server = try await TestServers.rabbitMQ() }
        var configuration = RabbitMQConfiguration(
            host: server.host, port: server.port, user: server.user, password: Secret(server.password),
            vhost: TestServers.uniqueName("bus"), connectionName: "rabbitmq-bus-tests")
        configuration.reconnect.maximum = .milliseconds(500)
        adjust(&configuration)
        let name = configuration.vhost
        try await server.rabbitmqctl(
            "eval",
            """
            rabbit_vhost:add(<<"\(name)">>, <<"test">>), rabbit_auth_backend_internal:set_permissions(
            <<"\(server.user)">>, <<"\(name)">>, <<".*">>, <<".*">>, <<".*">>, <<"test">>).
            """)
        self.init(server, configuration, kind, prefetch: prefetch, eventsExchange: eventsExchange)
    }

    /// Another engine's bus in the same virtual host.
    init(
        _ server: LocalRabbitMQ, _ configuration: RabbitMQConfiguration, _ kind: RabbitMQ.Topology.Queue.Kind,
        prefetch: Int = 100, eventsExchange: String = "cloudphone.events"
    ) {
        let replies = Box<IncomingReply>()
        let events = Box<IncomingEvent>()
        self.server = server
        self.configuration = configuration
        self.kind = kind
        self.replies = replies
        self.events = events
        bus = RabbitMQBus(
            configuration: configuration, queues: kind, applicationID: "saga/test", eventsExchange: eventsExchange,
            logger: quiet)
        intake = bus.eventIntake(configuration: configuration, queues: kind, prefetch: prefetch) { events.add($0) }
        consumer = bus.consumer(configuration: configuration, queues: kind, prefetch: prefetch) { replies.add($0) }
        participant = RabbitMQPublisher(configuration: configuration, topology: .saga, logger: quiet)
    }

    /// Connects everything, and these services too, for as long as `body` works.
    func open(_ others: any Service..., body: () async throws -> Void) async throws {
        try await running([bus.publisher, consumer, participant] + others) {
            await bus.waitUntilReady()
            try await consumer.waitUntilConnected()
            try await participant.waitUntilConnected()
            for case let ear as Ear in others { try await ear.waitUntilConnected() }
            try await body()
        }
    }

    /// A participant's queue, and what comes into it.
    func ear(of participant: String) -> Ear {
        Ear(self, queue: "\(participant).commands", .participant(participant, kind))
    }

    /// A queue of domain events, and what comes into it.
    func ear(ofEvents name: String) -> Ear {
        Ear(self, queue: "listener.events", .participant("listener", kind, events: [name]))
    }

    /// The queue of the dead letters, and what comes into it.
    func earOfTheDead() -> Ear { Ear(self, queue: "saga.dead", .saga) }

    /// Publishes what need not be a reply to where replies go.
    func publish(_ messages: [OutgoingMessage]) async throws {
        for (message, outcome) in zip(messages, await participant.publish(messages)) where outcome != .confirmed {
            throw Overdue(description: "\(message.properties.messageID ?? "a message"): \(outcome)")
        }
    }

    func reply(_ replies: ReplyMessage...) async throws {
        try await publish(try replies.map { try $0.wireMessage().outgoing })
    }

    // MARK: What the broker says

    /// Messages of a queue that are ready, and messages that wait for an answer.
    func depth(_ queue: String = "saga.replies") async throws -> String {
        let lines = try await server.rabbitmqctl(
            "-q", "list_queues", "-p", configuration.vhost, "--no-table-headers", "name", "messages_ready",
            "messages_unacknowledged")
        let line = lines.split(separator: "\n").first { $0.hasPrefix("\(queue)\t") }
        return line.map { $0.split(separator: "\t").dropFirst().joined(separator: " ") } ?? "no such queue"
    }
}

/// Takes all that comes to a queue, and acknowledges it.
final class Ear: Service {
    private let consumer: RabbitMQConsumer
    private let own = Box<RabbitMQConsumer>()
    let heard = Box<Delivery>()

    fileprivate init(_ hall: Hall, queue: String, _ topology: RabbitMQ.Topology) {
        consumer = RabbitMQConsumer(
            configuration: hall.configuration, topology: topology, queue: queue, prefetch: 1000, logger: quiet
        ) { [heard, own] deliveries in
            heard.add(deliveries)
            own.all.first?.acknowledge(deliveries.map(\.tag))
        }
        own.add([consumer])
    }

    func run() async throws { try await consumer.run() }
    func waitUntilConnected() async throws { try await consumer.waitUntilConnected() }

    var ids: [String] { heard.all.map { $0.properties.messageID ?? "" } }
}
