public import RabbitMQ
internal import RabbitMQWire
public import SagaEngine
internal import SagaWire
internal import Synchronization

extension RabbitMQBus {
    /// What brings in the dead letters, for people to see. All nodes share them. Run it beside the engine, and stop it
    /// before the engine.
    ///
    /// - Parameter receiver: says of each letter whether it is kept, as ``Engine/receive(_:)`` does; those are taken off
    ///   the broker. It may take as long as it likes: the broker holds the others.
    public func deadLetterConsumer(
        configuration: RabbitMQConfiguration, queues: RabbitMQ.Topology.Queue.Kind,
        receiver: @escaping @Sendable ([NewDeadLetter]) async -> [Bool]
    ) -> RabbitMQConsumer {
        var named = configuration
        named.connectionName = "\(configuration.connectionName) dead letters"
        let consumer = RabbitMQConsumer(
            configuration: named, topology: .engine(queues, events: eventsExchange),
            queue: SagaWire.Topology.Queue.dead,
            // Few: each may be as large as the broker lets it be.
            prefetch: 10, consumerTag: "saga-engine", logger: log
        ) { deliveries in
            let kept = await receiver(deliveries.map { DeadMessage.letter($0) })
            let tags = zip(deliveries, kept).filter(\.1).map(\.0.tag)
            self.deadLetterLink.withLock { $0 }?.acknowledge(tags)
        }
        deadLetterLink.withLock { $0 = consumer }
        return consumer
    }

    /// To the exchanges of the protocol only: what a dead letter says of itself must not lead anywhere else.
    public func putBack(_ letter: DeadLetterContent, isRehearsal: Bool) async -> SendOutcome {
        guard letter.isWhole, let message = DeadMessage(kept: letter.properties) else {
            return .invalid(reason: "it is too large, or its headers too strange, to have been kept as it was")
        }
        let places = [SagaWire.Topology.Exchange.commands, SagaWire.Topology.Exchange.replies, eventsExchange]
        guard let exchange = message.exchange, let key = message.routingKey else {
            return .invalid(reason: "nothing in it says where it was meant for")
        }
        guard places.contains(exchange) else {
            return .invalid(
                reason: "it was published to the exchange '\(exchange)', and only what was meant for "
                    + "\(places.joined(separator: ", ")) can be put back")
        }
        guard !isRehearsal else { return .confirmed }
        let outgoing = OutgoingMessage(
            exchange: exchange, routingKey: key, properties: message.properties, body: letter.body)
        switch await publisher.publish([outgoing], within: confirmTimeout).first {
        case .confirmed: return .confirmed
        case .returned: return .unroutable
        case .notSent(let error) where error.code == .invalidMessage: return .invalid(reason: error.message)
        case .nacked, .notSent, nil: return .unconfirmed
        }
    }
}
