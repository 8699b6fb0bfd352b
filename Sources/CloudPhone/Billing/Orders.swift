internal import ParticipantKit
internal import Postgres
internal import SagaValues

/// Plans are validated, orders made, cancelled and activated.
enum Orders {
    // MARK: validate-plan

    private static let findPlan = PostgresStatement(
        """
        SELECT name, price, price = $2::numeric, billing_cycle, is_active,
               device_quota, storage_quota_gb, traffic_quota_gb
        FROM plans WHERE id = $1
        """)

    nonisolated(nonsending) static func validatePlan(_ input: Billing.ValidatePlan, _ context: ActionContext)
        async throws
        -> Billing.PlanValidated
    {
        let row = try await findPlan(input.planId, price: input.price, context)
        guard try row.int32(5) > 0 else {
            throw Rejection("plan-without-devices", "The plan \(try row.text(0)) grants no device")
        }
        return Billing.PlanValidated(
            planId: input.planId, name: try row.text(0), price: try row.decimal(1), billingCycle: try row.text(3),
            deviceQuota: Int(try row.int32(5)), storageQuotaGb: Int(try row.int32(6)),
            trafficQuotaGb: Int(try row.int32(7)))
    }

    /// The plan, if it is for sale at that price.
    private nonisolated(nonsending) static func findPlan(_ plan: UUID, price: ExactDecimal?, _ context: ActionContext)
        async throws
        -> PostgresRow
    {
        let rows = try await context.transaction.execute(
            findPlan, [.uuid(plan), price.map { .decimal($0) } ?? .null])
        guard let row = rows.first else { throw Rejection("unknown-plan", "There is no plan \(plan)") }
        guard try row.bool(4) else {
            throw Rejection("plan-inactive", "The plan \(try row.text(0)) is not sold any more")
        }
        guard let price else { return row }
        guard try row.bool(2) else {
            throw Rejection(
                "price-mismatch", "The plan \(try row.text(0)) costs \(try row.decimal(1)), not \(price)",
                details: ["price": "\(try row.decimal(1))", "sent": "\(price)"])
        }
        return row
    }

    // MARK: create-order, cancel-order

    private static let findUser = PostgresStatement("SELECT name, email FROM user_copies WHERE user_id = $1")

    /// `$8` the kind, `$9` the order that this one follows, `$10` how long it can be paid.
    private static let insertOrder = PostgresStatement(
        """
        INSERT INTO orders (id, order_number, user_id, user_name, user_email, tenant_id, plan_id, amount, final_amount,
                            kind, previous_order_id, expires_at)
        VALUES ($1, 'CP' || to_char(now() AT TIME ZONE 'UTC', 'YYYYMMDD') || '-'
                    || lpad(nextval('order_numbers')::text, 8, '0'),
                $2, $3, $4, $5, $6, $7::numeric, $7::numeric, $8, $9, now() + $10::text::interval)
        RETURNING order_number, amount, final_amount, expires_at
        """)

    /// What kind of order it is.
    struct Origin {
        let kind: String
        let previous: UUID?
        /// As PostgreSQL writes an interval.
        let payableFor: String
    }

    nonisolated(nonsending) static func create(_ input: Billing.CreateOrder, _ context: ActionContext) async throws
        -> Billing.OrderCreated
    {
        let plan = try await findPlan(input.planId, price: input.amount, context)
        return try await insert(
            Origin(kind: "purchase", previous: nil, payableFor: "30 minutes"), user: input.userId,
            plan: input.planId, amount: try plan.decimal(1), context)
    }

    /// Makes an order and announces it.
    nonisolated(nonsending) static func insert(
        _ origin: Origin, user userID: UUID, plan: UUID, amount: ExactDecimal, _ context: ActionContext
    ) async throws -> Billing.OrderCreated {
        let users = try await context.transaction.execute(findUser, [.uuid(userID)])
        guard let user = users.first else { throw Rejection("unknown-user", "Billing knows no user \(userID)") }

        let id = UUID.v7()
        let rows = try await context.transaction.execute(
            insertOrder,
            [
                .uuid(id), .uuid(userID), .text(try user.text(0)), .text(try user.text(1)),
                context.tenant.map { .text($0) } ?? .null, .uuid(plan), .decimal(amount), .text(origin.kind),
                origin.previous.map { .uuid($0) } ?? .null, .text(origin.payableFor),
            ])
        let row = try rows.only
        let order = Billing.OrderCreated(
            orderId: id, orderNumber: try row.text(0), userName: try user.text(0), amount: try row.decimal(1),
            finalAmount: try row.decimal(2),
            expiresAt: try row.timestamp(3))
        try context.emit(
            "order.created", about: id,
            [
                "orderId": "\(id)", "orderNumber": .string(order.orderNumber), "userId": "\(userID)",
                "planId": "\(plan)", "amount": "\(order.finalAmount)", "status": "pending",
            ])
        return order
    }

