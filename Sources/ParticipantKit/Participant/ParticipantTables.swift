public import Logging
public import Postgres
internal import ServiceLifecycle

/// The kit's tables in a service's database, all named `saga_…`.
public enum ParticipantTables {
    private static let migrations = PostgresMigrations(
        table: "saga_participant_migrations",
        [
            PostgresMigration(1, "barrier", sql: BarrierSchema.barrier),
            PostgresMigration(2, "outbox", sql: BarrierSchema.outbox),
            PostgresMigration(3, "inbox", sql: BarrierSchema.inbox),
        ])

    /// Makes them, or brings them up to date. ``Participant/run()`` does it by itself.
    ///
    /// - Throws: ``ParticipantError/Code/migrationFailed``.
    public static func migrate(
        _ pool: PostgresPool, logger: Logger = Logger(label: "saga.participant")
    ) async throws {
        try await apply(migrations, on: pool, of: "the kit", logger: logger)
    }

    /// Applies migrations, of the kit or of a service, and waits for a database that is away.
    ///
    /// - Parameter owner: whose tables they are, for errors and logs.
    /// - Throws: ``ParticipantError/Code/migrationFailed``; `CancellationError` when a graceful shutdown or the task's
    ///   cancellation ends the waiting.
    public static func apply(
        _ migrations: PostgresMigrations, on pool: PostgresPool, of owner: String, logger: Logger
    ) async throws {
        try await cancelWhenGracefulShutdown { try await persist(migrations, on: pool, of: owner, logger: logger) }
    }

    private static func persist(
        _ migrations: PostgresMigrations, on pool: PostgresPool, of owner: String, logger: Logger
    ) async throws {
        var tries = 0
        while true {
            do {
                let outcome = try await pool.withConnection { try await migrations.apply(on: $0) }
                if !outcome.applied.isEmpty {
                    logger.info("tables of \(owner) were migrated", metadata: ["applied": "\(outcome.applied)"])
                }
                return
            } catch  where Task.isCancelled {
                throw CancellationError()
            } catch let error as PostgresError where error.isUnavailability || error.code == .outcomeUnknown {
                tries += 1
                logger.warning("waiting for the database", metadata: ["error": "\(error)"])
                try await Task.sleep(for: .milliseconds(min(100 << min(tries, 6), 5000)))
            } catch {
                throw ParticipantError(.migrationFailed, "the tables of \(owner) could not be made", cause: error)
            }
        }
    }
}
