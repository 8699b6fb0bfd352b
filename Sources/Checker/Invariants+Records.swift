extension Invariants {
    /// 5: histories and stored states agree.
    static let histories: [Invariant] = [
        Invariant(
            name: "5a", statement: "every history is without gaps and leads to the stored revision",
            violations: """
                SELECT s.id || ' has revision ' || s.revision || ' and ' || count(h.revision) || ' rows'
                FROM saga s LEFT JOIN history h ON h.saga_id = s.id
                GROUP BY s.id, s.revision
                HAVING count(h.revision) <> s.revision OR min(h.revision) <> 1 OR max(h.revision) <> s.revision
                UNION ALL
                SELECT h.saga_id || ' has a history, but is not there' FROM history h
                WHERE NOT EXISTS (SELECT FROM saga s WHERE s.id = h.saga_id) GROUP BY h.saga_id
                UNION ALL
                SELECT h.saga_id || ' begins with ' || h.kind FROM history h
                WHERE (h.revision = 1) <> (h.kind IN ('started', 'queued'))
                """),
        Invariant(
            name: "5b", statement: "the stored state names as output the row of the history in which the step was done",
            violations: """
                SELECT x.saga_id || ' says that ' || x.step || ' was done in row ' || x.output_revision
                    || ', the history says ' || coalesce(done.revision::text, 'never')
                FROM step_state x LEFT JOIN (
                    SELECT saga_id, step, max(revision) AS revision FROM history
                    WHERE kind IN ('signalled', 'resolved-done', 'skipped', 'skip-forced')
                        OR (kind = 'done' AND direction IN ('do', 'probe')) GROUP BY saga_id, step
                ) AS done USING (saga_id, step)
                WHERE x.kind IN ('do', 'run', 'listen', 'approval') AND x.output_revision <> coalesce(done.revision, 0)
                """),
    ]

    /// 7: two orchestrators are as one.
    static let starts: [Invariant] = [
        Invariant(
            name: "7a", statement: "one start key makes one saga, however many orchestrators took it in",
            violations: """
                SELECT idempotency_key || ' made ' || count(*) || ' sagas' FROM saga.saga_origins
                GROUP BY tenant, workflow, idempotency_key HAVING count(*) > 1
                """),
        Invariant(
            name: "7b", statement: "every saga has its origin, and every origin its saga, of one workflow",
            violations: """
                SELECT coalesce(s.id, o.id) || CASE
                    WHEN o.id IS NULL THEN ' has no origin'
                    WHEN s.id IS NULL THEN ' was started, but is not there'
                    ELSE ' is of another workflow than it was started with' END
                FROM saga s FULL JOIN saga.saga_origins o USING (id)
                WHERE o.id IS NULL OR s.id IS NULL OR s.workflow_id <> o.workflow_id OR s.workflow <> o.workflow
                """),
    ]

    /// 8: lock keys.
    static let locks: [Invariant] = [
        Invariant(
            name: "8a", statement: "a lock key is held by at most one saga",
            violations: """
                SELECT key || ' is held by ' || count(*) FROM saga.saga_locks WHERE held GROUP BY key HAVING count(*) > 1
                """),
        Invariant(
            name: "8b", statement: "no lock outlives its saga, and no running saga has lost its lock",
            violations: """
                SELECT l.key || ' is kept by ' || l.saga_id FROM saga.saga_locks l LEFT JOIN saga s ON s.id = l.saga_id
                WHERE s.id IS NULL OR s.ended_at IS NOT NULL
                UNION ALL
                SELECT s.id || ' runs without its lock' FROM saga s
                WHERE s.has_locks AND s.status IN ('running', 'compensating')
                    -- Its parent may have opened it again after its end.
                    AND NOT EXISTS (SELECT FROM history h WHERE h.saga_id = s.id AND h.kind = 'cancelled-by-parent')
                    AND (
                    NOT EXISTS (SELECT FROM saga.saga_locks l WHERE l.saga_id = s.id)
                    OR EXISTS (SELECT FROM saga.saga_locks l WHERE l.saga_id = s.id AND NOT l.held))
                """),
        Invariant(
            name: "8c", statement: "a user has at most one open purchase, whatever the locks say",
            violations: """
                SELECT h.data::json ->> 'userId' || ' has ' || count(*) || ' open purchases'
                FROM saga s JOIN history h ON h.saga_id = s.id AND h.revision = 1
                WHERE s.workflow = 'plan-purchase' AND s.status IN ('running', 'compensating')
                GROUP BY h.data::json ->> 'userId' HAVING count(*) > 1
                """),
    ]
}
