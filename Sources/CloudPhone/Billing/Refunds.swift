internal import ParticipantKit
internal import Postgres
internal import SagaValues

/// A refund that the payment provider has to carry out: asked for, confirmed, credited, closed.
///
/// The payment goes from `success` over `refunding` to `refunded`, or back if the refund is called off.
struct Refunds: Sendable {
    let provider: PaymentProvider

    // MARK: validate-refund

    private static let findPaid = PostgresStatement(
        """
        SELECT o.status, o.order_number, o.user_id, p.id, p.status, p.amount
        FROM orders o LEFT JOIN payments p
            ON p.order_id = o.id AND p.status IN ('success', 'refunding', 'refunded')
        WHERE o.id = $1 ORDER BY p.created_at DESC LIMIT 1
        """)

    nonisolated(nonsending) static func validate(_ input: Billing.ValidateRefund, _ context: ActionContext)
        async throws -> Billing.RefundValidated
    {
        guard let row = try await context.transaction.execute(findPaid, [.uuid(input.orderId)]).first else {
            throw Rejection("unknown-order", "There is no order \(input.orderId)")
        }
        guard ["paid", "completed"].contains(try row.text(0)), let payment = try row.optionalUUID(3) else {
            throw Rejection("order-not-paid", "The order is \(try row.text(0))")
        }
        try requireRefundable(try row.text(4))
        try await requireNoSuccessor(of: input.orderId, context)
        return Billing.RefundValidated(
            paymentId: payment, userId: try row.uuid(2), orderNumber: try row.text(1), amount: try row.decimal(5))
    }

    private static func requireRefundable(_ status: String) throws {
        switch status {
        case "success": return
        case "refunding": throw Rejection("refund-in-progress", "A refund of the payment is under way")
        default: throw Rejection("payment-not-refundable", "The payment is \(status)")
        }
    }

    private static let succeeded = PostgresStatement(
        """
        SELECT EXISTS (SELECT FROM orders WHERE previous_order_id = $1 AND status IN ('pending', 'paid', 'completed'))
        """)

    /// The last order of a plan is refunded first: an upgrade is worth nothing without what it builds on.
    private nonisolated(nonsending) static func requireNoSuccessor(of order: UUID, _ context: ActionContext)
        async throws
    {
        guard try await !context.transaction.execute(succeeded, [.uuid(order)]).only.bool(0) else {
            throw Rejection("order-succeeded", "The plan of this order has been changed or renewed already")
        }
    }

    private static let refunding = PostgresStatement(
        "SELECT EXISTS (SELECT FROM payments WHERE order_id = $1 AND status IN ('refunding', 'refunded'))")

    /// Nothing is built on an order whose money is on its way back. To be asked with the order locked.
    nonisolated(nonsending) static func requireNone(of order: UUID, _ context: ActionContext) async throws {
        guard try await !context.transaction.execute(refunding, [.uuid(order)]).only.bool(0) else {
            throw Rejection("refund-in-progress", "A refund of the order is under way")
        }
    }

    // MARK: initiate-refund, cancel-refund

    private static let lockPayment = PostgresStatement(
        """
        SELECT p.status, p.amount, p.order_id, p.user_id, o.status, o.order_number, p.refunded_at
        FROM orders o JOIN payments p ON p.order_id = o.id
        WHERE p.id = $1 FOR UPDATE OF o, p
        """)

    private static let setStatus = PostgresStatement("UPDATE payments SET status = $2 WHERE id = $1")

    private nonisolated(nonsending) static func lock(_ payment: UUID, _ context: ActionContext) async throws
        -> PostgresRow
    {
        guard let row = try await context.transaction.execute(lockPayment, [.uuid(payment)]).first else {
            throw Rejection("unknown-payment", "There is no payment \(payment)")
        }
        return row
    }

    nonisolated(nonsending) func initiate(_ input: Billing.InitiateRefund, _ context: ActionContext) async throws
        -> Billing.RefundInitiated
    {
        let row = try await Self.lock(input.paymentId, context)
        try Self.requireRefundable(try row.text(0))
        try await Self.requireNoSuccessor(of: try row.uuid(2), context)
        try await context.transaction.execute(Self.setStatus, [.uuid(input.paymentId), .text("refunding")])
        let refund = try await provider.refund(
            input.paymentId, marks: ["\(input.paymentId)", "\(try row.uuid(2))", "\(try row.uuid(3))"], context)
        return Billing.RefundInitiated(refundId: refund, paymentId: input.paymentId)
    }

