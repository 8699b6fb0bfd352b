extension Schema {
    /// How far starts by the clock have been made.
    static let schedules = """
        CREATE TABLE saga_schedules (
            workflow text COLLATE "C" PRIMARY KEY,
            last_at  timestamptz NOT NULL
        );
        COMMENT ON TABLE saga_schedules IS
            'Workflows that start by the clock. A row is made when such a workflow is deployed, and stays.';
        COMMENT ON COLUMN saga_schedules.last_at IS
            'All times up to this one have started their saga, or never will. Set back by hand, times after it come again, and start nothing that was started then.';
        """
}
