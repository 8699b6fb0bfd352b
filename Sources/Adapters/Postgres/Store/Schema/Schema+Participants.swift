extension Schema {
    /// Those who get commands: what is set of them, where their breakers stand, and what was seen of them.
    static let participants = """
        CREATE TABLE saga_participants (
            last_reply_at     timestamptz,
            last_failure_at   timestamptz,
            queue_seen_at     timestamptz,
            unattended_since  timestamptz,
            breaker_since     timestamptz,
            next_probe_at     timestamptz,
            ready             bigint,
            consumers         int,
            in_flight_limit   int CHECK (in_flight_limit BETWEEN 1 AND 100000),
            per_second_limit  int CHECK (per_second_limit BETWEEN 1 AND 100000),
            breaker_version   int NOT NULL DEFAULT 0,
            openings          int NOT NULL DEFAULT 0,
            name              text COLLATE "C" PRIMARY KEY,
            breaker           text COLLATE "C" CHECK (breaker IN ('closed', 'open', 'half-open')),
            breaker_mode      text COLLATE "C" CHECK (breaker_mode IN ('automatic', 'open', 'closed')),
            breaker_reason    text COLLATE "C",
            last_failure      text COLLATE "C",
            CHECK ((breaker IS NULL) = (breaker_since IS NULL) AND (breaker IS NULL) = (breaker_mode IS NULL)
                AND (breaker IS NULL) = (breaker_reason IS NULL))
        ) WITH (fillfactor = 50);
        COMMENT ON TABLE saga_participants IS
            'Those who get commands, as far as anything is set or was seen of them. All nodes read it once a second.';
        COMMENT ON COLUMN saga_participants.unattended_since IS 'Since when its queue has no consumer; null if it has.';
        COMMENT ON COLUMN saga_participants.consumers IS 'Null, though queue_seen_at is not: there is no such queue.';
        COMMENT ON COLUMN saga_participants.breaker IS 'Null as long as nothing had to be decided: closed.';
        COMMENT ON COLUMN saga_participants.breaker_version IS 'Counts up with each change of the breaker.';
        COMMENT ON COLUMN saga_participants.openings IS 'How often the breaker has opened in a row.';
        CREATE TABLE saga_participant_outcomes (
            at          timestamptz NOT NULL,
            done        int NOT NULL,
            refused     int NOT NULL,
            transient   int NOT NULL,
            timed_out   int NOT NULL,
            unroutable  int NOT NULL,
            participant text COLLATE "C" NOT NULL,
            PRIMARY KEY (participant, at)
        ) WITH (fillfactor = 50);
        COMMENT ON TABLE saga_participant_outcomes IS
            'What became of commands, every two seconds in which there was any. Kept for a quarter of an hour.';
        COMMENT ON COLUMN saga_history.kind IS
            'started queued locks-granted done rejected retry unknown working returned held-back released timer retry-requested compensation-requested cancelled-by-parent decided signalled signal-refused resolved-done resolved-not-done resolved-undone skipped skip-forced patched paused resumed abandoned';
        """
}
