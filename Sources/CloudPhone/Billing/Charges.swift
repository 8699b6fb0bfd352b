internal import ParticipantKit
internal import Postgres
internal import SagaValues

/// Money moves: every change of a balance is a row of the ledger in the same statement.
///
/// Locks are taken in one order everywhere: order, payment, balance.
enum Charges {
    // MARK: charge

    private static let lockOrderAndBalance = PostgresStatement(
        """
        SELECT o.status, o.expires_at <= now(), o.final_amount = $2::numeric, o.final_amount, o.user_id,
               b.status, b.balance - b.frozen_amount >= o.final_amount, b.balance - b.frozen_amount,
               o.order_number,
               EXISTS (SELECT FROM payments p WHERE p.order_id = o.id AND p.status IN
                           ('pending', 'processing', 'success', 'refunding'))
        FROM orders o JOIN user_balances b ON b.user_id = o.user_id
        WHERE o.id = $1 FOR UPDATE OF o, b
        """)

    private static let orderExists = PostgresStatement("SELECT EXISTS (SELECT 1 FROM orders WHERE id = $1)")

    private static let takeMoney = PostgresStatement(
        """
        WITH taken AS (
            UPDATE user_balances
            SET balance = balance - $3::numeric, total_consumption = total_consumption + $3::numeric,
                status = \(Balances.status(of: "balance - $3::numeric")),
                updated_at = now()
            WHERE user_id = $2 RETURNING balance
        ), payment AS (
            INSERT INTO payments (id, order_id, user_id, amount, method, status, payment_no, transaction_id, paid_at)
            VALUES ($4, $1, $2, $3::numeric, 'balance', 'success', $5, $6, now())
        )
        INSERT INTO balance_transactions (user_id, type, amount, balance_before, balance_after, order_id, payment_id)
        SELECT $2, 'consume', -($3::numeric), taken.balance + $3::numeric, taken.balance, $1, $4 FROM taken
        RETURNING balance_after
        """)

    nonisolated(nonsending) static func charge(_ input: Billing.Charge, _ context: ActionContext) async throws
        -> Billing.Charged
    {
        let order = input.orderId
        let found = try await context.transaction.execute(
            lockOrderAndBalance, [.uuid(order), .decimal(input.amount)])
        guard let row = found.first else {
            let exists = try await context.transaction.execute(orderExists, [.uuid(order)]).only.bool(0)
            throw exists
                ? Rejection("no-balance", "The buyer has no balance account")
                : Rejection("unknown-order", "There is no order \(order)")
        }
        try refuseUnlessPayable(row, input)

        let payment = UUID.v7()
        // Derived from the command, so that even a second database or a replay cannot make a second payment.
        let number = "PAY-\(context.sagaID)-\(context.step)-\(context.iteration)"
        let user = try row.uuid(4)
        let amount = try row.decimal(3)
        let written = try await context.transaction.execute(
            takeMoney,
            [
                .uuid(order), .uuid(user), .decimal(amount), .uuid(payment), .text(number),
                .text("\(context.commandID)"),
            ])
        try context.emit(
            "payment.completed", about: order,
            [
                "paymentId": "\(payment)", "paymentNo": .string(number), "orderId": "\(order)",
                "orderNumber": .string(try row.text(8)), "userId": "\(user)", "amount": "\(amount)",
                "method": "balance",
            ])
        return Billing.Charged(
            paymentId: payment, paymentNo: number, amount: amount, balanceAfter: try written.only.decimal(0))
    }

    private static func refuseUnlessPayable(_ row: PostgresRow, _ input: Billing.Charge) throws {
        let status = try row.text(0)
        guard status == "pending" else { throw Rejection("order-not-pending", "The order is \(status)") }
        guard try !row.bool(9) else {
            throw Rejection("order-already-charged", "The order has a payment already")
        }
        guard try !row.bool(1) else { throw Rejection("order-expired", "The order was not paid in time") }
        guard try row.bool(2) else {
            throw Rejection("amount-mismatch", "The order is over \(try row.decimal(3)), not \(input.amount)")
        }
        guard !["frozen", "closed"].contains(try row.text(5)) else {
            throw Rejection("balance-frozen", "The buyer's balance is \(try row.text(5))")
        }
        guard try row.bool(6) else {
            throw Rejection(
                "insufficient-balance", "The available balance does not cover \(try row.decimal(3))",
                details: ["available": "\(try row.decimal(7))", "required": "\(try row.decimal(3))"])
        }
    }

    // MARK: refund

    private static let lockPayment = PostgresStatement(
        """
        SELECT p.id, p.status, p.amount, p.user_id, o.order_number
        FROM orders o JOIN payments p ON p.order_id = o.id
        WHERE p.id = $1 FOR UPDATE OF o, p
        """)

    private static let giveMoneyBack = PostgresStatement(
        """
        WITH given AS (
            UPDATE user_balances
            SET balance = balance + $4::numeric, total_consumption = total_consumption - $4::numeric,
                status = \(Balances.status(of: "balance + $4::numeric")),
                updated_at = now()
            WHERE user_id = $3 RETURNING balance
        ), payment AS (
            UPDATE payments SET status = 'refunded', refund_amount = amount, refunded_at = now() WHERE id = $2
        ), closed AS (
            UPDATE orders SET status = 'refunded', refund_amount = $4::numeric, refund_reason = $5, refunded_at = now(),
                              updated_at = now()
            WHERE id = $1
        )
        INSERT INTO balance_transactions (user_id, type, amount, balance_before, balance_after, order_id, payment_id)
        SELECT $3, 'refund', $4::numeric, given.balance - $4::numeric, given.balance, $1, $2 FROM given
        RETURNING balance_after
        """)

    /// Gives back exactly what the payment took, whatever the command says about amounts. An attempt that found too
    /// little money made no payment.
    nonisolated(nonsending) static func refund(
        _ input: Billing.Charge, _ charged: Billing.Refundable, _ context: ActionContext
    ) async throws {
        guard let payment = charged.paymentId else { return }
        guard let row = try await context.transaction.execute(lockPayment, [.uuid(payment)]).first else {
            throw TemporaryFailure("payment-missing", "The payment \(payment) to be refunded is not in the books")
        }
        let status = try row.text(1)
        if status == "refunded" { return }
        guard status == "success" else {
            throw TemporaryFailure("payment-not-refundable", "The payment is \(status)")
        }
        let amount = try row.decimal(2)
        let user = try row.uuid(3)
        let reason = "purchase undone by saga \(context.sagaID)"
        _ = try await context.transaction.execute(
            giveMoneyBack,
            [.uuid(input.orderId), .uuid(payment), .uuid(user), .decimal(amount), .text(reason)]
        ).only
        try context.emit(
            "order.refunded", about: input.orderId,
            [
                "orderId": "\(input.orderId)", "orderNumber": .string(try row.text(4)), "paymentId": "\(payment)",
                "userId": "\(user)", "refundAmount": "\(amount)", "status": "refunded", "reason": .string(reason),
            ])
    }
}
