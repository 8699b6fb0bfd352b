public import Logging
public import Postgres
public import RabbitMQ
internal import SagaValues
public import ServiceLifecycle

/// A service that takes part in sagas: it carries out commands in its own database, each at most once.
///
/// ```swift
/// let billing = try Participant("billing", database: pool, broker: rabbitMQ, actions: [
///     .do("create-order") { (input: CreateOrder, context) in
///         try await context.transaction.execute(insertOrder, [.uuid(input.userId)])
///         try context.emit("order.created", about: id, ["orderId": "\(id)"])
///         return OrderCreated(orderId: id)
///     },
///     .undo("cancel-order") { (input: CreateOrder, order: OrderCreated, context) in … },
/// ])
/// try await ServiceGroup(services: [billing], gracefulShutdownSignals: [.sigterm], logger: logger).run()
/// ```
///
/// Each handler runs in one transaction with the barrier, the kit's record of what was asked and
/// answered: duplicates get the stored answer, an undo without its do does nothing, a do after its undo
/// is refused. The reply leaves after the commit, and the command is acknowledged after the broker has
/// confirmed the reply, so a crash at any line loses nothing and does nothing twice.
public final class Participant: Service {
    public let name: String
    private let pool: PostgresPool
    private let broker: RabbitMQConfiguration
    private let configuration: ParticipantConfiguration
    private let actions: ActionTable
    private let subscriptions: [Subscription]
    private let interceptors: [any ActionInterceptor]
    private let logger: Logger
    private let tally = Tally()

    /// - Parameters:
    ///   - name: the part before the dot in the workflows' actions; also its queue, `<name>.commands`.
    ///   - pool: of the service's own database, where the kit makes its tables `saga_…`. Give it at least
    ///     as many connections as ``ParticipantConfiguration/concurrency``.
    ///   - subscriptions: domain events to take in, from the queue `<name>.events`.
    /// - Throws: ``ParticipantError/Code/invalidDeclaration`` for a bad name or one registered twice.
    public init(
        _ name: String,
        database pool: PostgresPool,
        broker: RabbitMQConfiguration,
        configuration: ParticipantConfiguration = ParticipantConfiguration(),
        actions: [Action],
        subscriptions: [Subscription] = [],
        interceptors: [any ActionInterceptor] = [],
        logger: Logger = Logger(label: "saga.participant")
    ) throws(ParticipantError) {
        // It stands in queue names, routing keys and workflows' actions, which have the rule of steps.
        guard CommandID.isStepName(name) else {
            throw ParticipantError(
                .invalidDeclaration,
                "\"\(name)\" cannot name a participant: lower case letters, digits and -, a letter first, at most 63"
            )
        }
        guard configuration.concurrency > 0, (1...65_535).contains(configuration.prefetch) else {
            throw ParticipantError(.invalidDeclaration, "concurrency is at least 1, prefetch 1 to 65,535")
        }
        guard configuration.maximumTries > 0, configuration.maximumEventTries > 0 else {
            throw ParticipantError(.invalidDeclaration, "maximumTries and maximumEventTries are at least 1")
        }
        self.name = name
        self.pool = pool
        self.broker = broker
        self.configuration = configuration
        self.actions = try ActionTable(actions)
        self.subscriptions = subscriptions
        self.interceptors = interceptors
        var logger = logger
        logger[metadataKey: "participant"] = "\(name)"
        self.logger = logger
    }

    public var statistics: ParticipantStatistics { tally.statistics }

    /// Makes the kit's tables if need be, and then serves until a graceful shutdown, which lets running
    /// handlers finish within ``ParticipantConfiguration/stopTimeout``, or until its task is cancelled,
    /// which rolls them back. Call it once.
    ///
    /// Database and broker may be away, at the start and later: it waits for them.
    public func run() async throws {
        do {
            try await ParticipantTables.migrate(pool, logger: logger)
        } catch is CancellationError where Task.isShuttingDownGracefully {
            return logger.info("participant stopped before its database was there")
        }
        let parts = ParticipantParts(
            name: name, pool: pool, broker: broker, configuration: configuration, actions: actions,
            subscriptions: subscriptions, interceptors: interceptors, tally: tally, logger: logger)
        logger.info("participant started")
        try await Machinery(parts).run()
        logger.info("participant stopped")
    }
}
