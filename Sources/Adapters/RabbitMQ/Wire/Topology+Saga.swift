public import RabbitMQ
public import SagaWire

private typealias Wire = SagaWire.Topology

/// The protocol's exchanges and queues, declared alike by the engine and by every participant: whoever
/// starts first makes them, and the same declaration again changes nothing.
extension RabbitMQ.Topology {
    /// The exchanges that all share, and the queue of dead letters.
    ///
    /// No queue is bound to the alternate exchange of the commands: a command that nobody takes then
    /// comes back to the engine at once. Somebody who binds one gets these commands instead.
    public static var saga: RabbitMQ.Topology {
        RabbitMQ.Topology(
            exchanges: [
                .init(Wire.Exchange.unroutable, .fanout),
                .init(Wire.Exchange.commands, .topic, alternate: Wire.Exchange.unroutable),
                .init(Wire.Exchange.replies, .direct),
                .init(Wire.Exchange.events, .topic),
                .init(Wire.Exchange.deadLetters, .fanout),
            ],
            queues: [.init(Wire.Queue.dead, .quorum)],
            bindings: [.init(exchange: Wire.Exchange.deadLetters, queue: Wire.Queue.dead)])
    }

    /// What the engine declares: the above, and where replies wait.
    ///
    /// - Parameter events: the exchange of the domain events, where it is called otherwise.
    public static func engine(
        _ kind: RabbitMQ.Topology.Queue.Kind, events: String = SagaWire.Topology.Exchange.events
    ) -> RabbitMQ.Topology {
        var topology = saga
        for index in topology.exchanges.indices where topology.exchanges[index].name == Wire.Exchange.events {
            topology.exchanges[index].name = events
        }
        topology.queues.append(.init(Wire.Queue.replies, kind, deadLetterExchange: Wire.Exchange.deadLetters))
        topology.bindings.append(
            .init(exchange: Wire.Exchange.replies, queue: Wire.Queue.replies, routingKey: Wire.Queue.replies))
        return topology
    }

    /// What a participant declares: the shared ones, where its commands wait, and where the events wait
    /// that it listens to.
    public static func participant(
        _ name: String, _ kind: RabbitMQ.Topology.Queue.Kind, events: [String] = []
    ) -> RabbitMQ.Topology {
        var topology = saga
        let commands = Wire.Queue.commands(of: name)
        topology.queues.append(.init(commands, kind, deadLetterExchange: Wire.Exchange.deadLetters))
        topology.bindings.append(
            .init(
                exchange: Wire.Exchange.commands, queue: commands, routingKey: Wire.BindingKey.commands(of: name)))
        if !events.isEmpty {
            let queue = eventQueue(of: name)
            topology.queues.append(.init(queue, kind, deadLetterExchange: Wire.Exchange.deadLetters))
            topology.bindings += events.map {
                .init(exchange: Wire.Exchange.events, queue: queue, routingKey: $0)
            }
        }
        return topology
    }

    /// Where the events wait that workflows listen for, shared by all nodes; a binding for each name.
    public static func engineEvents(
        _ kind: RabbitMQ.Topology.Queue.Kind, exchange: String, names: Set<String>
    ) -> RabbitMQ.Topology {
        var topology = engine(kind, events: exchange)
        topology.queues.append(.init(Wire.Queue.events, kind, deadLetterExchange: Wire.Exchange.deadLetters))
        topology.bindings += names.sorted().map {
            .init(exchange: exchange, queue: Wire.Queue.events, routingKey: $0)
        }
        return topology
    }

    /// Where the domain events wait that a participant listens to.
    public static func eventQueue(of participant: String) -> String { "\(participant).events" }
}
