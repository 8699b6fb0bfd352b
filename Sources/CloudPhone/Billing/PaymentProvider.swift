internal import Logging
internal import ParticipantKit
internal import Postgres
internal import SagaValues
internal import ServiceLifecycle

/// Who moves the money that is not on our balances: takes an order for a refund, and calls back when it has been
/// carried out or has failed.
///
/// An order is a row that is written in the transaction of the one who asks, so it is given if and only if that
/// commits. The provider works the rows off and tells the world by an event, through the outbox.
///
/// Faults of the service `payment-provider`, action `refund`: `reject` fails the refund, `delay` lets it take
/// longer, `drop-reply` carries nothing out and never calls back, `fail` is a provider that is away just now.
struct PaymentProvider: Sendable {
    let faults: FaultTable?
    /// How long a refund takes.
    let delay: Duration

    private static let accept = PostgresStatement(
        """
        INSERT INTO provider_refunds (id, payment_id, order_id, amount, will_succeed, due_at)
        SELECT $1, id, order_id, amount, $3,
               CASE WHEN $4::bigint < 0 THEN 'infinity' ELSE now() + $4 * interval '1 millisecond' END
        FROM payments WHERE id = $2
        """)

    /// Orders the refund of a payment.
    ///
    /// - Parameter marks: what a fault can be meant for, beside the saga.
    /// - Returns: the order's id.
    nonisolated(nonsending) func refund(
        _ payment: UUID, marks: [String], _ context: ActionContext
    ) async throws -> UUID {
        let fault = await faults?.strike(
            [.fail, .reject, .delay, .dropReply], service: "payment-provider", action: "refund", direction: "do",
            marks: ["\(context.sagaID)"] + marks)
        if fault?.kind == .fail { throw TemporaryFailure("provider-away", "The payment provider does not answer") }
        let id = UUID.v7()
        let wait = fault?.kind == .dropReply ? -1 : ((fault?.delay ?? .zero) + delay).wholeMicroseconds / 1000
        try await context.transaction.execute(
            Self.accept, [.uuid(id), .uuid(payment), .bool(fault?.kind != .reject), .int64(wait)])
        return id
    }

    private static let withdraw = PostgresStatement(
        "UPDATE provider_refunds SET status = 'withdrawn' WHERE id = $1 AND status = 'accepted'")
    private static let status = PostgresStatement("SELECT status FROM provider_refunds WHERE id = $1")

    /// Takes an order for a refund back.
    ///
    /// - Throws: ``TemporaryFailure`` if it has been paid: then somebody has to look.
    nonisolated(nonsending) func withdraw(_ refund: UUID, _ context: ActionContext) async throws {
        let withdrawn = try await context.transaction.execute(Self.withdraw, [.uuid(refund)])
        guard withdrawn.affected == 0 else { return }
        let status = try await context.transaction.execute(Self.status, [.uuid(refund)]).first?.text(0)
        guard let status, status != "refunded" else {
            throw TemporaryFailure(
                "refund-already-paid",
                "The provider has \(status ?? "lost") the refund \(refund) and cannot stop it: "
                    + "once it has taken the money back, try this undo again")
        }
    }
}

/// The provider at work: it calls back when a refund is due.
struct PaymentProviderDesk: Service {
    let pool: PostgresPool
    let logger: Logger

    private static let settle = PostgresStatement(
        """
        UPDATE provider_refunds r
        SET status = CASE WHEN will_succeed THEN 'refunded' ELSE 'failed' END, settled_at = now()
        WHERE id = ANY (ARRAY(SELECT id FROM provider_refunds WHERE status = 'accepted' AND due_at <= now()
                              ORDER BY due_at LIMIT 20 FOR UPDATE SKIP LOCKED))
        RETURNING id, payment_id, order_id, amount, status
        """)

    /// Carries out what is due, and says so in the same transaction.
    ///
    /// - Returns: how many refunds were settled.
    func settleDue() async throws -> Int {
        try await pool.transaction { transaction in
            let rows = try await transaction.execute(Self.settle)
            for row in rows {
                let payload: JSON = [
                    "refundId": "\(try row.uuid(0))", "paymentId": "\(try row.uuid(1))",
                    "orderId": "\(try row.uuid(2))", "amount": "\(try row.decimal(3))",
                ]
                try await Outbox.add(
                    try row.text(4) == "refunded" ? "payment.refunded" : "payment.refund_failed",
                    about: try row.uuid(1), payload, source: "payment-provider", in: transaction)
            }
            return rows.count
        }
    }

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                var pause = Duration.milliseconds(250)
                do {
                    if try await settleDue() > 0 { continue }
                } catch {
                    logger.warning("refunds could not be settled", metadata: ["error": "\(error)"])
                    pause = .seconds(5)
                }
                try? await Task.sleep(for: pause)
            }
        }
    }
}
