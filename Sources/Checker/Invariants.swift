/// The invariants of the platform, for sagas of the workflow plan-purchase and for any other where the
/// query does not name its steps.
public enum Invariants {
    /// What several of the queries look at: local copies, so that each table crosses the wire once.
    static let views = """
        CREATE TEMP TABLE saga AS SELECT s.*, o.workflow FROM saga.sagas s JOIN saga.saga_origins o USING (id);
        CREATE TEMP TABLE history AS SELECT * FROM saga.saga_history;
        CREATE TEMP TABLE barrier AS
            SELECT 'billing' AS service, * FROM billing.saga_barrier
            UNION ALL SELECT 'core' AS service, * FROM core.saga_barrier;
        CREATE TEMP TABLE purchase_order AS
            SELECT b.saga_id, (b.reply::json ->> 'orderId')::uuid AS order_id
            FROM barrier b WHERE b.step = 'create-order' AND b.direction = 'do' AND b.outcome = 'done';
        CREATE INDEX ON saga (id);
        CREATE INDEX ON history (saga_id, revision);
        CREATE INDEX ON barrier (saga_id, step);
        CREATE INDEX ON purchase_order (saga_id);
        ANALYZE saga; ANALYZE history; ANALYZE barrier; ANALYZE purchase_order;
        """

