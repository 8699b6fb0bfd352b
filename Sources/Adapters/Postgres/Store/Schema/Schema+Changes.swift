extension Schema {
    /// So that what happened lately is found among all that ever happened.
    ///
    /// History is written in the order of its times, so a summary of each range of pages will do: it is made by a
    /// worker of autovacuum once a range is full, and writing a row adds nothing to it.
    static let changes = """
        CREATE INDEX saga_history_time ON saga_history USING brin (at)
            WITH (pages_per_range = 64, autosummarize = on);
        COMMENT ON INDEX saga_history_time IS 'For those who follow what happens to all sagas.';
        """
}
