internal import Logging
internal import Postgres
internal import RabbitMQ
internal import RabbitMQWire
internal import SagaValues
internal import ServiceLifecycle

/// Sees the delivery of an event through.
struct EventDesk: Sendable {
    let participant: String
    let pool: PostgresPool
    let subscriptions: [String: Subscription]
    let limits: JSON.Limits
    let line: Line
    let tally: Tally
    let logger: Logger

    /// Takes one event in, however often that has to be tried.
    func handle(_ delivery: Delivery) async {
        guard let id = delivery.properties.messageID, !id.isEmpty, !id.utf8.contains(0) else {
            return bury(delivery, DeadReason(code: "missing-property", detail: "an event without a message-id"))
        }
        // Bound by an older version of this service.
        guard let subscription = subscriptions[delivery.routingKey] else { return line.acknowledge([delivery.tag]) }
        let payload: JSON
        do {
            payload = try JSON(parsing: delivery.body, limits: limits)
        } catch {
            return bury(delivery, DeadReason(code: "body-not-json", detail: error.description))
        }
        var tries = 0
        while !Task.isShuttingDownGracefully, !Task.isCancelled {
            do {
                try await take(id, payload, subscription)
                tally.count(\.eventsTaken)
                return line.acknowledge([delivery.tag])
            } catch let refusal as Rejection {
                return bury(delivery, .eventRefused(refusal))
            } catch {
                tries += 1
                logger.warning(
                    "an event could not be taken in; it is tried again",
                    metadata: ["event": "\(subscription.event)", "message": "\(id)", "error": "\(error)"])
                try? await Task.sleep(for: .milliseconds(min(50 << min(tries, 7), 5000)))
            }
        }
        line.giveBack([delivery.tag])
    }

    private func bury(_ delivery: Delivery, _ reason: DeadReason) {
        tally.count(\.deadLettered)
        line.replies.bury(delivery, because: reason)
    }

    private static let note = PostgresStatement(
        "INSERT INTO saga_inbox (subscriber, message_id) VALUES ($1, $2) ON CONFLICT DO NOTHING", name: "inbox_note")

    private func take(_ id: String, _ payload: JSON, _ subscription: Subscription) async throws {
        try await pool.transaction { transaction in
            let noted = try await transaction.execute(Self.note, [.text(participant), .text(String(id.prefix(255)))])
            guard noted.affected == 1 else { return }
            try await subscription.run(
                payload,
                EventContext(event: subscription.event, messageID: id, transaction: transaction, logger: logger))
        }
    }
}