    public static let all: [Invariant] = [
        Invariant(
            name: "1a", statement: "every completed purchase has each required step done",
            violations: """
                SELECT s.id || ' lacks ' || required.step
                FROM saga s CROSS JOIN (VALUES ('validate-plan'), ('create-order'), ('allocate-device'), ('charge'),
                    ('activate-order'), ('raise-quota')) AS required (step)
                WHERE s.workflow = 'plan-purchase' AND s.status = 'completed' AND NOT EXISTS (
                    SELECT FROM history h WHERE h.saga_id = s.id AND h.step = required.step AND h.kind = 'done'
                        AND h.direction IN ('do', 'probe'))
                """),
        Invariant(
            name: "1b", statement: "every compensated saga has nothing done, or possibly done, left",
            violations: """
                SELECT s.id || ' left ' || b.step
                FROM saga s JOIN barrier b ON b.saga_id = s.id AND b.direction = 'do' AND b.outcome = 'done'
                WHERE s.status = 'compensated' AND b.step <> 'validate-plan' AND NOT EXISTS (
                    SELECT FROM barrier u WHERE u.saga_id = s.id AND u.step = b.step AND u.direction = 'undo'
                        AND u.outcome = 'done')
                """),
        Invariant(
            name: "1c", statement: "every open saga has a timer, a place in line or an open incident",
            violations: """
                SELECT s.id || ' is lost while ' || s.status FROM saga s
                WHERE s.ended_at IS NULL
                    AND NOT EXISTS (SELECT FROM saga.saga_timers t WHERE t.saga_id = s.id)
                    AND NOT EXISTS (SELECT FROM saga.saga_locks l WHERE l.saga_id = s.id AND NOT l.held)
                    AND NOT EXISTS (
                        SELECT FROM saga.saga_incidents i WHERE i.saga_id = s.id AND i.resolved_at IS NULL)
                """),
        Invariant(
            name: "2a", statement: "no step takes effect without a saga that asked for it",
            violations: """
                SELECT b.saga_id || ' is unknown, and did ' || b.step FROM barrier b
                WHERE NOT EXISTS (SELECT FROM saga s WHERE s.id = b.saga_id)
                """),
        Invariant(
            name: "2b", statement: "no undo takes effect before its do, and no do after its undo",
            violations: """
                SELECT d.saga_id || ' did ' || d.step || ' after its undo'
                FROM barrier d JOIN barrier u USING (service, saga_id, step, iteration)
                WHERE d.direction = 'do' AND d.outcome = 'done' AND u.direction = 'undo' AND u.outcome = 'done'
                    AND u.at < d.at
                """),
        Invariant(
            name: "2c", statement: "a purchase makes at most one order",
            violations: """
                SELECT o.id || ' belongs to no saga' FROM billing.orders o
                WHERE NOT EXISTS (SELECT FROM purchase_order p WHERE p.order_id = o.id)
                UNION ALL
                SELECT p.saga_id || ' made several orders' FROM purchase_order p GROUP BY p.saga_id HAVING count(*) > 1
                """),
        Invariant(
            name: "3", statement: "steps are undone in the reverse of the order in which they were done",
            violations: """
                WITH done AS (
                    SELECT saga_id, step, min(revision) AS revision FROM history
                    WHERE kind = 'done' AND direction IN ('do', 'probe') GROUP BY saga_id, step
                ), undone AS (
                    SELECT saga_id, step, min(revision) AS revision FROM history
                    WHERE kind = 'done' AND direction = 'undo' GROUP BY saga_id, step
                )
                SELECT first.saga_id || ' undid ' || first.step || ' before ' || second.step
                FROM done first JOIN done second ON second.saga_id = first.saga_id AND second.revision > first.revision
                JOIN undone first_undo ON first_undo.saga_id = first.saga_id AND first_undo.step = first.step
                JOIN undone second_undo ON second_undo.saga_id = first.saga_id AND second_undo.step = second.step
                WHERE first_undo.revision < second_undo.revision
                """),
        Invariant(
            name: "4a", statement: "no step is done once the undo has begun",
            violations: """
                SELECT h.saga_id || ' did ' || h.step || ' while it was undone' FROM history h
                WHERE h.kind = 'done' AND h.direction = 'do' AND h.revision > (
                    SELECT min(u.revision) FROM history u WHERE u.saga_id = h.saga_id AND u.direction = 'undo')
                """),
        Invariant(
            name: "4b", statement: "nothing is undone after the point of no return",
            violations: """
                SELECT b.saga_id || ' undid ' || u.step || ' although it was past its pivot'
                FROM barrier b JOIN barrier u ON u.saga_id = b.saga_id AND u.direction = 'undo'
                WHERE b.step = 'activate-order' AND b.direction = 'do' AND b.outcome = 'done'
                """),
        Invariant(
            name: "5", statement: "every history is without gaps and leads to the stored revision",
            violations: """
                SELECT s.id || ' has revision ' || s.revision || ' and ' || count(h.revision) || ' rows'
                FROM saga s LEFT JOIN history h ON h.saga_id = s.id
                GROUP BY s.id, s.revision
                HAVING count(h.revision) <> s.revision OR min(h.revision) <> 1 OR max(h.revision) <> s.revision
                """),
        Invariant(
            name: "6a", statement: "every balance is the sum of its ledger",
            violations: """
                SELECT b.user_id || ' has ' || b.balance || ', the ledger says ' || coalesce(sum(t.amount), 0)
                FROM billing.user_balances b LEFT JOIN billing.balance_transactions t USING (user_id)
                GROUP BY b.user_id, b.balance HAVING b.balance <> coalesce(sum(t.amount), 0)
                """),
        Invariant(
            name: "6b", statement: "each completed purchase: one order paid, one charge, one device",
            violations: """
                SELECT s.id || ': order ' || coalesce(o.status, 'missing') || ', charges ' || (
                        SELECT count(*) FROM billing.payments p WHERE p.order_id = o.id AND p.status = 'success')
                    || ', devices ' || (SELECT count(*) FROM core.devices d WHERE d.order_id = o.id)
                FROM saga s LEFT JOIN purchase_order po ON po.saga_id = s.id LEFT JOIN billing.orders o ON o.id = po.order_id
                WHERE s.workflow = 'plan-purchase' AND s.status = 'completed' AND NOT (
                    o.status IS NOT DISTINCT FROM 'paid'
                    AND (SELECT count(*) FROM billing.payments p WHERE p.order_id = o.id AND p.status = 'success') = 1
                    AND (SELECT count(*) FROM billing.balance_transactions t
                        WHERE t.order_id = o.id AND t.type = 'consume' AND -t.amount = o.final_amount) = 1
                    AND (SELECT count(*) FROM core.devices d WHERE d.order_id = o.id AND d.status = 'allocated') = 1)
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
            name: "6d", statement: "no device is held for an order that is neither open nor paid",
            violations: """
                SELECT d.id || ' is held for order ' || d.order_id FROM core.devices d
                LEFT JOIN billing.orders o ON o.id = d.order_id
                WHERE d.order_id IS NOT NULL AND coalesce(o.status, 'missing') NOT IN ('pending', 'paid')
                """),
        Invariant(
            name: "7", statement: "one start key makes one saga, however many orchestrators took it in",
            violations: """
                SELECT idempotency_key || ' made ' || count(*) || ' sagas' FROM saga.saga_origins
                GROUP BY tenant, workflow, idempotency_key HAVING count(*) > 1
                """),
        Invariant(
            name: "8a", statement: "a lock key is held by at most one saga",
            violations: """
                SELECT key || ' is held by ' || count(*) FROM saga.saga_locks WHERE held GROUP BY key HAVING count(*) > 1
                """),
        Invariant(
            name: "8b", statement: "no lock outlives its saga, and no running saga has lost its lock",
            violations: """
                SELECT l.key || ' is kept by ' || l.saga_id FROM saga.saga_locks l JOIN saga s ON s.id = l.saga_id
                WHERE s.ended_at IS NOT NULL
                UNION ALL
                SELECT s.id || ' runs without its lock' FROM saga s
                WHERE s.workflow = 'plan-purchase' AND s.status IN ('running', 'compensating')
                    AND NOT EXISTS (SELECT FROM saga.saga_locks l WHERE l.saga_id = s.id AND l.held)
                """),
    ]
}
