extension Schema {
    /// Starts that nobody asked for in person, and that could not be made.
    static let failedStarts = """
        CREATE TABLE saga_failed_starts (
            at     timestamptz NOT NULL,
            source text COLLATE "C" NOT NULL CHECK (source IN ('event', 'schedule')),
            name   text COLLATE "C" NOT NULL,
            key    text COLLATE "C" NOT NULL,
            reason text COLLATE "C" NOT NULL,
            PRIMARY KEY (source, name, key)
        );
        CREATE INDEX saga_failed_starts_time ON saga_failed_starts (at);
        COMMENT ON TABLE saga_failed_starts IS
            'Events that were put aside, and times of schedules that were passed over, since what they were to start could not be started. Kept as long as events are.';
        COMMENT ON COLUMN saga_failed_starts.at IS 'When it was found out last.';
        COMMENT ON COLUMN saga_failed_starts.name IS 'The event, or the workflow that the clock starts.';
        COMMENT ON COLUMN saga_failed_starts.key IS 'The event''s id, or the start''s idempotency key.';
        """
}
