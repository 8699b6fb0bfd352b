extension Invariants {
    /// 1: ends mean what they say, and nothing is lost.
    static let ends: [Invariant] = [
        Invariant(
            name: "1a", statement: "every completed saga has each required step done",
            violations: """
                SELECT s.id || ' lacks ' || w.step
                FROM saga s JOIN workflow_step w USING (workflow_id, body)
                WHERE s.status = 'completed' AND w.kind IN ('do', 'run', 'listen', 'approval') AND NOT w.is_optional
                    AND NOT EXISTS (
                        SELECT FROM history h WHERE h.saga_id = s.id AND h.step = w.step AND (
                            h.kind IN ('signalled', 'resolved-done', 'skipped', 'skip-forced') OR (h.kind = 'done' AND h.direction IN ('do', 'probe'))))
                    AND NOT (w.is_conditional AND NOT EXISTS (
                        SELECT FROM history h WHERE h.saga_id = s.id AND h.step = w.step AND h.kind <> 'decided'))
                UNION ALL
                SELECT s.id || ' is of ' || s.workflow || ', whose steps are unknown'
                FROM saga s WHERE
                    (SELECT count(*) FROM workflow_step w WHERE w.workflow_id = s.workflow_id AND w.body = s.body) = 0
                UNION ALL
                SELECT s.id || ' is of ' || s.workflow || ' with ' || planned.steps || ' steps, but has ' || x.steps
                    || ' in its stored state' || CASE WHEN x.unread > 0 THEN ', of which ' || x.unread || ' mean nothing'
                        ELSE '' END
                FROM saga s, LATERAL (
                    SELECT count(*) AS steps FROM workflow_step w
                    WHERE w.workflow_id = s.workflow_id AND w.body = s.body
                ) AS planned, LATERAL (
                    SELECT count(*) AS steps, count(*) FILTER (WHERE item IS NULL) AS unread FROM stored_step x
                    WHERE x.saga_id = s.id
                ) AS x
                WHERE planned.steps > 0 AND (x.steps <> planned.steps OR x.unread > 0)
                """),
        Invariant(
            name: "1b", statement: "every compensated saga has nothing done, or possibly done, left",
            violations: """
                SELECT s.id || ' left ' || b.step
                FROM saga s JOIN barrier b ON b.saga_id = s.id AND b.direction = 'do' AND b.outcome = 'done'
                LEFT JOIN workflow_step w ON w.workflow_id = s.workflow_id AND w.step = b.step
                LEFT JOIN former_step f ON f.saga_id = s.id AND f.step = b.step
                WHERE s.status = 'compensated' AND coalesce(w.is_readonly, f.is_readonly, false) IS NOT true AND NOT EXISTS (
                    SELECT FROM barrier u WHERE u.saga_id = s.id AND u.step = b.step AND u.iteration = b.iteration
                        AND u.direction = 'undo' AND u.outcome = 'done')
                    -- A person has undone it by hand.
                    AND NOT EXISTS (
                        SELECT FROM history h WHERE h.saga_id = s.id AND h.step = b.step AND h.kind = 'resolved-undone')
                """),
        Invariant(
            name: "1c",
            statement:
                "every open saga has a timer, a place in line, something to wait for, an open incident or a pause",
            violations: """
                SELECT s.id || ' is lost while ' || s.status FROM saga s
                WHERE s.ended_at IS NULL AND NOT s.is_paused
                    AND NOT EXISTS (SELECT FROM saga.saga_timers t WHERE t.saga_id = s.id)
                    AND NOT EXISTS (
                        SELECT FROM saga.saga_locks l WHERE l.saga_id = s.id AND NOT l.held AND s.status = 'queued')
                    AND NOT EXISTS (
                        SELECT FROM saga.saga_incidents i WHERE i.saga_id = s.id AND i.resolved_at IS NULL)
                    AND NOT EXISTS (SELECT FROM saga.saga_waits w WHERE w.saga_id = s.id)
                    AND NOT EXISTS (
                        SELECT FROM step_state x WHERE x.saga_id = s.id AND x.kind = 'approval' AND x.phase = 15)
                    AND NOT EXISTS (SELECT FROM saga c WHERE c.parent_id = s.id AND c.ended_at IS NULL)
                """),
        Invariant(
            name: "1d", statement: "no open saga's timer is later than what it waits for",
            violations: """
                SELECT s.id || ' is due at ' || due.at || ', and its timer does not say so'
                FROM saga s, LATERAL (
                    SELECT least(s.deadline_at, min(x.due_at)) AS at FROM step_state x WHERE x.saga_id = s.id
                ) AS due
                WHERE s.ended_at IS NULL AND NOT s.is_paused AND due.at IS NOT NULL AND NOT EXISTS (
                    SELECT FROM saga.saga_timers t WHERE t.saga_id = s.id AND t.due_at <= due.at)
                """),
        // Phases: 0 not reached, 5 done, 6 failed, 7 unknown, 11 undone, 16 passed over.
        Invariant(
            name: "1e", statement: "the stored state of an ended saga leaves no step open",
            violations: """
                SELECT saga_id || ' is ' || status || ', but ' || step || ' is in phase ' || phase FROM step_state
                WHERE CASE status
                    WHEN 'completed' THEN phase <> 5 AND NOT (is_optional AND phase IN (6, 7))
                        AND NOT (is_conditional AND phase IN (0, 16)) AND NOT (is_passed_over AND phase IN (7, 16))
                    WHEN 'compensated' THEN phase NOT IN (0, 6, 11, 16) AND NOT (is_readonly AND phase IN (5, 7))
                        AND NOT (kind NOT IN ('do', 'run', 'each') AND phase = 5)
                    ELSE false END
                """),
        Invariant(
            name: "1f",
            statement: "an incident is on record exactly while its saga has one, and none outlives its saga",
            violations: """
                SELECT s.id || CASE WHEN s.has_incident THEN ' has an incident that is not on record'
                    ELSE ' does not know of its incident' END
                FROM saga s WHERE s.has_incident <> EXISTS (
                    SELECT FROM saga.saga_incidents i WHERE i.saga_id = s.id AND i.resolved_at IS NULL)
                UNION ALL
                SELECT i.saga_id || ' is over, but its incident on ' || i.step || ' is open'
                FROM saga.saga_incidents i LEFT JOIN saga s ON s.id = i.saga_id
                WHERE i.resolved_at IS NULL AND (s.id IS NULL OR s.ended_at IS NOT NULL)
                """),
    ]
}
