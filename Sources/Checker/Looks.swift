/// What the queries look at beside the foreign tables: local copies, so that each table crosses the wire
/// once, and what workflows and stored states say, taken apart.
///
/// Workflows are stored as they were written, so their steps are read from the text, by patterns and not by
/// a parser: an item of a list that has a `do`. That is enough for the style in which workflows are written
/// here, and where it is not, `1a` says so instead of finding nothing.
enum Looks {
    static let script = workflows + sagas + services + indexes

    private static let workflows = #"""
        CREATE TEMP TABLE workflow AS
            SELECT id AS workflow_id, workflow, source ~ '\nlocks:' AS has_locks, source ~ '\mparallel:' AS has_parallel,
                regexp_replace(source, '(^|\s)#[^\n]*', '\1', 'g') AS source
            FROM saga.workflow_versions;
        CREATE TEMP TABLE workflow_step AS
            SELECT workflow_id, workflow, has_parallel, substring(text FROM '^[\w-]+') AS step,
                row_number() OVER (PARTITION BY workflow_id ORDER BY item) AS place,
                text ~ '\mreadonly:\s*true' AS is_readonly, text ~ '\mpivot:\s*true' AS is_pivot,
                text ~ '\moptional:\s*true' AS is_optional, text ~ '\monUndoFailure:\s*continue' AS lets_others_go_on
            FROM workflow, LATERAL (
                SELECT regexp_replace(part, '\n\S.*$', '') AS text, item
                FROM regexp_split_to_table(source, '\n\s*- (?=[\w-]+:)') WITH ORDINALITY AS parts (part, item)
            ) AS items
            WHERE text ~ '^[\w-]+:' AND text ~ '\mdo:' AND item > 1;

        """#

    /// What `state` means is said by the comment on its column.
    private static let sagas = """
        CREATE TEMP TABLE saga AS
            SELECT s.*, coalesce(w.workflow, 'unknown') AS workflow, w.has_locks,
                CASE WHEN s.state::jsonb ->> 'l' IS NULL
                    THEN s.started_at + (s.state::jsonb ->> 'd')::bigint * interval '1 microsecond' END AS deadline_at
            FROM saga.sagas s LEFT JOIN workflow w USING (workflow_id);
        CREATE TEMP TABLE step_state AS
            SELECT s.id AS saga_id, s.status, w.step, w.place, w.is_readonly, w.is_optional,
                coalesce(slots[1], 0) AS phase, coalesce(slots[7], 0) AS output_revision,
                s.started_at + (nullif(slots[5], 0) - 1) * interval '1 microsecond' AS due_at
            FROM saga s JOIN workflow_step w USING (workflow_id),
                LATERAL (SELECT s.state::jsonb -> 's' -> (w.place - 1)::int AS item) AS items,
                LATERAL (
                    SELECT array_agg(slot::bigint ORDER BY number) AS slots
                    FROM jsonb_array_elements(CASE jsonb_typeof(item) WHEN 'array' THEN item ELSE '[]' END)
                        WITH ORDINALITY AS list (slot, number)
                    WHERE jsonb_typeof(slot) = 'number'
                ) AS numbers;
        CREATE TEMP TABLE history AS SELECT * FROM saga.saga_history;

        """

    private static let services = """
        CREATE TEMP TABLE barrier AS
            SELECT 'billing' AS service, * FROM billing.saga_barrier
            UNION ALL SELECT 'core' AS service, * FROM core.saga_barrier;
        CREATE TEMP TABLE effect AS
            SELECT b.saga_id, b.step, made.kind, made.id::uuid AS id
            FROM barrier b, LATERAL (VALUES
                ('order', 'billing.create-order', 'orderId'), ('payment', 'billing.charge', 'paymentId'),
                ('notification', 'notification.send', 'notificationId')
            ) AS names (kind, action, member), LATERAL (SELECT names.kind, b.reply::json ->> names.member AS id) AS made
            WHERE b.action = names.action AND b.direction = 'do' AND b.outcome = 'done';
        CREATE TEMP TABLE purchase_order AS
            SELECT saga_id, id AS order_id FROM effect WHERE kind = 'order';

        """

    private static let indexes = """
        CREATE INDEX ON saga (id);
        CREATE INDEX ON step_state (saga_id, step);
        CREATE INDEX ON history (saga_id, revision);
        CREATE INDEX ON barrier (saga_id, step);
        CREATE INDEX ON effect (kind, id);
        CREATE INDEX ON purchase_order (saga_id);
        ANALYZE saga; ANALYZE step_state; ANALYZE history; ANALYZE barrier; ANALYZE effect; ANALYZE purchase_order;
        """
}
