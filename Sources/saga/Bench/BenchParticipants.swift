internal import Logging
internal import RabbitMQ
internal import RabbitMQWire
internal import SagaValues
internal import SagaWire
internal import ServiceLifecycle
internal import UnixSignals

/// Participants that do nothing but answer, so that what is measured is the engine and its servers.
///
/// They keep the rules of real ones: a command is acknowledged only once its reply is confirmed.
struct BenchParticipants {
    static let names = ["one", "two", "three"]

    let broker: RabbitMQConfiguration
    let log: Logger

    func run() async throws {
        var named = broker
        named.connectionName = "bench replies"
        let publisher = RabbitMQPublisher(configuration: named, topology: .saga, logger: log)
        var services: [any Service] = [publisher]
        for name in BenchParticipants.names {
            services.append(consumer(for: name, publisher))
        }
        try await ServiceGroup(services: services, gracefulShutdownSignals: [.sigterm, .sigint], logger: log).run()
    }

    private func consumer(for name: String, _ publisher: RabbitMQPublisher) -> RabbitMQConsumer {
        var named = broker
        named.connectionName = "bench \(name)"
        let link = Link()
        let consumer = RabbitMQConsumer(
            configuration: named, topology: .participant(name, .quorum), queue: "\(name).commands", prefetch: 4_000,
            logger: log
        ) { deliveries in
            // The next batch is taken while this one's replies are on their way.
            Task { await answer(deliveries, publisher, link) }
        }
        link.consumer = consumer
        return consumer
    }

    private func answer(_ deliveries: [Delivery], _ publisher: RabbitMQPublisher, _ link: Link) async {
        var replies: [OutgoingMessage] = []
        var tags: [DeliveryTag] = []
        for delivery in deliveries {
            guard let command = try? CommandMessage(delivery.wireMessage) else { continue }
            if let times = command.body.json["working"]?.int64Value, times > 0, command.id.direction == .do {
                Task { await work(times, command, delivery, publisher, link) }
                continue
            }
            guard
                let reply = try? reply(to: command).wireMessage(to: command.replyTo)
            else { continue }
            replies.append(reply.outgoing)
            tags.append(delivery.tag)
        }
        let outcomes = await publisher.publish(replies)
        link.consumer?.acknowledge(zip(tags, outcomes).filter { $0.1 == .confirmed }.map(\.0))
    }

    /// Says so many times that it is still at it, and then that it is done: each only once the one before is confirmed,
    /// so that they reach the engine one by one.
    private func work(
        _ times: Int64, _ command: CommandMessage, _ delivery: Delivery, _ publisher: RabbitMQPublisher, _ link: Link
    ) async {
        for number in 0...times {
            let answer = ReplyMessage(
                command: command.id, messageID: "\(command.id)/\(command.attempt)/\(number)", attempt: command.attempt,
                outcome: number < times ? .working(nil) : .done(Payload(["ok": true])))
            guard let message = try? answer.wireMessage(to: command.replyTo) else { return }
            // One that was lost is taken again with its command, and only makes more of them.
            guard await publisher.publish([message.outgoing]) == [.confirmed] else { return }
        }
        link.consumer?.acknowledge([delivery.tag])
    }

    private func reply(to command: CommandMessage) -> ReplyMessage {
        let fails = command.id.direction == .do && command.body.json["fail"]?.boolValue == true
        return ReplyMessage(
            command: command.id, messageID: "\(command.id)/\(command.attempt)", attempt: command.attempt,
            outcome: fails ? .rejected(ReplyError(code: "told-to")) : .done(Payload(["ok": true])))
    }

    /// The consumer, known to its own handler.
    private final class Link: Sendable {
        // SAFETY: set once, before the consumer runs and so before any handler reads it.
        nonisolated(unsafe) var consumer: RabbitMQConsumer?
    }
}
