public import Logging
public import RabbitMQ
internal import RabbitMQWire
public import SagaEngine
internal import SagaValues
public import SagaWire
internal import Synchronization

/// The engine's way to the participants over RabbitMQ.
///
/// Commands go out on one connection and replies come in on another, so that a broker that holds back
/// publishers does not hold back replies.
public final class RabbitMQBus: CommandBus {
    /// Run it for as long as the engine runs, and stop it after the engine.
    public let publisher: RabbitMQPublisher
    let log: Logger
    let applicationID: String
    let inspector: RabbitMQInspector
    private let link = Mutex<RabbitMQConsumer?>(nil)
    /// What brings the dead letters in.
    let deadLetterLink = Mutex<RabbitMQConsumer?>(nil)
    /// What brings the events in.
    let events: EventIntake
    let eventsExchange: String
    let confirmTimeout: Duration
    /// Unreadable messages on their way to the dead letters.
    private let lettersUnderWay = Mutex(0)
    /// More than these, or longer, and the broker itself moves them.
    private static let letterLimit = 100
    private static let letterTimeout = Duration.seconds(5)

    /// - Parameters:
    ///   - applicationID: the `app_id` of every command and event: which node sent it.
    ///   - eventsExchange: the topic exchange of the platform's domain events.
    public init(
        configuration: RabbitMQConfiguration, queues: RabbitMQ.Topology.Queue.Kind, applicationID: String,
        eventsExchange: String = SagaWire.Topology.Exchange.events, logger: Logger
    ) {
        self.eventsExchange = eventsExchange
        self.events = EventIntake(exchange: eventsExchange)
        self.log = logger
        self.confirmTimeout = configuration.confirmTimeout
        self.applicationID = String(applicationID.prefix(200))
        var named = configuration
        named.connectionName = "\(configuration.connectionName) queues"
        self.inspector = RabbitMQInspector(configuration: named)
        named.connectionName = "\(configuration.connectionName) commands"
        self.publisher = RabbitMQPublisher(
            configuration: named, topology: .engine(queues, events: eventsExchange), logger: logger)
    }

    /// What brings the replies in. Run it beside the engine, and stop it before the engine.
    ///
    /// - Parameters:
    ///   - prefetch: how many replies may be on their way through the engine: its back-pressure.
    ///   - receiver: takes replies in at once, as ``Engine/receive(_:)`` does.
    public func consumer(
        configuration: RabbitMQConfiguration, queues: RabbitMQ.Topology.Queue.Kind, prefetch: Int,
        receiver: @escaping @Sendable ([IncomingReply]) -> Void
    ) -> RabbitMQConsumer {
        var named = configuration
        named.connectionName = "\(configuration.connectionName) replies"
        let consumer = RabbitMQConsumer(
            configuration: named, topology: .engine(queues, events: eventsExchange),
            queue: SagaWire.Topology.Queue.replies,
            prefetch: prefetch, consumerTag: "saga-engine", logger: log
        ) { deliveries in
            self.take(deliveries, receiver)
        }
        link.withLock { $0 = consumer }
        return consumer
    }

    // MARK: Commands

    public func send(_ commands: [Command]) async -> [SendOutcome] {
        var outcomes = [SendOutcome](repeating: .unconfirmed, count: commands.count)
        var messages: [OutgoingMessage] = []
        var indices: [Int] = []
        messages.reserveCapacity(commands.count)
        for (index, command) in commands.enumerated() {
            do throws(Unsendable) {
                messages.append(try wireMessage(for: command).outgoing)
                indices.append(index)
            } catch {
                outcomes[index] = error.outcome
                log.error(
                    "a command cannot be sent",
                    metadata: ["command": "\(command.id)", "outcome": "\(error.outcome)"])
            }
        }
        for (index, outcome) in zip(indices, await publisher.publish(messages, within: confirmTimeout)) {
            switch outcome {
            case .confirmed: outcomes[index] = .confirmed
            case .returned: outcomes[index] = .unroutable
            // Not even the next connection could carry it.
            case .notSent(let error) where error.code == .invalidMessage:
                outcomes[index] = .invalid(reason: error.message)
            case .nacked, .notSent: outcomes[index] = .unconfirmed
            }
        }
        return outcomes
    }

    public func waitUntilReady() async {
        while !Task.isCancelled {
            do throws(RabbitMQError) {
                return try await publisher.waitUntilConnected(orBlocked: false)
            } catch {
                // The publisher goes on trying and has said what is wrong; it may be mended meanwhile.
                try? await Task.sleep(for: .seconds(1))
            }
        }
    }

    // MARK: Replies

    public func acknowledge(_ receipts: [ReplyReceipt]) {
        guard !receipts.isEmpty else { return }
        link.withLock { $0 }?.acknowledge(receipts.map(\.deliveryTag))
    }

    public func quarantine(_ reply: IncomingReply, reason: String) {
        log.warning(
            "a reply means nothing here and is put among the dead letters",
            metadata: ["command": "\(reply.id)", "reason": "\(reason)"])
        // Rejected without requeueing, the broker itself moves it to the dead letters.
        link.withLock { $0 }?.reject([reply.receipt.deliveryTag], requeue: false)
    }

    /// Never waits: whatever becomes of bad messages, the good ones go on.
    private func take(_ deliveries: [Delivery], _ receiver: ([IncomingReply]) -> Void) {
        var replies: [IncomingReply] = []
        replies.reserveCapacity(deliveries.count)
        var unreadable: [(Delivery, DeadReason)] = []
        for delivery in deliveries {
            do throws(WireError) {
                replies.append(
                    IncomingReply(try ReplyMessage(delivery.wireMessage), receipt: ReplyReceipt(delivery.tag)))
            } catch {
                unreadable.append((delivery, DeadReason(error)))
            }
        }
        receiver(replies)
        for (delivery, reason) in unreadable { putAside(delivery, reason) }
    }

    /// Moves what cannot be understood to the dead letters, with the reason; it is acknowledged once it is there.
    private func putAside(_ delivery: Delivery, _ reason: DeadReason) {
        log.warning(
            "a message among the replies cannot be understood and is put among the dead letters",
            metadata: ["reason": "\(reason.code)", "detail": "\(reason.detail)"])
        guard publisher.state == .connected else { return leaveToBroker(delivery) }
        let mayTry = lettersUnderWay.withLock { count in
            guard count < Self.letterLimit else { return false }
            count += 1
            return true
        }
        guard mayTry else { return leaveToBroker(delivery) }
        // Its own task, and a short one: the next replies do not wait for the broker to take a dead letter.
        Task {
            let outcome = await publisher.publish([delivery.deadLetter(reason)], within: Self.letterTimeout).first
            lettersUnderWay.withLock { $0 -= 1 }
            switch outcome {
            case .confirmed: acknowledge([ReplyReceipt(delivery.tag)])
            case .returned, .nacked, .notSent, nil: leaveToBroker(delivery)
            }
        }
    }

    /// The broker moves it to the dead letters by itself, without the reason.
    private func leaveToBroker(_ delivery: Delivery) {
        link.withLock { $0 }?.reject([delivery.tag], requeue: false)
    }
}

extension ReplyReceipt {
    fileprivate init(_ tag: DeliveryTag) {
        self.init(generation: tag.generation, tag: tag.number)
    }

    fileprivate var deliveryTag: DeliveryTag { DeliveryTag(generation: generation, number: tag) }
}
