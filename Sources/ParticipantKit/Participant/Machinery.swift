internal import Logging
internal import Postgres
internal import RabbitMQ
internal import RabbitMQWire
internal import SagaWire
internal import ServiceLifecycle

/// What a participant is made of, as its parts need it.
struct ParticipantParts: Sendable {
    let name: String
    let pool: PostgresPool
    let broker: RabbitMQConfiguration
    let configuration: ParticipantConfiguration
    let actions: ActionTable
    let subscriptions: [Subscription]
    let interceptors: [any ActionInterceptor]
    let tally: Tally
    let logger: Logger
}

/// One run of a participant: its parts, wired, and the order in which they stop.
struct Machinery: Sendable {
    private let services: [any Service]
    private let stopTimeout: Duration

    init(_ parts: ParticipantParts) {
        let (name, logger, configuration) = (parts.name, parts.logger, parts.configuration)
        let topology = RabbitMQ.Topology.participant(
            name, configuration.usesQuorumQueues ? .quorum : .classic, events: parts.subscriptions.map(\.event))
        let publisher = RabbitMQPublisher(
            configuration: parts.connection("replies", drain: .seconds(1)), topology: topology, logger: logger)
        let relay =
            configuration.relaysOutbox
            ? OutboxRelay(
                pool: parts.pool, publisher: publisher, interval: configuration.outboxInterval, logger: logger) : nil
        // In the order of starting; stopping goes the other way, so that replies can leave to the last.
        var services: [any Service] = [publisher, Self.commands(parts, topology, publisher, relay)]
        if !parts.subscriptions.isEmpty { services.append(Self.events(parts, topology, publisher)) }
        if let relay { services.append(Part { await relay.run() }) }
        let cleaner = Cleaner(pool: parts.pool, retention: configuration.retention, logger: logger)
        services.append(Part { await cancelWhenGracefulShutdown { await cleaner.run() } })
        self.services = services
        stopTimeout = configuration.stopTimeout
    }

    private static func commands(
        _ parts: ParticipantParts, _ topology: RabbitMQ.Topology, _ publisher: RabbitMQPublisher, _ relay: OutboxRelay?
    ) -> Part {
        let (name, logger, configuration) = (parts.name, parts.logger, parts.configuration)
        let line = Line(
            parts.connection("commands", drain: parts.drainTimeout), topology: topology,
            queue: SagaWire.Topology.Queue.commands(of: name), prefetch: configuration.prefetch, tag: name,
            publisher: publisher, logger: logger, key: CommandDesk.key)
        let runner = CommandRunner(
            participant: name, pool: parts.pool, actions: parts.actions, interceptors: parts.interceptors,
            limits: configuration.limits, retention: configuration.retention, logger: logger,
            announce: { outcome, command in
                let reply = command.reply(outcome, from: name)
                guard let wire = try? reply.wireMessage(to: command.message.replyTo) else { return }
                line.replies.send(wire.outgoing)
            },
            eventsCommitted: { relay?.wake() })
        let desk = CommandDesk(
            participant: name, runner: runner, line: line,
            suspects: Suspects(pool: parts.pool, limit: configuration.maximumTries), tally: parts.tally, logger: logger)
        return Part { try await line.run(workers: configuration.concurrency) { await desk.handle($0) } }
    }

    private static func events(
        _ parts: ParticipantParts, _ topology: RabbitMQ.Topology, _ publisher: RabbitMQPublisher
    ) -> Part {
        let line = Line(
            parts.connection("events", drain: parts.drainTimeout), topology: topology,
            queue: RabbitMQ.Topology.eventQueue(of: parts.name), prefetch: 32, tag: parts.name,
            publisher: publisher, logger: parts.logger, key: { _ in "" })
        let desk = EventDesk(
            participant: parts.name, pool: parts.pool,
            subscriptions: Dictionary(parts.subscriptions.map { ($0.event, $0) }) { _, last in last },
            limits: parts.configuration.limits, maximumTries: parts.configuration.maximumEventTries, line: line,
            // Participants that share a database hear of an event under the same id.
            suspects: Suspects(
                pool: parts.pool, scope: "\(parts.name)/", limit: parts.configuration.maximumTries),
            tally: parts.tally, logger: parts.logger)
        return Part { try await line.run(workers: 1) { await desk.handle($0) } }
    }

    func run() async throws {
        // Its own group: a part is stopped only when those that need it have ended.
        var quiet = Logger(label: "saga.participant.parts")
        quiet.logLevel = .critical
        var configuration = ServiceGroupConfiguration(services: services, logger: quiet)
        configuration.maximumGracefulShutdownDuration = stopTimeout
        try await ServiceGroup(configuration: configuration).run()
    }
}

extension ParticipantParts {
    /// A second less than the whole stop may take, for what comes after it.
    var drainTimeout: Duration { max(.zero, configuration.stopTimeout - .seconds(1)) }

    func connection(_ purpose: String, drain: Duration) -> RabbitMQConfiguration {
        var broker = broker
        broker.connectionName = "\(name) \(purpose)"
        broker.drainTimeout = drain
        return broker
    }
}

/// A function that is a service.
private struct Part: Service {
    let body: @Sendable () async throws -> Void

    init(_ body: @escaping @Sendable () async throws -> Void) {
        self.body = body
    }

    func run() async throws { try await body() }
}
