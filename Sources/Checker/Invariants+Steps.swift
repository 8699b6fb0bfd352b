extension Invariants {
    /// 2: every effect once, and not without a saga that asked for it.
    static let once: [Invariant] = [
        Invariant(
            name: "2a", statement: "no step takes effect without a saga that has it and asked for it",
            violations: """
                SELECT b.saga_id || ' is unknown, and did ' || b.step FROM barrier b
                WHERE NOT EXISTS (SELECT FROM saga s WHERE s.id = b.saga_id)
                UNION ALL
                SELECT b.saga_id || ' did ' || b.step || ', which ' || s.workflow || ' does not have'
                FROM barrier b JOIN saga s ON s.id = b.saga_id
                WHERE NOT EXISTS (SELECT FROM workflow_step w WHERE w.workflow_id = s.workflow_id AND w.step = b.step)
                    AND NOT EXISTS (SELECT FROM former_step f WHERE f.saga_id = b.saga_id AND f.step = b.step)
                """),
        Invariant(
            name: "2b", statement: "no undo takes effect before its do, and no do after its undo",
            violations: """
                SELECT d.saga_id || ' did ' || d.step || ' after its undo'
                FROM barrier d JOIN barrier u USING (service, saga_id, step, iteration)
                WHERE d.direction = 'do' AND d.outcome = 'done' AND u.direction = 'undo' AND u.outcome = 'done'
                    AND u.at < d.at
                UNION ALL
                SELECT u.saga_id || ' undid ' || u.step || ' and may yet do it' FROM barrier u
                WHERE u.direction = 'undo' AND NOT EXISTS (
                    SELECT FROM barrier d WHERE d.service = u.service AND d.saga_id = u.saga_id AND d.step = u.step
                        AND d.iteration = u.iteration AND d.direction = 'do' AND d.outcome IN ('done', 'tombstone'))
                """),
        Invariant(
            name: "2c", statement: "no step is done by two services, or left half done by one",
            violations: """
                SELECT saga_id || ' did ' || step || ' in several databases' FROM barrier
                WHERE outcome = 'done' GROUP BY saga_id, step, iteration, direction HAVING count(*) > 1
                UNION ALL
                SELECT saga_id || ' is in the middle of the ' || direction || ' of ' || step FROM barrier
                WHERE outcome = 'open'
                """),
        Invariant(
            name: "2d", statement: "every order, payment and notification is the effect of one step of one saga",
            violations: """
                WITH made AS (
                    SELECT 'order' AS kind, id FROM billing.orders
                    UNION ALL SELECT 'payment', id FROM billing.payments
                    UNION ALL SELECT 'notification', id FROM core.notifications
                )
                SELECT made.kind || ' ' || made.id || ' belongs to no saga' FROM made
                WHERE NOT EXISTS (SELECT FROM effect e WHERE e.kind = made.kind AND e.id = made.id)
                    -- Whoever could not be charged is asked by what listens to that.
                    AND NOT EXISTS (
                        SELECT FROM core.notifications n WHERE n.id = made.id AND n.type = 'alert'
                            AND (SELECT count(*) FROM core.notifications a
                                WHERE a.user_id = n.user_id AND a.type = 'alert') <=
                            (SELECT sum(o.charge_attempts) FROM billing.orders o WHERE o.user_id = n.user_id))
                UNION ALL
                SELECT e.saga_id || ' made the ' || e.kind || ' ' || coalesce(e.id::text, 'without an id')
                    || ', which is not there'
                FROM effect e WHERE NOT EXISTS (SELECT FROM made WHERE made.kind = e.kind AND made.id = e.id)
                UNION ALL
                SELECT kind || ' ' || id || ' was made ' || count(*) || ' times' FROM effect
                GROUP BY kind, id HAVING count(*) > 1
                UNION ALL
                SELECT saga_id || ' made several orders' FROM purchase_order GROUP BY saga_id HAVING count(*) > 1
                """),
        Invariant(
            name: "2e", statement: "what a history calls done, or undone, its service knows of",
            violations: """
                SELECT h.saga_id || ' has the word for the ' || h.direction || ' of ' || h.step || ', but no record of it'
                FROM history h JOIN saga s ON s.id = h.saga_id
                LEFT JOIN workflow_step w ON w.workflow_id = s.workflow_id AND w.step = h.step
                LEFT JOIN former_step f ON f.saga_id = h.saga_id AND f.step = h.step
                WHERE h.kind = 'done' AND coalesce(w.kind, f.kind, 'do') = 'do' AND NOT EXISTS (
                    SELECT FROM barrier b WHERE b.saga_id = h.saga_id AND b.step = h.step AND b.outcome = 'done'
                        AND b.direction = CASE h.direction WHEN 'undo' THEN 'undo' ELSE 'do' END)
                """),
    ]

    /// 3 and 4: what comes after what.
    static let order: [Invariant] = [
        // The history does not say which branch a step belongs to.
        Invariant(
            name: "3", statement: "steps are undone in the reverse of their order, those of a parallel apart",
            violations: """
                WITH undone AS (
                    SELECT h.saga_id, w.place, w.step, w.lets_others_go_on, w.is_in_parallel, min(h.revision) AS revision
                    FROM history h JOIN saga s ON s.id = h.saga_id
                    JOIN workflow_step w ON w.workflow_id = s.workflow_id AND w.step = h.step
                    WHERE h.kind = 'done' AND h.direction = 'undo'
                    GROUP BY h.saga_id, w.place, w.step, w.lets_others_go_on, w.is_in_parallel
                )
                SELECT early.saga_id || ' undid ' || early.step || ' before ' || late.step
                FROM undone early JOIN undone late ON late.saga_id = early.saga_id AND late.place > early.place
                WHERE early.revision < late.revision AND NOT late.lets_others_go_on
                    AND NOT (early.is_in_parallel AND late.is_in_parallel)
                """),
        // Of a step that is not undone in its turn, a late answer may still settle whether it happened.
        Invariant(
            name: "4a", statement: "no step is done once the undo has begun",
            violations: """
                SELECT h.saga_id || ' heard of the ' || h.direction || ' of ' || h.step || ' while it was undone'
                FROM history h JOIN saga s ON s.id = h.saga_id
                LEFT JOIN workflow_step w ON w.workflow_id = s.workflow_id AND w.step = h.step
                LEFT JOIN former_step f ON f.saga_id = h.saga_id AND f.step = h.step
                WHERE h.direction IN ('do', 'probe')
                    AND NOT (h.kind = 'done' AND coalesce(
                        w.is_readonly OR w.is_optional, f.is_readonly OR f.is_optional, false))
                    AND h.revision > (
                        SELECT min(u.revision) FROM history u WHERE u.saga_id = h.saga_id AND u.direction = 'undo')
                """),
        Invariant(
            name: "4b", statement: "nothing is undone after the point of no return",
            violations: """
                SELECT s.id || ' undid ' || u.step || ' although it was past ' || w.step
                FROM saga s JOIN workflow_step w ON w.workflow_id = s.workflow_id AND w.is_pivot
                JOIN barrier u ON u.saga_id = s.id AND u.direction = 'undo'
                WHERE EXISTS (
                        SELECT FROM barrier b WHERE b.saga_id = s.id AND b.step = w.step AND b.direction = 'do'
                            AND b.outcome = 'done')
                    -- An event is taken, and not done by anybody.
                    OR EXISTS (
                        SELECT FROM history h WHERE h.saga_id = s.id AND h.step = w.step AND h.kind = 'signalled')
                """),
        Invariant(
            name: "4c", statement: "no step takes effect that its saga's stored state has not reached",
            violations: """
                SELECT b.saga_id || ' has not reached ' || b.step || ', which has a record'
                FROM barrier b JOIN step_state x USING (saga_id, step) WHERE x.phase = 0
                """),
        Invariant(
            name: "4d", statement: "no event tells of what is not there, or waits to be published for a minute",
            violations: """
                WITH outbox AS (SELECT * FROM billing.saga_outbox UNION ALL SELECT * FROM core.saga_outbox)
                SELECT event || ' about ' || aggregate || ' tells of what is not there' FROM outbox
                WHERE CASE split_part(event, '.', 1)
                    WHEN 'order' THEN NOT EXISTS (SELECT FROM billing.orders o WHERE o.id::text = aggregate)
                    WHEN 'device' THEN NOT EXISTS (SELECT FROM core.devices d WHERE d.id::text = aggregate)
                    ELSE false END
                UNION ALL
                SELECT event || ' about ' || aggregate || ' was not published' FROM outbox
                WHERE at < now() - interval '1 minute'
                """),
    ]
}
