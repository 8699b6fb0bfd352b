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
    /// How often a handler may fail with an event before that is put aside.
    let maximumTries: Int
    let line: Line
    let suspects: Suspects
    let tally: Tally
    let logger: Logger

    /// Takes one event in. One that must wait is tried until it can be taken in, since those behind it tell of later
    /// things; one that fails for good, or makes the process die, is put aside, since all would wait for it.
    func handle(_ delivery: Delivery) async {
        var (tries, failures) = (0, 0)
        var isNoted = false
        while !Task.isShuttingDownGracefully, !Task.isCancelled {
            // Before anything of it is looked at: looking may be what makes the process die.
            if !isNoted {
                let begun = await note(delivery)
                guard begun <= suspects.limit else {
                    bury(delivery, .deliveredTooOften(begun - 1))
                    _ = await strikeOff(delivery)
                    return
                }
                isNoted = true
            }
            let error: any Error
            do {
                try await settle(delivery)
                _ = await strikeOff(delivery)
                return
            } catch let failure {
                error = failure
            }
            tries += 1
            if !error.passesByItself { failures += 1 }
            logger.warning(
                "an event could not be taken in",
                metadata: [
                    "event": "\(delivery.routingKey)", "message": "\(delivery.properties.messageID ?? "")",
                    "tries": "\(tries)", "error": "\(error)",
                ])
            if failures >= maximumTries {
                bury(delivery, .eventFailed(failures, error))
                _ = await strikeOff(delivery)
                return
            }
            // While it waits it does no harm.
            isNoted = !(await strikeOff(delivery))
            let pause = Duration.milliseconds(min(50 << min(tries, 7), 5000))
            try? await cancelWhenGracefulShutdown { try await Task.sleep(for: pause) }
        }
        if isNoted { _ = await strikeOff(delivery) }
        line.giveBack([delivery.tag])
    }

    /// Takes it in and acknowledges it, or puts it aside.
    private func settle(_ delivery: Delivery) async throws {
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
        do {
            try await take(id, payload, subscription)
        } catch let refusal as Rejection {
            return bury(delivery, .eventRefused(refusal))
        }
        tally.count(\.eventsTaken)
        line.acknowledge([delivery.tag])
    }

    private func note(_ delivery: Delivery) async -> Int {
        do {
            return try await suspects.begin(delivery)
        } catch {
            logger.warning("a redelivered event could not be noted", metadata: ["error": "\(error)"])
            return 1
        }
    }

    private func strikeOff(_ delivery: Delivery) async -> Bool {
        do {
            try await suspects.end(delivery)
            return true
        } catch {
            logger.warning("a redelivered event could not be struck off", metadata: ["error": "\(error)"])
            return false
        }
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