    nonisolated(nonsending) func cancel(
        _ input: Billing.InitiateRefund, _ output: Billing.RefundInitiated, _ context: ActionContext
    ) async throws {
        let row = try await Self.lock(input.paymentId, context)
        try await provider.withdraw(output.refundId, context)
        guard try row.text(0) == "refunding" else {
            throw TemporaryFailure("payment-not-refunding", "The payment is \(try row.text(0))")
        }
        try await context.transaction.execute(Self.setStatus, [.uuid(input.paymentId), .text("success")])
    }

    // MARK: record-refund, credit-balance, close-order

    private static let record = PostgresStatement(
        """
        UPDATE payments p SET status = 'refunded', refund_amount = p.amount, refunded_at = now()
        FROM provider_refunds r
        WHERE p.id = $1 AND p.status = 'refunding' AND r.payment_id = p.id AND r.status = 'refunded'
        RETURNING p.refunded_at
        """)

    /// Believes the provider's books, not the event: whoever can publish could otherwise give money away.
    nonisolated(nonsending) static func record(_ input: Billing.PaymentReference, _ context: ActionContext)
        async throws -> Billing.RefundRecorded
    {
        let row = try await lock(input.paymentId, context)
        guard let recorded = try await context.transaction.execute(record, [.uuid(input.paymentId)]).first else {
            throw Rejection(
                "refund-not-confirmed", "The payment is \(try row.text(0)), and the provider has paid nothing back")
        }
        return Billing.RefundRecorded(
            paymentId: input.paymentId, amount: try row.decimal(1), refundedAt: try recorded.timestamp(0))
    }

    private static let isCredited = PostgresStatement(
        "SELECT balance_after FROM balance_transactions WHERE payment_id = $1 AND type = 'refund'")

    private static let credit = PostgresStatement(
        """
        WITH given AS (
            UPDATE user_balances
            SET balance = balance + $3::numeric, total_consumption = total_consumption - $3::numeric,
                status = \(Balances.status(of: "balance + $3::numeric")), updated_at = now()
            WHERE user_id = $2 AND status <> 'closed' RETURNING balance
        )
        INSERT INTO balance_transactions (user_id, type, amount, balance_before, balance_after, order_id, payment_id)
        SELECT $2, 'refund', $3::numeric, given.balance - $3::numeric, given.balance, $4, $1 FROM given
        RETURNING balance_after
        """)

    /// A payment is credited once, whichever saga asks.
    nonisolated(nonsending) static func credit(_ input: Billing.PaymentReference, _ context: ActionContext)
        async throws -> Billing.BalanceCredited
    {
        let row = try await lock(input.paymentId, context)
        let amount = try row.decimal(1)
        if let done = try await context.transaction.execute(isCredited, [.uuid(input.paymentId)]).first {
            return Billing.BalanceCredited(amount: amount, balanceAfter: try done.decimal(0))
        }
        guard try row.text(0) == "refunded" else {
            throw Rejection("refund-not-recorded", "The payment is \(try row.text(0))")
        }
        let written = try await context.transaction.execute(
            credit, [.uuid(input.paymentId), .uuid(try row.uuid(3)), .decimal(amount), .uuid(try row.uuid(2))])
        guard let given = written.first else { throw Rejection("no-balance", "The buyer has no open balance account") }
        return Billing.BalanceCredited(amount: amount, balanceAfter: try given.decimal(0))
    }

    private static let close = PostgresStatement(
        """
        UPDATE orders SET status = 'refunded', refund_amount = $2::numeric, refund_reason = $3, refunded_at = now(),
                          updated_at = now()
        WHERE id = $1
        """)

    nonisolated(nonsending) static func close(_ input: Billing.CloseOrder, _ context: ActionContext) async throws
        -> Billing.OrderClosed
    {
        let row = try await lock(input.paymentId, context)
        let (order, amount) = (try row.uuid(2), try row.decimal(1))
        guard order == input.orderId else { throw Rejection("wrong-order", "The payment is another order's") }
        guard try row.text(0) == "refunded" else {
            throw Rejection("refund-not-recorded", "The payment is \(try row.text(0))")
        }
        if try row.text(4) != "refunded" {
            try await context.transaction.execute(close, [.uuid(order), .decimal(amount), .text(input.reason)])
            try context.emit(
                "order.refunded", about: order,
                [
                    "orderId": "\(order)", "orderNumber": .string(try row.text(5)),
                    "paymentId": "\(input.paymentId)", "userId": "\(try row.uuid(3))", "refundAmount": "\(amount)",
                    "status": "refunded", "reason": .string(input.reason),
                ])
        }
        return Billing.OrderClosed(orderId: order, status: "refunded", refundAmount: amount)
    }
}