    private static let cancelOrder = PostgresStatement(
        """
        UPDATE orders SET status = 'cancelled', cancel_reason = $2, cancelled_at = now(), updated_at = now()
        WHERE id = $1 AND status = 'pending' RETURNING user_id
        """)

    private static let orderStatus = PostgresStatement("SELECT status FROM orders WHERE id = $1")

    /// An order whose charge was refunded stays `refunded`: it says more than `cancelled`.
    nonisolated(nonsending) static func cancel(
        _ input: Billing.CreateOrder, _ order: Billing.OrderCreated, _ context: ActionContext
    ) async throws {
        let reason = "purchase undone by saga \(context.sagaID)"
        let rows = try await context.transaction.execute(cancelOrder, [.uuid(order.orderId), .text(reason)])
        guard rows.first == nil else {
            return try context.emit(
                "order.cancelled", about: order.orderId,
                [
                    "orderId": "\(order.orderId)", "orderNumber": .string(order.orderNumber),
                    "userId": "\(input.userId)", "status": "cancelled", "reason": .string(reason),
                ])
        }
        let status = try await context.transaction.execute(orderStatus, [.uuid(order.orderId)]).first?.text(0)
        guard let status, ["cancelled", "refunded"].contains(status) else {
            throw TemporaryFailure("order-not-pending", "The order is \(status ?? "missing") and cannot be cancelled")
        }
    }

    // MARK: activate-order

    private static let lockOrder = PostgresStatement(
        """
        SELECT o.status, o.user_id, o.paid_at, o.order_number, p.id, p.amount
        FROM orders o LEFT JOIN payments p ON p.order_id = o.id AND p.status = 'success'
        WHERE o.id = $1 FOR UPDATE OF o
        """)

    /// When the period of an order `o` began and ends. Orders from before there were periods have the one that began
    /// when they were paid.
    static let start = "coalesce(o.period_starts, o.paid_at)"
    static let end = """
        coalesce(o.period_ends, o.paid_at + (SELECT CASE billing_cycle WHEN 'hourly' THEN interval '1 hour'
            WHEN 'daily' THEN interval '1 day' WHEN 'monthly' THEN interval '1 month' ELSE interval '1 year' END
            FROM plans WHERE id = o.plan_id))
        """

    /// A purchase begins a period, an upgrade has what is left of it, a renewal adds the next.
    private static let markPaid = PostgresStatement(
        """
        UPDATE orders SET status = 'paid', paid_at = now(), updated_at = now(), period_starts = span.starts,
                          period_ends = span.ends, device_id = coalesce($2, orders.device_id, span.device_id),
                          device_name = coalesce($3, orders.device_name, span.device_name)
        FROM (
            SELECT CASE n.kind WHEN 'renewal' THEN \(end) ELSE now() END AS starts,
                   CASE n.kind WHEN 'upgrade' THEN greatest(\(end), now() + interval '1 second') WHEN 'renewal' THEN \(end) ELSE now() END
                   + CASE WHEN n.kind = 'upgrade' THEN interval '0' ELSE
                     CASE p.billing_cycle WHEN 'hourly' THEN interval '1 hour' WHEN 'daily' THEN interval '1 day'
                       WHEN 'monthly' THEN interval '1 month' ELSE interval '1 year' END END AS ends,
                   o.device_id, o.device_name
            FROM orders n JOIN plans p ON p.id = n.plan_id LEFT JOIN orders o ON o.id = n.previous_order_id
            WHERE n.id = $1
        ) AS span
        WHERE orders.id = $1 RETURNING orders.paid_at
        """)

    nonisolated(nonsending) static func activate(_ input: Billing.ActivateOrder, _ context: ActionContext) async throws
        -> Billing.OrderActivated
    {
        let order = input.orderId
        guard let row = try await context.transaction.execute(lockOrder, [.uuid(order)]).first else {
            throw Rejection("unknown-order", "There is no order \(order)")
        }
        let status = try row.text(0)
        if ["paid", "completed"].contains(status) {
            return Billing.OrderActivated(orderId: order, status: status, paidAt: try row.timestamp(2))
        }
        guard status == "pending" else { throw Rejection("order-not-pending", "The order is \(status)") }
        guard let amount = try row.optionalNumeric(5) else {
            throw Rejection("order-not-charged", "The order has no successful payment")
        }
        let paid = try await context.transaction.execute(
            markPaid,
            [
                .uuid(order), input.deviceId.map { .uuid($0) } ?? .null, input.deviceName.map { .text($0) } ?? .null,
            ])
        try context.emit(
            "order.paid", about: order,
            [
                "orderId": "\(order)", "orderNumber": .string(try row.text(3)), "userId": "\(try row.uuid(1))",
                "amount": .string(amount), "status": "paid",
            ])
        return Billing.OrderActivated(orderId: order, status: "paid", paidAt: try paid.only.timestamp(0))
    }
}
