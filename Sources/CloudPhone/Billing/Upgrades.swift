internal import ParticipantKit
internal import Postgres
internal import SagaValues

/// A larger plan in the middle of a period: the difference is paid for the days that are left.
///
/// Prices are taken apart and rounded by PostgreSQL, in `numeric`: to the cent, half a cent up.
enum Upgrades {
    /// `$1` the order of now, `$2` the wanted plan. A day that has begun counts whole.
    private static func quote(lock: String) -> PostgresStatement {
        PostgresStatement(
            """
            SELECT o.user_id, o.status, o.plan_id, new.is_active, new.price > old.price,
                   span.days_left, round((new.price - old.price) * span.days_left / span.days, 2),
                   EXISTS (SELECT FROM orders n WHERE n.previous_order_id = o.id
                           AND n.status IN ('pending', 'paid', 'completed'))
            FROM orders o
            JOIN plans old ON old.id = o.plan_id
            LEFT JOIN plans new ON new.id = $2
            CROSS JOIN LATERAL (
                SELECT ceil(greatest(extract(epoch FROM \(Orders.end) - now()), 0) / 86400)::integer AS days_left,
                       greatest(ceil(extract(epoch FROM \(Orders.end) - \(Orders.start)) / 86400), 1)::integer AS days
            ) AS span
            WHERE o.id = $1 \(lock)
            """)
    }

    private static let look = quote(lock: "")
    private static let lookAndLock = quote(lock: "FOR UPDATE OF o")

    private nonisolated(nonsending) static func quoted(
        _ input: Billing.Upgrade, by statement: PostgresStatement, _ context: ActionContext
    ) async throws -> Billing.UpgradeQuoted {
        let rows = try await context.transaction.execute(statement, [.uuid(input.orderId), .uuid(input.planId)])
        guard let row = rows.first, try row.uuid(0) == input.userId else {
            throw Rejection("unknown-order", "The user has no order \(input.orderId)")
        }
        guard let isActive = try row.optionalBool(3) else {
            throw Rejection("unknown-plan", "There is no plan \(input.planId)")
        }
        guard isActive else { throw Rejection("plan-inactive", "The plan is not sold any more") }
        guard try row.text(1) == "paid" else {
            throw Rejection("order-not-paid", "The order is \(try row.text(1))")
        }
        guard try !row.bool(7) else {
            throw Rejection("order-succeeded", "The plan of this order has been changed or renewed already")
        }
        guard try row.bool(4) else {
            throw Rejection("not-an-upgrade", "The plan does not cost more than the one before")
        }
        guard try row.int32(5) > 0 else { throw Rejection("period-over", "The period of this order is over") }
        let amount = try row.decimal(6)
        guard amount <= input.price else {
            throw Rejection(
                "price-mismatch", "The upgrade costs \(amount), not \(input.price)",
                details: ["price": "\(amount)", "sent": "\(input.price)"])
        }
        return Billing.UpgradeQuoted(
            amount: amount, daysLeft: Int(try row.int32(5)), fromPlanId: try row.uuid(2))
    }

    nonisolated(nonsending) static func quote(_ input: Billing.Upgrade, _ context: ActionContext) async throws
        -> Billing.UpgradeQuoted
    {
        try await quoted(input, by: look, context)
    }

    /// An order over what the rest of the period costs at this moment, linked to the one before.
    nonisolated(nonsending) static func createOrder(_ input: Billing.Upgrade, _ context: ActionContext) async throws
        -> Billing.OrderCreated
    {
        let quote = try await quoted(input, by: lookAndLock, context)
        try await Refunds.requireNone(of: input.orderId, context)
        return try await Orders.insert(
            .init(kind: "upgrade", previous: input.orderId, payableFor: "30 minutes"), user: input.userId,
            plan: input.planId, amount: quote.amount, context)
    }
}
