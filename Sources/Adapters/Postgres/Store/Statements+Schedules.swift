internal import Postgres

extension Statements {
    static let addSchedules = PostgresStatement(
        """
        INSERT INTO saga_schedules (workflow, last_at)
        SELECT DISTINCT workflow, clock_timestamp() FROM unnest($1::text[]) AS w(workflow)
        ON CONFLICT DO NOTHING
        """, name: "add_schedules")

    static let schedules = PostgresStatement(
        "SELECT workflow, last_at FROM saga_schedules WHERE workflow = ANY ($1::text[])", name: "schedules")

    static let catalogRevision = "SELECT count(*) + coalesce(sum(changes), 0) FROM workflow_versions"

    static let scheduleClock = PostgresStatement(
        "SELECT clock_timestamp(), (\(catalogRevision))", name: "schedule_clock")

    /// Never back: of two nodes that both take themselves for the leader the one that is behind does no harm.
    static let advanceSchedule = PostgresStatement(
        """
        INSERT INTO saga_schedules (workflow, last_at) VALUES ($1, $2)
        ON CONFLICT (workflow) DO UPDATE SET last_at = excluded.last_at WHERE saga_schedules.last_at < excluded.last_at
        """, name: "advance_schedule")
}
