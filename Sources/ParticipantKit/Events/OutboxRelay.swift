internal import Logging
internal import Postgres
internal import RabbitMQ
internal import SagaValues
internal import SagaWire
internal import ServiceLifecycle

/// Publishes what is in the outbox of a database and deletes it once the broker has confirmed it.
///
/// Any number of relays may run on one database: an advisory lock lets one at a time do a batch, which
/// keeps the events in order. Deleting, publishing and committing are one transaction, so that a relay
/// that dies in between leaves the batch to the next one; events may then arrive twice, with the same
/// message id, but never not at all. There is no cursor that could pass by a row committed late, and no
/// NOTIFY, which would make all commits of the server queue up.
struct OutboxRelay: Sendable {
    private let pool: PostgresPool
    private let publisher: RabbitMQPublisher
    private let logger: Logger
    private let interval: Duration
    private let ticks: AsyncStream<Void>
    private let tick: AsyncStream<Void>.Continuation

    private static let batch = 200

    init(pool: PostgresPool, publisher: RabbitMQPublisher, interval: Duration, logger: Logger) {
        self.pool = pool
        self.publisher = publisher
        self.interval = interval
        self.logger = logger
        (ticks, tick) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// There are new events: this need not wait for the next look.
    func wake() { tick.yield() }

    /// Runs until a graceful shutdown, when the batch in hand is finished, or until the task is cancelled.
    func run() async {
        await withTaskCancellationOrGracefulShutdownHandler {
            await withTaskGroup { group in
                group.addTask {
                    while !Task.isCancelled {
                        wake()
                        try? await Task.sleep(for: interval)
                    }
                }
                for await _ in ticks { await drain() }
                group.cancelAll()
            }
        } onCancelOrGracefulShutdown: {
            tick.finish()
        }
    }

    /// Relays until nothing is left or something stands in the way, which the next tick finds out again.
    private func drain() async {
        do {
            while !Task.isCancelled, !Task.isShuttingDownGracefully, publisher.state == .connected {
                switch try await relayBatch() {
                case .all(let count) where count < Self.batch: return
                case .all: continue
                case .busy:
                    // The other relay may have looked before our rows were there.
                    try await Task.sleep(for: .milliseconds(20))
                }
            }
        } catch is CancellationError {
            return
        } catch {
            logger.warning("the outbox could not be relayed; it is tried again", metadata: ["error": "\(error)"])
        }
    }

    private enum Relayed: Sendable {
        case all(Int)
        /// Another relay is at it.
        case busy
    }

    private static let take = PostgresStatement(
        """
        WITH lock AS MATERIALIZED (SELECT pg_try_advisory_xact_lock(7521983764523) AS held),
        taken AS (
            DELETE FROM saga_outbox
            WHERE (SELECT held FROM lock) AND id IN (SELECT id FROM saga_outbox ORDER BY id LIMIT $1)
            RETURNING id, message_id, source, event, payload, traceparent, tracestate, at
        )
        SELECT lock.held, taken.* FROM lock LEFT JOIN taken ON true ORDER BY taken.id
        """, name: "outbox_take", isReadOnly: false)

    private func relayBatch() async throws -> Relayed {
        try await pool.transaction(deadline: .seconds(20)) { transaction in
            let rows = try await transaction.execute(Self.take, [.int64(Int64(Self.batch))])
            guard try rows.first?.bool(0) == true else { return .busy }
            let messages = try rows.compactMap { row in try row.isNull(1) ? nil : try message(row) }
            guard !messages.isEmpty else { return .all(0) }
            for outcome in await publisher.publish(messages) where outcome != .confirmed {
                // Throwing rolls the deletion back.
                throw TemporaryFailure("not-confirmed", "the broker did not confirm an event: \(outcome)")
            }
            return .all(messages.count)
        }
    }

    private func message(_ row: PostgresRow) throws -> OutgoingMessage {
        let event = try row.text(4)
        var headers: [(String, FieldValue)] = []
        if let parent = try row.optionalText(6) { headers.append((HeaderName.traceparent, .string(parent))) }
        if let state = try row.optionalText(7) { headers.append((HeaderName.tracestate, .string(state))) }
        return OutgoingMessage(
            exchange: SagaWire.Topology.Exchange.events, routingKey: event,
            // Nobody has to listen to an event.
            mandatory: false,
            properties: MessageProperties(
                messageID: try row.uuid(2).description, type: event, contentType: ContentType.json,
                appID: try row.text(3), timestamp: try row.timestamp(8).microseconds / 1_000_000, headers: headers),
            body: Array(try row.text(5).utf8))
    }
}
