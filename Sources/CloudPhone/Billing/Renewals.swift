internal import ParticipantKit
internal import Postgres
internal import SagaValues

/// Plans that are about to end get another period, if it can be paid.
enum Renewals {
    // MARK: find-due-renewals

    private static let due = PostgresStatement(
        """
        SELECT o.user_id, o.id, o.plan_id FROM orders o JOIN plans p ON p.id = o.plan_id
        WHERE o.status = 'paid' AND p.is_active AND \(Orders.end) <= now() + $1 * interval '1 hour'
          AND NOT EXISTS (SELECT FROM orders n WHERE n.previous_order_id = o.id
                          AND (n.status IN ('pending', 'paid', 'completed') OR n.charge_attempts > 0))
        ORDER BY \(Orders.end), o.id LIMIT $2
        """)

    /// Those that nobody is renewing and nobody has failed to pay for: a user who was asked in vain is left alone.
    nonisolated(nonsending) static func findDue(_ input: Billing.FindRenewals, _ context: ActionContext) async throws
        -> Billing.RenewalsFound
    {
        let rows = try await context.transaction.execute(
            due, [.int32(Int32(clamping: input.withinHours)), .int32(Int32(clamping: max(0, input.limit)))])
        return Billing.RenewalsFound(
            renewals: try rows.map { row in
                Billing.Renewal(userId: try row.uuid(0), orderId: try row.uuid(1), planId: try row.uuid(2))
            })
    }

    // MARK: create-renewal-order

    private static let lockOrder = PostgresStatement(
        """
        SELECT o.user_id, o.status, p.is_active, p.price,
               EXISTS (SELECT FROM orders n WHERE n.previous_order_id = o.id
                       AND n.status IN ('pending', 'paid', 'completed'))
        FROM orders o JOIN plans p ON p.id = o.plan_id WHERE o.id = $1 AND o.plan_id = $2 FOR UPDATE OF o
        """)

    /// An order over what the plan costs now. It can be paid for two weeks, since that is how long we ask.
    nonisolated(nonsending) static func createOrder(_ input: Billing.Renewal, _ context: ActionContext) async throws
        -> Billing.OrderCreated
    {
        let rows = try await context.transaction.execute(lockOrder, [.uuid(input.orderId), .uuid(input.planId)])
        guard let row = rows.first, try row.uuid(0) == input.userId else {
            throw Rejection("unknown-order", "The user has no such order for this plan")
        }
        guard try row.text(1) == "paid" else { throw Rejection("order-not-paid", "The order is \(try row.text(1))") }
        guard try row.bool(2) else { throw Rejection("plan-inactive", "The plan is not sold any more") }
        guard try !row.bool(4) else {
            throw Rejection("order-succeeded", "The plan of this order has been changed or renewed already")
        }
        try await Refunds.requireNone(of: input.orderId, context)
        return try await Orders.insert(
            .init(kind: "renewal", previous: input.orderId, payableFor: "14 days"), user: input.userId,
            plan: input.planId, amount: try row.decimal(3), context)
    }

    // MARK: attempt-charge

    private static let countAttempt = PostgresStatement(
        """
        UPDATE orders SET charge_attempts = charge_attempts + 1, updated_at = now() WHERE id = $1
        RETURNING user_id, order_number
        """)

    /// A charge to which too little money is an answer and no refusal: the saga can wait and ask again.
    /// The user is told by what listens to `renewal.unpaid`.
    nonisolated(nonsending) static func attemptCharge(_ input: Billing.AttemptCharge, _ context: ActionContext)
        async throws -> Billing.ChargeAttempted
    {
        let charge = Billing.Charge(orderId: input.orderId, amount: input.amount)
        do {
            let charged = try await Charges.charge(charge, context)
            return Billing.ChargeAttempted(paid: true, paymentId: charged.paymentId)
        } catch let refusal as Rejection where ["insufficient-balance", "balance-frozen"].contains(refusal.code) {
            // Refused before anything was written, so the transaction is as it was.
            let order = try await context.transaction.execute(countAttempt, [.uuid(input.orderId)]).only
            try context.emit(
                "renewal.unpaid", about: input.orderId,
                [
                    "orderId": "\(input.orderId)", "userId": "\(try order.uuid(0))",
                    "orderNumber": .string(try order.text(1)), "amount": "\(input.amount)",
                    "attempt": .number("\(input.attempt)"),
                ])
            return Billing.ChargeAttempted(paid: false, paymentId: nil)
        }
    }
}
