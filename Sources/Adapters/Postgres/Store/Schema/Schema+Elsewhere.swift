extension Schema {
    /// What ties sagas to other sagas and to events.
    ///
    /// Names of events and values in them may be long, so waits and events are found by a digest of the key; its text,
    /// cut, is for people. Whoever takes an event in looks at the values again, so no two keys with one digest could do
    /// any harm.
    static let elsewhere = """
        ALTER TABLE saga_history ADD COLUMN item int;
        COMMENT ON COLUMN saga_history.item IS 'Which item of an each it is about, from 0; null where there are none.';
        COMMENT ON COLUMN saga_history.kind IS
            'started queued locks-granted done rejected retry working returned timer retry-requested compensation-requested cancelled-by-parent decided signalled signal-refused';

        ALTER TABLE saga_origins
            ADD COLUMN parent_id    uuid,
            ADD COLUMN parent_step  text COLLATE "C",
            ADD COLUMN parent_item  int,
            ADD COLUMN parent_round int,
            ADD COLUMN parent_body  text COLLATE "C",
            ADD COLUMN depth        int;
        CREATE UNIQUE INDEX saga_origins_child ON saga_origins (parent_id, parent_step, parent_item, parent_round)
            WHERE parent_id IS NOT NULL;
        COMMENT ON COLUMN saga_origins.parent_id IS 'The saga that it is a part of; null for one that somebody started.';
        COMMENT ON COLUMN saga_origins.parent_step IS 'The step that it carries out.';
        COMMENT ON COLUMN saga_origins.parent_item IS 'Which item of an each it is, from 0; 0 elsewhere.';
        COMMENT ON COLUMN saga_origins.parent_round IS 'From 1: a person''s retry begins a new child.';
        COMMENT ON COLUMN saga_origins.parent_body IS 'The each whose body it runs; null if it runs a workflow of its own.';
        COMMENT ON COLUMN saga_origins.depth IS 'How many parents it has above it; null for none.';

        -- As a statement's own expression: the planner puts its text there.
        CREATE FUNCTION saga_key_digest(key text) RETURNS uuid LANGUAGE sql STABLE AS $$
            SELECT encode(substr(sha256(convert_to(key, 'UTF8')), 1, 16), 'hex')::uuid
        $$;
        COMMENT ON FUNCTION saga_key_digest IS
            'What an event is found by: the first half of the SHA-256 of its name, the place and the value there.';

        CREATE TABLE saga_waits (
            saga_id uuid NOT NULL,
            digest  uuid NOT NULL,
            since   timestamptz NOT NULL,
            ordinal smallint NOT NULL,
            step    text COLLATE "C" NOT NULL,
            key     text COLLATE "C" NOT NULL,
            -- Not the digest, or a look for a digest might go through this index instead of the right one.
            PRIMARY KEY (saga_id, step, ordinal)
        );
        CREATE INDEX saga_waits_digest ON saga_waits (digest);
        COMMENT ON TABLE saga_waits IS 'Steps that wait for events: a row for each key that one of these may have.';
        COMMENT ON COLUMN saga_waits.digest IS 'saga_key_digest of the key.';
        COMMENT ON COLUMN saga_waits.since IS 'Events that came before are none of its.';
        COMMENT ON COLUMN saga_waits.key IS 'The event''s name, the place and the value there, cut to 200 characters: for people.';

        CREATE TABLE saga_kept_events (
            id          text COLLATE "C" PRIMARY KEY,
            received_at timestamptz NOT NULL,
            name        text COLLATE "C" NOT NULL,
            body        text COLLATE "C" NOT NULL
        );
        CREATE INDEX saga_kept_events_time ON saga_kept_events (received_at);
        COMMENT ON TABLE saga_kept_events IS
            'Domain events for which some workflow listens, kept for a while: a step may begin to wait after what it waits for has come.';
        COMMENT ON COLUMN saga_kept_events.id IS 'As its publisher calls it: the same event may come more than once.';

        CREATE TABLE saga_event_keys (
            digest   uuid NOT NULL,
            event_id text COLLATE "C" NOT NULL,
            PRIMARY KEY (digest, event_id)
        );
        CREATE INDEX saga_event_keys_event ON saga_event_keys (event_id);
        COMMENT ON TABLE saga_event_keys IS 'What the kept events are found by: the values that workflows look at.';

        CREATE TABLE saga_taken_events (
            saga_id  uuid NOT NULL,
            event_id text COLLATE "C" NOT NULL,
            taken_at timestamptz NOT NULL,
            PRIMARY KEY (saga_id, event_id)
        );
        CREATE INDEX saga_taken_events_time ON saga_taken_events (taken_at);
        COMMENT ON TABLE saga_taken_events IS 'Which saga has taken which event: no other step of it gets that one.';

        CREATE OR REPLACE VIEW open_sagas AS
            SELECT s.id, o.workflow, v.version, s.status, o.business_key, s.has_incident,
                clock_timestamp() - s.started_at AS age, clock_timestamp() - s.updated_at AS silent_for,
                s.timer_at, s.revision, o.tenant, o.idempotency_key, n.name AS last_node, s.state,
                o.parent_id, o.parent_step, o.parent_item,
                ARRAY (SELECT w.step || ': ' || w.key FROM saga_waits w WHERE w.saga_id = s.id
                       ORDER BY w.step, w.ordinal) AS waits_for
            FROM sagas s
            JOIN saga_origins o USING (id)
            JOIN workflow_versions v ON v.id = s.workflow_id
            LEFT JOIN saga_nodes n ON n.id = s.node
            WHERE s.status IN ('queued', 'running', 'compensating');

        CREATE OR REPLACE VIEW stuck_sagas AS
            SELECT s.id, o.workflow, s.status, o.business_key,
                CASE WHEN s.has_incident THEN 'incident'
                     WHEN s.status = 'queued' THEN 'in line for a lock'
                     WHEN EXISTS (SELECT FROM saga_waits w WHERE w.saga_id = s.id) THEN 'waits for an event'
                     WHEN s.state LIKE '%[15,%' THEN 'waits for somebody''s consent'
                     ELSE 'nothing wakes it up: a bug' END AS why,
                i.step, i.participant, i.cause, i.error_code, i.error_message, i.opened_at,
                clock_timestamp() - s.updated_at AS silent_for, o.parent_id
            FROM sagas s
            JOIN saga_origins o USING (id)
            LEFT JOIN saga_incidents i ON i.saga_id = s.id AND i.resolved_at IS NULL
            WHERE s.status IN ('queued', 'running', 'compensating')
                AND (s.has_incident OR s.timer_at IS NULL);
        COMMENT ON VIEW stuck_sagas IS
            'Open sagas that go on only when somebody acts: a person for an incident or with consent, whoever publishes an event, another saga''s end for a lock.';

        CREATE OR REPLACE VIEW saga_events AS
            SELECT h.saga_id, h.revision, h.at,
                h.at - lag(h.at) OVER (PARTITION BY h.saga_id ORDER BY h.revision) AS after,
                h.kind, h.step, h.direction, h.attempt, left(h.data, 200) AS data, h.item
            FROM saga_history h;

        COMMENT ON COLUMN sagas.state IS
            'JSON. s: steps in the order of the workflow, each 0 (not reached) or [phase, attempt, spent, round, due, unanswered, output revision, incident cause, incident revision, case chosen, "items of an each", error]; steps of a kind stand together in one text, a letter each: a is the first of k, b the second, "a520" is 520 of a, "(ab3)40" forty times one a and three b; an output revision in k counts from that of the step before that has one, or from 1; phases: 1 doing 2 retrying 3 probing 4 reprobing 5 done 6 failed 7 unknown 8 held 9 undoing 10 reundoing 11 undone 12 undo held 13 deciding 14 pausing 15 listening 16 skipped. d: deadline; times in microseconds after the start. f: why it unwinds.';
        """
}
