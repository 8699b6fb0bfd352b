extension Schema {
    static let timersLocksIncidents = """
        CREATE TABLE saga_timers (
            due_at  timestamptz NOT NULL,
            saga_id uuid NOT NULL,
            PRIMARY KEY (due_at, saga_id)
        );
        COMMENT ON TABLE saga_timers IS
            'When to look at a saga again. Written rarely: an early one is left in place, and when it fires the next is set.';

        CREATE SEQUENCE saga_lock_places INCREMENT 100000;
        CREATE TABLE saga_locks (
            saga_id uuid NOT NULL,
            place   bigint NOT NULL,
            ordinal smallint NOT NULL,
            held    bool NOT NULL,
            key     text COLLATE "C" NOT NULL,
            -- Not the key itself, or a look for a key might go through this index instead of the right one.
            PRIMARY KEY (saga_id, ordinal)
        );
        CREATE UNIQUE INDEX saga_locks_holder ON saga_locks (key) WHERE held;
        CREATE INDEX saga_locks_line ON saga_locks (key, place) WHERE NOT held;
        COMMENT ON TABLE saga_locks IS 'Lock keys that open sagas hold, or wait for in line.';
        COMMENT ON COLUMN saga_locks.ordinal IS 'Which of its saga''s keys it is, from 0.';
        COMMENT ON COLUMN saga_locks.place IS
            'The place in line: one for all keys of a saga, so that two sagas never wait for each other.';

        CREATE TABLE saga_incidents (
            saga_id         uuid NOT NULL,
            opened_revision int NOT NULL,
            opened_at       timestamptz NOT NULL,
            resolved_at     timestamptz,
            step            text COLLATE "C" NOT NULL,
            participant     text COLLATE "C" NOT NULL,
            cause           text COLLATE "C" NOT NULL
                CHECK (cause IN ('rejected', 'exhausted', 'unknown', 'undo-failed', 'unroutable')),
            error_code      text,
            error_message   text,
            resolution      text COLLATE "C",
            PRIMARY KEY (saga_id, opened_revision),
            CHECK ((resolved_at IS NULL) = (resolution IS NULL))
        );
        CREATE INDEX saga_incidents_open ON saga_incidents (opened_at) WHERE resolved_at IS NULL;
        CREATE INDEX saga_incidents_time ON saga_incidents (opened_at);
        COMMENT ON TABLE saga_incidents IS 'Where sagas got stuck and need a person. Open while resolved_at is null.';
        COMMENT ON COLUMN saga_incidents.opened_revision IS 'The history row that opened it; with the saga, its name.';
        COMMENT ON COLUMN saga_incidents.resolution IS 'The kind of the history row that resolved it.';

        CREATE FUNCTION saga_refuse_start() RETURNS void LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION 'somebody is in line for a lock key' USING ERRCODE = 'SG002';
        END $$;
        """
}
