internal import Logging
internal import RabbitMQ
internal import ServiceLifecycle

/// From one queue of the broker to its workers, and back: deliveries in, replies out, acknowledgements last.
struct Line: Sendable {
    private let consumer: RabbitMQConsumer
    private let queue: WorkQueue<String, Delivery>
    /// Deliveries that came after the end of the intake.
    private let late: Gatherer<DeliveryTag>
    let replies: Replies

    init(
        _ broker: RabbitMQConfiguration, topology: RabbitMQ.Topology, queue name: String, prefetch: Int, tag: String,
        publisher: RabbitMQPublisher, logger: Logger, key: @escaping @Sendable (Delivery) -> String
    ) {
        let queue = WorkQueue<String, Delivery>()
        let late = Gatherer<DeliveryTag>(limit: prefetch)
        let consumer = RabbitMQConsumer(
            configuration: broker, topology: topology, queue: name, prefetch: prefetch, consumerTag: tag, logger: logger
        ) { deliveries in
            for delivery in deliveries
            where !queue.add(delivery, key: key(delivery), generation: delivery.tag.generation) {
                late.add(delivery.tag)
            }
        }
        self.queue = queue
        self.late = late
        self.consumer = consumer
        self.replies = Replies(
            publisher: publisher, logger: logger, acknowledge: { consumer.acknowledge($0) },
            reject: { consumer.reject($0, requeue: false) })
    }

    func acknowledge(_ tags: [DeliveryTag]) { consumer.acknowledge(tags) }

    /// Undone work goes back to the queue, for another worker.
    func giveBack(_ tags: [DeliveryTag]) { consumer.reject(tags, requeue: true) }

    /// Runs until a graceful shutdown, after which what was begun is finished and answered, or until the
    /// task is cancelled. `handle` settles the delivery it is given, by a reply or one of the calls above.
    func run(workers: Int, _ handle: @escaping @Sendable (Delivery) async -> Void) async throws {
        try await withTaskCancellationOrGracefulShutdownHandler {
            try await withThrowingTaskGroup { group in
                group.addTask {
                    defer { close() }
                    try await consumer.run()
                }
                group.addTask {
                    await work(workers, handle)
                    replies.close()
                }
                group.addTask { await replies.run() }
                group.addTask { while let tags = await late.next() { giveBack(tags) } }
                try await group.waitForAll()
            }
        } onCancelOrGracefulShutdown: {
            consumer.stopIntake()
            giveBack(queue.close().map(\.tag))
        }
    }

    private func work(_ workers: Int, _ handle: @escaping @Sendable (Delivery) async -> Void) async {
        await withDiscardingTaskGroup { group in
            for _ in 0..<workers {
                group.addTask {
                    while let (key, delivery) = await queue.next() {
                        await handle(delivery)
                        queue.finished(key)
                    }
                }
            }
        }
    }

    /// The consumer has ended: nothing can be acknowledged any more.
    private func close() {
        _ = queue.close()
        late.close()
    }
}
