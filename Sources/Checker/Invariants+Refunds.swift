extension Invariants {
    /// 6, continued: money that is frozen, given back, or paid for what comes after.
    static let refunds: [Invariant] = [
        Invariant(
            name: "6h", statement: "what is frozen of every balance is the sum of what the ledger froze",
            violations: """
                SELECT b.user_id || ' has ' || b.frozen_amount || ' frozen, the ledger says ' || coalesce(sum(t.frozen_change), 0)
                FROM billing.user_balances b LEFT JOIN billing.balance_transactions t USING (user_id)
                GROUP BY b.user_id, b.frozen_amount HAVING b.frozen_amount <> coalesce(sum(t.frozen_change), 0)
                """),
        Invariant(
            name: "6i",
            statement: "each completed refund: paid once by the provider, credited once, payment and order refunded",
            violations: """
                SELECT r.saga_id || ': payment ' || coalesce(p.status, 'missing') || ', order ' || coalesce(o.status, 'missing')
                    || ', at the provider ' || counts.provider || ', credited ' || counts.ledger
                FROM refund r LEFT JOIN payment p ON p.id = r.payment_id LEFT JOIN billing.orders o ON o.id = r.order_id,
                    LATERAL (SELECT
                        (SELECT count(*) FROM billing.provider_refunds x
                            WHERE x.payment_id = r.payment_id AND x.status = 'refunded' AND x.amount = p.amount) AS provider,
                        (SELECT count(*) FROM billing.balance_transactions t
                            WHERE t.payment_id = r.payment_id AND t.type = 'refund' AND t.amount = p.amount) AS ledger
                    ) AS counts
                WHERE r.status = 'completed' AND (p.status = 'refunded' AND p.order_id = o.id AND o.status = 'refunded'
                    AND counts.provider = 1 AND counts.ledger = 1) IS NOT TRUE
                """),
        Invariant(
            name: "6j", statement: "each compensated refund: the payment stands, and the provider pays nothing back",
            violations: """
                SELECT r.saga_id || ': payment ' || coalesce(p.status, 'missing') || ', at the provider '
                    || coalesce(x.status, 'nothing')
                FROM refund r LEFT JOIN payment p ON p.id = r.payment_id
                LEFT JOIN billing.provider_refunds x ON x.payment_id = r.payment_id AND x.status IN ('accepted', 'refunded')
                WHERE r.status = 'compensated' AND r.payment_id IS NOT NULL
                    AND (p.status IS DISTINCT FROM 'success' OR x.id IS NOT NULL)
                    AND NOT EXISTS (
                        SELECT FROM refund later WHERE later.order_id = r.order_id AND later.status <> 'compensated')
                """),
        Invariant(
            name: "6k", statement: "an order is followed by at most one that is live",
            violations: """
                SELECT previous_order_id || ' is followed by ' || count(*) FROM billing.orders
                WHERE previous_order_id IS NOT NULL AND status IN ('pending', 'paid', 'completed')
                GROUP BY previous_order_id HAVING count(*) > 1
                """),
    ]
}
