/// What the queries look at beside the foreign tables: local copies, so that each table crosses the wire
/// once, and what workflows and stored states say, taken apart.
///
/// Workflows are stored as they were written, so their steps are read from the text, by patterns and not by
/// a parser: an item of a list that has a `do`. That is enough for the style in which workflows are written
/// here, and where it is not, `1a` says so instead of finding nothing.
enum Looks {
    static let script = functions + workflows + sagas + services + things + indexes

    /// An item of a list that is a step has a mapping behind its name; `- when:` and `- event:` have a text. What lies
    /// between an item and the next that is not further to the right lies in it: so the steps of an `each` are told
    /// from those around it, which are a saga of another plan. The events of a `listen` are part of its text, or what
    /// is said behind them would be lost.
    private static let workflows = #"""
        CREATE TEMP TABLE workflow AS
            SELECT id AS workflow_id, workflow, source ~ '\nlocks:' AS has_locks,
                regexp_replace(source, '(^|\s)#[^\n]*', '\1', 'g') AS source
            FROM saga.workflow_versions;
        CREATE TEMP TABLE workflow_item AS
            SELECT workflow_id, workflow, item, text, length(substring(text FROM '^ *')) AS indent,
                substring(text FROM '^ *- ([\w-]+):') AS name,
                CASE WHEN text ~ '^ *- [\w-]+: *(\n|\{|$)' THEN
                    substring(text FROM '\m(do|emit|wait|listen|approval|run|each|switch|parallel):') END AS kind
            FROM workflow, LATERAL (
                SELECT regexp_replace(part, '\n\S.*$', '') AS text, item
                FROM regexp_split_to_table(source, '\n(?= *- (?!event:)[\w-]+:)') WITH ORDINALITY AS parts (part, item)
            ) AS items
            WHERE item > 1;
        CREATE INDEX ON workflow_item (workflow_id, item);
        ANALYZE workflow_item;
        CREATE TEMP TABLE workflow_step AS
            SELECT i.workflow_id, i.workflow, coalesce(list.name, '') AS body, i.name AS step, i.kind,
                row_number() OVER (PARTITION BY i.workflow_id, list.item ORDER BY i.item) AS place,
                i.text ~ '\mreadonly:\s*true' AS is_readonly, i.text ~ '\mpivot:\s*true' AS is_pivot,
                i.text ~ '\moptional:\s*true' AS is_optional, i.text ~ '\monUndoFailure:\s*continue' AS lets_others_go_on,
                i.text ~ '\mwhen:' OR pg_temp.encloses(i.workflow_id, 'switch', i.item, i.indent) > coalesce(list.item, 0)
                    AS is_conditional,
                pg_temp.encloses(i.workflow_id, 'parallel', i.item, i.indent) > coalesce(list.item, 0) AS is_in_parallel
            FROM workflow_item i
            LEFT JOIN workflow_item list ON list.workflow_id = i.workflow_id
                AND list.item = pg_temp.encloses(i.workflow_id, 'each', i.item, i.indent)
            WHERE i.kind <> 'parallel';

        """#

    private static let functions = encloses + letters

    /// The letters of steps one by one: first groups and then runs are repeated as often as they say, `(ab3)2` to
    /// `ab3ab3` to `abbbabbb`; null of what is no such text.
    private static let letters = #"""
        CREATE FUNCTION pg_temp.alphabet() RETURNS text IMMUTABLE LANGUAGE sql AS $$
            SELECT 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ' $$;
        CREATE FUNCTION pg_temp.repeated(text) RETURNS text IMMUTABLE LANGUAGE sql AS $$
            SELECT string_agg(repeat(coalesce(part[1], part[2]), coalesce(nullif(part[3], '')::int, 1)), '' ORDER BY place)
            FROM regexp_matches($1, '(?:\(([a-zA-Z0-9]+)\)|([a-zA-Z]))(\d*)', 'g') WITH ORDINALITY AS parts (part, place) $$;
        CREATE FUNCTION pg_temp.letters(text) RETURNS text IMMUTABLE LANGUAGE sql AS $$
            SELECT CASE WHEN $1 ~ '^([a-zA-Z]\d{0,4}|\(([a-zA-Z]\d{0,4})+\)\d{1,4})+$'
                THEN pg_temp.repeated(pg_temp.repeated($1)) END $$;

