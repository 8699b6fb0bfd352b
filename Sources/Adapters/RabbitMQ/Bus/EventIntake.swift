internal import Logging
internal import RabbitMQ
internal import RabbitMQWire
internal import SagaEngine
internal import SagaWire
public import ServiceLifecycle
internal import Synchronization

/// Brings in the events of the names that it was told, on a connection of its own.
///
/// Bindings are declared when a connection begins. So a new name, which comes with the deployment of a workflow, ends
/// the connection in good order and begins another; what was on its way then is delivered again.
public final class EventIntake: Service {
    struct Settings: Sendable {
        let configuration: RabbitMQConfiguration
        let queues: RabbitMQ.Topology.Queue.Kind
        let prefetch: Int
        let logger: Logger
        let receiver: @Sendable ([IncomingEvent]) async -> Void
    }

    private struct State {
        var settings: Settings?
        var names: Set<String> = []
        /// What the connection at hand was begun with.
        var bound: Set<String> = []
        /// The one at hand, and before it the one that ends, as long as it waits for answers.
        var consumers: [RabbitMQConsumer] = []
    }

    private let exchange: String
    private let state = Mutex(State())
    private let changes: AsyncStream<Void>
    private let changed: AsyncStream<Void>.Continuation

    init(exchange: String) {
        self.exchange = exchange
        (changes, changed) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    func begin(_ settings: Settings) {
        state.withLock { $0.settings = settings }
        changed.yield()
    }

    /// Sees to it that the events of these names come in too.
    func add(_ names: Set<String>) {
        let isNew = state.withLock { state in
            defer { state.names.formUnion(names) }
            return !names.isSubset(of: state.names)
        }
        if isNew { changed.yield() }
    }

    /// Tells the broker what became of deliveries. Only the consumer that a tag is of takes note of it.
    func settle(_ tags: [DeliveryTag], _ answer: (RabbitMQConsumer, [DeliveryTag]) -> Void) {
        guard !tags.isEmpty else { return }
        for consumer in state.withLock({ $0.consumers }) { answer(consumer, tags) }
    }

    /// Serves until a graceful shutdown or until its task is cancelled. Call it once.
    public func run() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for await _ in changes.cancelOnGracefulShutdown() {
                guard let next = next() else { continue }
                // The one before has handed in its answers when this returns.
                next.former?.stopIntake()
                try await group.waitForAll()
                state.withLock { $0.consumers = [next.consumer] }
                group.addTask { try await next.consumer.run() }
                // A consumer can be told to stop only once it runs.
                try? await next.consumer.waitUntilConnected(within: .seconds(5))
            }
            // Each consumer hears of the shutdown itself.
            try await group.waitForAll()
        }
    }

    /// The consumer to begin now, and the one to end before; nil if the one at hand has all names.
    private func next() -> (former: RabbitMQConsumer?, consumer: RabbitMQConsumer)? {
        state.withLock { state in
            guard let settings = state.settings, state.names != state.bound else { return nil }
            let former = state.consumers.last
            let consumer = RabbitMQConsumer(
                configuration: settings.configuration,
                topology: .engineEvents(settings.queues, exchange: exchange, names: state.names),
                queue: SagaWire.Topology.Queue.events, prefetch: settings.prefetch, consumerTag: "saga-engine",
                logger: settings.logger
            ) { deliveries in
                await settings.receiver(deliveries.map { IncomingEvent($0) })
            }
            state.bound = state.names
            state.consumers.append(consumer)
            return (former, consumer)
        }
    }
}
