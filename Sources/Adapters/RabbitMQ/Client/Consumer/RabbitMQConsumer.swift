public import Logging
public import ServiceLifecycle

/// Consumes one queue on a connection of its own, in natural batches: all that arrived while the handler was busy.
///
/// The handler's return only makes room for the next batch. Each delivery must be answered with ``acknowledge(_:)`` or
/// ``reject(_:requeue:)``, in any order and from anywhere; the number without an answer is bounded by the prefetch, and
/// that is the back-pressure. A delivery without an answer comes again when the connection ends.
public final class RabbitMQConsumer: Service {
    private let loop: ConsumerLoop
    private let cell: StateCell
    private let counters = Counters.Published()
    private let mailbox = Mailbox<ConsumerLoop.Letter>()
    private let drainTimeout: Duration
    private let handler: @Sendable ([Delivery]) async -> Void

    /// - Parameters:
    ///   - queue: declared by `topology`, or by somebody else before.
    ///   - prefetch: the most deliveries without an answer, 1 to 65,535.
    ///   - consumerTag: what operators see; unique on the connection.
    ///   - largestBatch: the most deliveries that the handler gets at once.
    ///   - onStateChange: called on the connection's thread; it must return at once.
    ///   - handler: is never called twice at once.
    public init(
        configuration: RabbitMQConfiguration,
        topology: Topology = Topology(),
        queue: String,
        prefetch: Int,
        consumerTag: String = "saga",
        largestBatch: Int = 1000,
        logger: Logger,
        onStateChange: @escaping @Sendable (RabbitMQState) -> Void = { _ in },
        handler: @escaping @Sendable ([Delivery]) async -> Void
    ) {
        precondition((1...65_535).contains(prefetch), "prefetch must be 1 to 65,535: 0 would mean no back-pressure")
        precondition(largestBatch > 0 && consumerTag.utf8.count <= Arena.shortTextLimit)
        var logger = logger
        logger[metadataKey: "connection"] = "\(configuration.connectionName)"
        logger[metadataKey: "queue"] = "\(queue)"
        drainTimeout = configuration.drainTimeout
        self.handler = handler
        cell = StateCell(onChange: onStateChange)
        loop = ConsumerLoop(
            settings: ConsumerSettings(
                configuration: configuration,
                topology: topology,
                queue: queue,
                prefetch: prefetch,
                consumerTag: consumerTag,
                largestBatch: largestBatch
            ),
            logger: logger,
            state: cell,
            counters: counters,
            mailbox: mailbox
        )
    }

    public var state: RabbitMQState { cell.state }
    public var statistics: RabbitMQStatistics { counters.values }

    /// Serves until a graceful shutdown or ``stopIntake()``, or until its task is cancelled. Call it once.
    ///
    /// A graceful end takes no more deliveries, lets the handler finish, waits until everything handed over is answered
    /// (up to ``RabbitMQConfiguration/drainTimeout``) and sends those answers. A cancellation waits for the handler only.
    public func run() async throws {
        mailbox.open()
        await withTaskCancellationHandler {
            await withGracefulShutdownHandler {
                await loop.run(handler)
            } onGracefulShutdown: {
                self.stopIntake()
            }
        } onCancel: {
            mailbox.post(.stop(within: .zero))
        }
    }

    /// Begins the graceful end of ``run()``.
    public func stopIntake() {
        mailbox.post(.stop(within: drainTimeout))
    }

    /// Tells the broker that these deliveries are done with.
    ///
    /// Tags of an earlier connection and tags that were answered before are ignored.
    public func acknowledge(_ tags: [DeliveryTag]) {
        mailbox.post(.settle(tags, .acknowledge))
    }

    /// Gives deliveries back: to the queue, or to its dead-letter exchange (nowhere when it has none).
    public func reject(_ tags: [DeliveryTag], requeue: Bool) {
        mailbox.post(.settle(tags, .reject(requeue: requeue)))
    }

    /// Returns once the queue is being consumed; throws like ``RabbitMQPublisher/waitUntilConnected(within:)``.
    public func waitUntilConnected(within limit: Duration = .seconds(30)) async throws(RabbitMQError) {
        try await cell.waitUntilConnected(within: limit)
    }
}
