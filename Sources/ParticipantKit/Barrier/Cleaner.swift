internal import Logging
internal import Postgres
internal import SagaValues

/// Removes what is older than the retention, a little at a time, so that nobody notices.
struct Cleaner: Sendable {
    let pool: PostgresPool
    let retention: Duration
    let logger: Logger

    private static let batch = 1000
    private static let tables = ["saga_barrier", "saga_inbox", "saga_suspects"].map { table in
        PostgresStatement(
            """
            DELETE FROM \(table) WHERE ctid = ANY (ARRAY(
                SELECT ctid FROM \(table) WHERE at < now() - $1 * interval '1 microsecond' LIMIT \(batch)))
            """, name: "clean")
    }

    /// Cleans now and every hour until the task is cancelled.
    func run() async {
        while !Task.isCancelled {
            do {
                let removed = try await cleanOnce()
                if removed > 0 { logger.info("old barrier records were removed", metadata: ["rows": "\(removed)"]) }
            } catch {
                logger.warning("old barrier records could not be removed", metadata: ["error": "\(error)"])
            }
            // Spread, so that the workers of one service do not do it at the same time.
            try? await Task.sleep(for: .seconds(.random(in: 3000...4200)))
        }
    }

    func cleanOnce() async throws -> Int {
        var removed = 0
        for statement in Self.tables {
            while !Task.isCancelled {
                let count = try await pool.execute(statement, [.int64(retention.wholeMicroseconds)]).affected
                removed += count
                if count < Self.batch { break }
                try? await Task.sleep(for: .milliseconds(50))
            }
        }
        return removed
    }
}
