extension Schema {
    static let views = """
        CREATE VIEW open_sagas AS
            SELECT s.id, o.workflow, v.version, s.status, o.business_key, s.has_incident,
                clock_timestamp() - s.started_at AS age, clock_timestamp() - s.updated_at AS silent_for,
                s.timer_at, s.revision, o.tenant, o.idempotency_key, n.name AS last_node, s.state
            FROM sagas s
            JOIN saga_origins o USING (id)
            JOIN workflow_versions v ON v.id = s.workflow_id
            LEFT JOIN saga_nodes n ON n.id = s.node
            WHERE s.status IN ('queued', 'running', 'compensating');
        COMMENT ON VIEW open_sagas IS 'Sagas that have not ended. Add ORDER BY age DESC for the oldest first.';

        CREATE VIEW stuck_sagas AS
            SELECT s.id, o.workflow, s.status, o.business_key,
                CASE WHEN s.has_incident THEN 'incident'
                     WHEN s.status = 'queued' THEN 'in line for a lock'
                     ELSE 'nothing wakes it up: a bug' END AS why,
                i.step, i.participant, i.cause, i.error_code, i.error_message, i.opened_at,
                clock_timestamp() - s.updated_at AS silent_for
            FROM sagas s
            JOIN saga_origins o USING (id)
            LEFT JOIN saga_incidents i ON i.saga_id = s.id AND i.resolved_at IS NULL
            WHERE s.status IN ('queued', 'running', 'compensating')
                AND (s.has_incident OR s.timer_at IS NULL);
        COMMENT ON VIEW stuck_sagas IS
            'Open sagas that go on only when somebody acts: a person for an incident, another saga''s end for a lock.';

        CREATE VIEW saga_events AS
            SELECT h.saga_id, h.revision, h.at,
                h.at - lag(h.at) OVER (PARTITION BY h.saga_id ORDER BY h.revision) AS after,
                h.kind, h.step, h.direction, h.attempt, left(h.data, 200) AS data
            FROM saga_history h;
        COMMENT ON VIEW saga_events IS
            'The history for reading; always with WHERE saga_id = ''…'' ORDER BY revision.';
        """
}
