internal import Postgres

/// The schema of the database `cloudphone_saga`, migration by migration.
///
/// Once released, a migration never changes, not even a comment in it; what is to be different is a new one.
///
/// What every transition touches is kept narrow: nothing is indexed that every transition changes, so
/// that updates stay within their page (HOT), and nothing that never changes is written again. Ids of
/// sagas are UUIDs of version 7, so that new rows stand side by side in every index that leads with them.
enum Schema {
    static let migrations = PostgresMigrations(
        table: "saga_migrations",
        [
            PostgresMigration(1, "sagas", sql: sagas),
            PostgresMigration(2, "history", sql: history),
            PostgresMigration(3, "timers, locks, incidents", sql: timersLocksIncidents),
            PostgresMigration(4, "nodes", sql: nodes),
            PostgresMigration(5, "views", sql: views),
            PostgresMigration(6, "children and events", sql: elsewhere),
            PostgresMigration(7, "schedules", sql: schedules),
            PostgresMigration(8, "unknown outcomes", sql: unknownOutcomes),
            PostgresMigration(9, "failed starts", sql: failedStarts),
            PostgresMigration(10, "operators", sql: operators),
            PostgresMigration(11, "access tokens", sql: accessTokens),
            PostgresMigration(12, "audit", sql: audit),
            PostgresMigration(13, "lists", sql: lists),
            PostgresMigration(14, "statistics", sql: statistics),
            PostgresMigration(15, "reruns and signals", sql: rerunsAndSignals),
            PostgresMigration(16, "changes", sql: changes),
            PostgresMigration(17, "dead letters", sql: deadLetters),
            PostgresMigration(18, "jobs", sql: jobs),
            PostgresMigration(19, "archive", sql: archive),
            PostgresMigration(20, "participants", sql: participants),
            PostgresMigration(21, "notices", sql: notices),
            PostgresMigration(22, "moves", sql: moves),
            PostgresMigration(23, "versions", sql: versions),
            PostgresMigration(24, "retention", sql: retention),
        ])
}