        """#

    /// The innermost item of a kind around an item; 0 if there is none.
    private static let encloses = """
        CREATE FUNCTION pg_temp.encloses(of_workflow int, of_kind text, of_item bigint, of_indent int) RETURNS bigint
            LANGUAGE plpgsql AS $$ BEGIN RETURN (
                SELECT coalesce(max(e.item), 0) FROM workflow_item e
                WHERE e.workflow_id = of_workflow AND e.kind = of_kind AND e.item < of_item AND e.indent < of_indent
                    AND NOT EXISTS (
                        SELECT FROM workflow_item b WHERE b.workflow_id = of_workflow AND b.item > e.item
                            AND b.item < of_item AND b.indent <= e.indent));
            END $$;

        """

    /// What `state` means is said by the comment on its column.
    private static let sagas = #"""
        CREATE TEMP TABLE saga AS
            SELECT s.*, coalesce(w.workflow, 'unknown') AS workflow, w.has_locks AND o.parent_body IS NULL AS has_locks,
                coalesce(o.parent_body, '') AS body, o.parent_id, o.parent_step, o.parent_item, o.parent_round, o.depth,
                s.state::jsonb ->> 'p' IS NOT NULL AS is_paused,
                CASE WHEN s.state::jsonb ->> 'l' IS NULL
                    THEN s.started_at + (s.state::jsonb ->> 'd')::bigint * interval '1 microsecond' END AS deadline_at
            FROM saga.sagas s LEFT JOIN workflow w USING (workflow_id) LEFT JOIN saga.saga_origins o ON o.id = s.id;
        -- Step by step, letters spelled out. Of what means nothing the item is null.
        CREATE TEMP TABLE stored_step AS
            WITH spelled AS (
                SELECT s.id AS saga_id, letter IS NOT NULL AS is_letter,
                    row_number() OVER (PARTITION BY s.id ORDER BY part.place, letters.number) AS place,
                    CASE WHEN letter IS NOT NULL THEN
                            s.state::jsonb -> 'k' -> (nullif(strpos(pg_temp.alphabet(), letter), 0) - 1)
                        WHEN jsonb_typeof(part.item) = 'array' OR part.item = '0' THEN part.item END AS item
                FROM saga s, jsonb_array_elements(
                        CASE jsonb_typeof(s.state::jsonb -> 's') WHEN 'array' THEN s.state::jsonb -> 's' ELSE '[]' END)
                        WITH ORDINALITY AS part (item, place)
                    LEFT JOIN LATERAL regexp_split_to_table(pg_temp.letters(part.item #>> '{}'), '')
                        WITH ORDINALITY AS letters (letter, number) ON jsonb_typeof(part.item) = 'string'
            ), numbered AS (
                SELECT *, CASE jsonb_typeof(item -> 6) WHEN 'number' THEN (item ->> 6)::bigint ELSE 0 END AS row
                FROM spelled
            ), parted AS (
                SELECT *, count(*) FILTER (WHERE NOT is_letter AND row > 0) OVER steps AS part FROM numbered
                WINDOW steps AS (PARTITION BY saga_id ORDER BY place)
            )
            -- A step that is written out says in which row its output is, a letter how many rows later than the one before.
            SELECT saga_id, place, CASE WHEN is_letter AND row <> 0 THEN jsonb_set(item, '{6}', to_jsonb(
                    sum(row) OVER (PARTITION BY saga_id, part ORDER BY place) + CASE part WHEN 0 THEN 1 ELSE 0 END))
                ELSE item END AS item
            FROM parted;
        CREATE INDEX ON stored_step (saga_id, place);
        ANALYZE stored_step;
        CREATE TEMP TABLE step_state AS
            SELECT s.id AS saga_id, s.status, w.step, w.kind, w.place, w.is_readonly, w.is_optional, w.is_conditional,
                item,
                coalesce(slots[1], 0) AS phase, coalesce(slots[7], 0) AS output_revision,
                coalesce(slots[11], 0) = 2 AS is_passed_over,
                s.started_at + (nullif(slots[5], 0) - 1) * interval '1 microsecond' AS due_at
            FROM saga s JOIN workflow_step w USING (workflow_id, body),
                LATERAL (SELECT (
                    SELECT x.item FROM stored_step x WHERE x.saga_id = s.id AND x.place = w.place) AS item) AS items,
                LATERAL (
                    SELECT array_agg(slot::bigint ORDER BY number) AS slots
                    FROM jsonb_array_elements(CASE jsonb_typeof(item) WHEN 'array' THEN item ELSE '[]' END)
                        WITH ORDINALITY AS list (slot, number)
                    WHERE jsonb_typeof(slot) = 'number'
                ) AS numbers;
        -- Steps of versions that a saga has left, and that it has no more.
        CREATE TEMP TABLE former_step AS
            SELECT DISTINCT ON (s.id, w.step) s.id AS saga_id, w.*
            FROM saga s JOIN saga.workflow_versions own ON own.id = s.workflow_id,
                jsonb_array_elements(s.state::jsonb -> 'v') WITH ORDINALITY AS leaving (pair, number),
                saga.workflow_versions v JOIN workflow_step w ON w.workflow_id = v.id
            WHERE s.state::jsonb ? 'v' AND v.workflow = own.workflow AND v.version = (leaving.pair ->> 1)::int
                AND w.body = s.body AND NOT EXISTS (
                    SELECT FROM workflow_step n WHERE n.workflow_id = s.workflow_id AND n.body = s.body AND n.step = w.step)
            ORDER BY s.id, w.step, leaving.number DESC;
        CREATE TEMP TABLE history AS SELECT * FROM saga.saga_history;
        CREATE TEMP TABLE started AS
            SELECT s.id AS saga_id, s.workflow, s.body, s.status, s.ended_at,
                CASE WHEN h.data LIKE '{%' THEN h.data::jsonb ELSE '{}' END AS input
            FROM saga s JOIN history h ON h.saga_id = s.id AND h.revision = 1;

        """#

    private static let services = """
        CREATE TEMP TABLE barrier AS
            SELECT 'billing' AS service, * FROM billing.saga_barrier
            UNION ALL SELECT 'core' AS service, * FROM core.saga_barrier;
        CREATE TEMP TABLE effect AS
            SELECT b.saga_id, b.step, made.kind, made.id::uuid AS id
            FROM barrier b, LATERAL (VALUES
                ('order', 'billing.create-order', 'orderId'), ('order', 'billing.create-upgrade-order', 'orderId'),
                ('order', 'billing.create-renewal-order', 'orderId'), ('payment', 'billing.charge', 'paymentId'),
                ('payment', 'billing.attempt-charge', 'paymentId'),
                ('notification', 'notification.send', 'notificationId')
            ) AS names (kind, action, member), LATERAL (SELECT names.kind, b.reply::json ->> names.member AS id) AS made
            WHERE b.action = names.action AND b.direction = 'do' AND b.outcome = 'done'
                -- An attempt that found too little money.
                AND NOT (b.action = 'billing.attempt-charge' AND b.reply::json ->> 'paid' = 'false');
        CREATE TEMP TABLE purchase_order AS
            SELECT saga_id, id AS order_id FROM effect WHERE kind = 'order';

        """

    /// What sagas are about, as their inputs say.
    private static let things = """
        CREATE TEMP TABLE refund AS
            SELECT t.saga_id, t.status, t.ended_at, (t.input ->> 'orderId')::uuid AS order_id,
                (b.reply::json ->> 'paymentId')::uuid AS payment_id
            FROM started t LEFT JOIN barrier b ON b.saga_id = t.saga_id AND b.action = 'billing.initiate-refund'
                AND b.direction = 'do' AND b.outcome = 'done'
            WHERE t.workflow = 'payment-refund' AND t.body = '';
        -- Of a refund that is under way, the payment may be given back already and the balance not yet.
        CREATE TEMP TABLE payment AS
            SELECT p.*, p.status IN ('success', 'refunding') OR (p.status = 'refunded' AND EXISTS (
                    SELECT FROM refund r WHERE r.order_id = p.order_id AND r.ended_at IS NULL)
                AND NOT EXISTS (
                    SELECT FROM billing.balance_transactions t WHERE t.payment_id = p.id AND t.type = 'refund')) AS is_kept
            FROM billing.payments p;
        CREATE TEMP TABLE device_in_hand AS
            SELECT DISTINCT (input ->> 'deviceId')::uuid AS device_id FROM started
            WHERE ended_at IS NULL AND input ->> 'deviceId' IS NOT NULL AND workflow <> 'app-installation';
        CREATE TEMP TABLE living_device AS SELECT * FROM core.devices WHERE status <> 'deleted';

        """

    private static let indexes = """
        CREATE INDEX ON saga (id);
        CREATE INDEX ON step_state (saga_id, step);
        CREATE INDEX ON history (saga_id, revision);
        CREATE INDEX ON barrier (saga_id, step);
        CREATE INDEX ON effect (kind, id);
        CREATE INDEX ON purchase_order (saga_id);
        CREATE INDEX ON payment (id);
        CREATE INDEX ON payment (user_id);
        CREATE INDEX ON living_device (id);
        CREATE INDEX ON saga (parent_id);
        ANALYZE saga; ANALYZE step_state; ANALYZE history; ANALYZE barrier; ANALYZE effect; ANALYZE purchase_order;
        ANALYZE payment; ANALYZE living_device;
        """
}
