internal import Logging
internal import RabbitMQ
internal import RabbitMQWire

/// Publishes replies and dead letters in natural batches, and settles each delivery once the broker has
/// confirmed what answers it.
///
/// What the broker did not confirm is published again until it is: the command stays unacknowledged, so
/// even if this process dies first, it is delivered again and answered from the barrier.
struct Replies: Sendable {
    /// A message to publish, and the delivery that is done with once it is confirmed.
    struct Letter: Sendable {
        var message: OutgoingMessage
        var answers: Delivery?
        var tries = 0
        /// A dead letter, which has nowhere else to go.
        var isDead = false
    }

    private let publisher: RabbitMQPublisher
    private let acknowledge: @Sendable ([DeliveryTag]) -> Void
    /// Has the broker itself move deliveries to the dead letters.
    private let reject: @Sendable ([DeliveryTag]) -> Void
    private let logger: Logger
    private let letters = Gatherer<Letter>(limit: 500)
    /// Batches on their way at once: the next leaves while the confirms of the last are awaited.
    private static let batchesInFlight = 3
    /// How often a reply that no queue takes is tried: its queue may be about to be declared.
    private static let unroutableTries = 5

    init(
        publisher: RabbitMQPublisher, logger: Logger, acknowledge: @escaping @Sendable ([DeliveryTag]) -> Void,
        reject: @escaping @Sendable ([DeliveryTag]) -> Void
    ) {
        self.publisher = publisher
        self.logger = logger
        self.acknowledge = acknowledge
        self.reject = reject
    }

    func send(_ message: OutgoingMessage, answering delivery: Delivery? = nil) {
        letters.add(Letter(message: message, answers: delivery))
    }

    /// Puts a message aside for a person, with the reason, and takes it off the queue.
    func bury(_ delivery: Delivery, because reason: DeadReason) {
        logger.warning(
            "a message goes to the dead letters",
            metadata: [
                "reason": "\(reason.code)", "detail": "\(reason.detail)",
                "message": "\(delivery.properties.messageID ?? "")",
            ])
        letters.add(Letter(message: delivery.deadLetter(reason), answers: delivery, isDead: true))
    }

    /// Publishes until ``close()``, and then what is left.
    func run() async {
        await withDiscardingTaskGroup { group in
            for _ in 0..<Self.batchesInFlight {
                group.addTask {
                    while let batch = await letters.next() { await publish(batch) }
                }
            }
        }
    }

    func close() { letters.close() }

    private func publish(_ batch: [Letter]) async {
        var batch = batch
        while !batch.isEmpty {
            let outcomes = await publisher.publish(batch.map(\.message))
            var settled: [DeliveryTag] = []
            var unpublishable: [DeliveryTag] = []
            var again: [Letter] = []
            for (var letter, outcome) in zip(batch, outcomes) {
                letter.tries += 1
                switch outcome {
                case .confirmed:
                    if let delivery = letter.answers { settled.append(delivery.tag) }
                case .returned(_, let text) where !letter.isDead && letter.tries >= Self.unroutableTries:
                    // Nobody waits for it. The barrier keeps the answer; a person sees the command.
                    if let delivery = letter.answers { bury(delivery, because: .replyUnroutable(text)) }
                case .notSent(let error) where error.code == .invalidMessage && letter.isDead:
                    // It never will be sent, with our headers beside its own: the broker moves it as it is.
                    logger.warning(
                        "a message goes to the dead letters without its reason",
                        metadata: [
                            "message": "\(letter.message.properties.messageID ?? "")", "error": "\(error)",
                        ])
                    if let delivery = letter.answers { unpublishable.append(delivery.tag) }
                case .notSent(let error) where error.code == .invalidMessage:
                    if let delivery = letter.answers {
                        bury(delivery, because: DeadReason(code: "reply-invalid", detail: error.message))
                    }
                case .returned, .nacked, .notSent:
                    again.append(letter)
                }
            }
            acknowledge(settled)
            reject(unpublishable)
            if again.isEmpty || Task.isCancelled { return }
            logger.debug("replies are published again", metadata: ["count": "\(again.count)"])
            // No spinning while the broker is away; the publisher says when it is back.
            do {
                try await publisher.waitUntilConnected(within: .seconds(5))
                try await Task.sleep(for: .milliseconds(min(50 << min(again.map(\.tries).max() ?? 0, 6), 2000)))
            } catch is CancellationError {
                return
            } catch {
                try? await Task.sleep(for: .milliseconds(200))
            }
            batch = again
        }
    }
}
