/// The exchanges, queues and bindings that must exist; declared at each connect, which changes nothing if they do.
public struct Topology: Sendable {
    public var exchanges: [Exchange]
    public var queues: [Queue]
    public var bindings: [Binding]

    public init(exchanges: [Exchange] = [], queues: [Queue] = [], bindings: [Binding] = []) {
        self.exchanges = exchanges
        self.queues = queues
        self.bindings = bindings
    }

    public struct Exchange: Sendable {
        public enum Kind: String, Sendable {
            case direct, topic, fanout, headers
        }

        public var name: String
        public var kind: Kind
        public var durable: Bool
        public var autoDelete: Bool
        /// The exchange that gets what no binding of this one takes.
        public var alternate: String?
        public var arguments: [(String, FieldValue)]

        public init(
            _ name: String,
            _ kind: Kind,
            durable: Bool = true,
            autoDelete: Bool = false,
            alternate: String? = nil,
            arguments: [(String, FieldValue)] = []
        ) {
            self.name = name
            self.kind = kind
            self.durable = durable
            self.autoDelete = autoDelete
            self.alternate = alternate
            self.arguments = arguments
        }
    }

    public struct Queue: Sendable {
        public enum Kind: String, Sendable {
            /// Replicated and safe; always durable.
            case quorum
            /// Lower latency on a single node.
            case classic
        }

        public var name: String
        public var kind: Kind
        public var durable: Bool
        public var exclusive: Bool
        public var autoDelete: Bool
        /// Where rejected and expired messages go; nil lets them vanish.
        public var deadLetterExchange: String?
        /// Nil keeps a message's own key.
        public var deadLetterRoutingKey: String?
        public var arguments: [(String, FieldValue)]

        public init(
            _ name: String,
            _ kind: Kind = .quorum,
            durable: Bool = true,
            exclusive: Bool = false,
            autoDelete: Bool = false,
            deadLetterExchange: String? = nil,
            deadLetterRoutingKey: String? = nil,
            arguments: [(String, FieldValue)] = []
        ) {
            self.name = name
            self.kind = kind
            self.durable = durable
            self.exclusive = exclusive
            self.autoDelete = autoDelete
            self.deadLetterExchange = deadLetterExchange
            self.deadLetterRoutingKey = deadLetterRoutingKey
            self.arguments = arguments
        }
    }

    public struct Binding: Sendable {
        public enum Destination: Sendable, Hashable {
            case queue(String)
            case exchange(String)
        }

        public var exchange: String
        public var destination: Destination
        public var routingKey: String
        public var arguments: [(String, FieldValue)]

        public init(
            exchange: String,
            to destination: Destination,
            routingKey: String = "",
            arguments: [(String, FieldValue)] = []
        ) {
            self.exchange = exchange
            self.destination = destination
            self.routingKey = routingKey
            self.arguments = arguments
        }

        public init(exchange: String, queue: String, routingKey: String = "", arguments: [(String, FieldValue)] = []) {
            self.init(exchange: exchange, to: .queue(queue), routingKey: routingKey, arguments: arguments)
        }
    }
}

extension Topology.Queue {
    /// All arguments as the broker knows them.
    var declaredArguments: [(String, FieldValue)] {
        var all: [(String, FieldValue)] = [("x-queue-type", .string(kind.rawValue))]
        if let deadLetterExchange { all.append(("x-dead-letter-exchange", .string(deadLetterExchange))) }
        if let deadLetterRoutingKey { all.append(("x-dead-letter-routing-key", .string(deadLetterRoutingKey))) }
        return all + arguments
    }
}

extension Topology.Exchange {
    var declaredArguments: [(String, FieldValue)] {
        (alternate.map { [("alternate-exchange", FieldValue.string($0))] } ?? []) + arguments
    }
}
