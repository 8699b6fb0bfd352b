extension Invariants {
    /// 6: money, and what is given for it.
    static let money: [Invariant] = [
        Invariant(
            name: "6a", statement: "every balance is the sum of its ledger, and the ledger a chain",
            violations: """
                SELECT b.user_id || ' has ' || b.balance || ', the ledger says ' || coalesce(sum(t.amount), 0)
                FROM billing.user_balances b LEFT JOIN billing.balance_transactions t USING (user_id)
                GROUP BY b.user_id, b.balance HAVING b.balance <> coalesce(sum(t.amount), 0)
                UNION ALL
                SELECT user_id || ' had ' || last || ', and then ' || balance_before FROM (
                    SELECT user_id, balance_before,
                        lag(balance_after, 1, 0) OVER (PARTITION BY user_id ORDER BY id) AS last
                    FROM billing.balance_transactions
                ) AS chain WHERE balance_before <> last
                """),
        Invariant(
            name: "6b", statement: "each completed purchase: one order paid, or refunded since, one charge, one device",
            violations: """
                SELECT s.id || ': order ' || coalesce(o.status, 'missing') || ', charges ' || (
                        SELECT count(*) FROM billing.payments p WHERE p.order_id = o.id AND p.status = 'success')
                    || ', devices ' || (SELECT count(*) FROM core.devices d WHERE d.order_id = o.id)
                FROM saga s LEFT JOIN purchase_order po ON po.saga_id = s.id LEFT JOIN billing.orders o ON o.id = po.order_id
                WHERE s.workflow = 'plan-purchase' AND s.status = 'completed' AND NOT (
                    o.status IS NOT DISTINCT FROM 'paid'
                    AND (SELECT count(*) FROM payment p WHERE p.order_id = o.id AND p.is_kept) = 1
                    AND (SELECT count(*) FROM billing.balance_transactions t
                        WHERE t.order_id = o.id AND t.type = 'consume' AND -t.amount = o.final_amount) = 1
                    AND (SELECT count(*) FROM core.devices d WHERE d.order_id = o.id AND d.id = o.device_id
                        AND d.status IN ('allocated', 'running', 'stopped', 'deleted')) = 1)
                    -- What is given back is another saga's: 6i.
                    AND NOT EXISTS (
                        SELECT FROM refund r WHERE r.order_id = o.id
                            AND (r.ended_at IS NULL OR (o.status = 'refunded' AND r.status = 'completed')))
                """),
        Invariant(
            name: "6c", statement: "each compensated purchase: order cancelled or refunded, net charge zero, no device",
            violations: """
                SELECT s.id || ': order ' || o.status FROM saga s
                JOIN purchase_order po ON po.saga_id = s.id JOIN billing.orders o ON o.id = po.order_id
                WHERE s.workflow = 'plan-purchase' AND s.status = 'compensated' AND NOT (
                    o.status IN ('cancelled', 'refunded')
                    AND coalesce((SELECT sum(t.amount) FROM billing.balance_transactions t WHERE t.order_id = o.id), 0) = 0
                    AND NOT EXISTS (SELECT FROM core.devices d WHERE d.order_id = o.id))
                """),
        Invariant(
            name: "6d", statement: "no device is held but for an order that is open or paid, and for its buyer",
            violations: """
                SELECT d.id || ' is held for order ' || d.order_id FROM core.devices d
                LEFT JOIN billing.orders o ON o.id = d.order_id
                WHERE d.order_id IS NOT NULL AND d.status <> 'deleted'
                    AND (coalesce(o.status, 'missing') NOT IN ('pending', 'paid', 'completed')
                        OR d.user_id IS DISTINCT FROM o.user_id)
                    -- An event tells the device service that an order is refunded.
                    AND NOT (coalesce(o.status, '') = 'refunded' AND d.user_id IS NOT DISTINCT FROM o.user_id AND (
                        o.refunded_at > now() - interval '1 minute'
                        OR EXISTS (SELECT FROM billing.saga_outbox e
                            WHERE e.event = 'order.refunded' AND e.aggregate = o.id::text)))
                """),
        Invariant(
            name: "6e",
            statement: "each payment is in the ledger: taken once, and given back exactly if it was refunded",
            violations: """
                SELECT p.id || ' is ' || p.status || ' over ' || p.amount || ', the ledger has taken ' || ledger.taken
                    || ' and given ' || ledger.given
                FROM payment p, LATERAL (
                    SELECT coalesce(sum(-t.amount) FILTER (WHERE t.type = 'consume'), 0) AS taken,
                        coalesce(sum(t.amount) FILTER (WHERE t.type = 'refund'), 0) AS given
                    FROM billing.balance_transactions t
                    WHERE t.payment_id = p.id AND t.order_id = p.order_id AND t.user_id = p.user_id
                ) AS ledger
                WHERE ledger.taken <>
                        CASE WHEN p.status IN ('success', 'refunding', 'refunded') THEN p.amount ELSE 0 END
                    OR ledger.given <> CASE WHEN p.status = 'refunded' AND NOT p.is_kept THEN p.amount ELSE 0 END
                UNION ALL
                SELECT t.id || ' in the ledger has no payment' FROM billing.balance_transactions t
                WHERE t.type IN ('consume', 'refund')
                    AND NOT EXISTS (SELECT FROM billing.payments p WHERE p.id = t.payment_id)
                """),
        // What a user has and has paid for live orders is what was ever paid in: so too is the sum over all users.
        Invariant(
            name: "6f", statement: "no money comes or goes: balances and payments are what was paid in",
            violations: """
                SELECT b.user_id || ' paid in ' || money.paid_in || ', has ' || b.balance || ', and has paid ' || money.spent
                FROM billing.user_balances b, LATERAL (
                    SELECT
                        coalesce((SELECT sum(t.amount) FROM billing.balance_transactions t
                            WHERE t.user_id = b.user_id AND t.type NOT IN ('consume', 'refund')), 0) AS paid_in,
                        coalesce((SELECT sum(p.amount) FROM payment p
                            WHERE p.user_id = b.user_id AND p.is_kept), 0) AS spent
                ) AS money
                WHERE b.balance + money.spent <> money.paid_in OR b.total_consumption <> money.spent
                """),
        Invariant(
            name: "6g", statement: "each completed purchase raised the buyer's quota, and nothing else did",
            violations: """
                SELECT s.id || ' did not raise the quota of ' || o.user_id FROM saga s
                JOIN purchase_order po ON po.saga_id = s.id JOIN billing.orders o ON o.id = po.order_id
                JOIN core.plan_limits l ON l.plan_id = o.plan_id
                WHERE s.workflow = 'plan-purchase' AND s.status = 'completed' AND NOT EXISTS (
                    SELECT FROM core.quotas q JOIN core.users u ON u.id = q.user_id
                    WHERE q.user_id = o.user_id AND (q.status = 'active' OR u.status = 'deleted')
                        AND (q.limits ->> 'maxDevices')::int >= l.max_devices)
                UNION ALL
                SELECT q.user_id || ' has a quota without a paid order' FROM core.quotas q
                WHERE q.plan_id IS NOT NULL AND NOT EXISTS (
                    SELECT FROM billing.orders o WHERE o.user_id = q.user_id AND o.plan_id = q.plan_id
                        AND (o.status IN ('paid', 'completed') OR (
                            o.status = 'refunded' AND EXISTS (SELECT FROM refund r WHERE r.order_id = o.id))))
                """),
    ]
}
