internal import Postgres
internal import SagaCore
internal import SagaEngine
internal import SagaValues

/// What the verbs of jobs did to sagas of a batch.
///
/// Three parts. The jobs are locked first, in the order of their ids, in a statement of their own: what follows sees
/// whatever was committed before the lock was had, and nothing about these items can change until this transaction ends.
/// Then the updates of sagas whose items are closed are left out, and with those that are made the items are.
struct JobItemColumns {
    private let outcomes: [JobItemOutcome]

    init(_ outcomes: [JobItemOutcome] = []) {
        // Two batches that meet wait for each other's jobs in the same order.
        self.outcomes = outcomes.sorted { ($0.item.job, $0.item.position) < ($1.item.job, $1.item.position) }
    }

    var isEmpty: Bool { outcomes.isEmpty }

    var parameters: [PostgresParameter] {
        [
            .uuids(outcomes.map(\.saga)), .uuids(outcomes.map(\.item.job)),
            .int32s(outcomes.map { Int32(clamping: $0.item.position) }),
            .optionalInt32s(outcomes.map { $0.revision.map { Int32(clamping: $0) } }), .texts(outcomes.map(\.message)),
        ]
    }

    /// How many parameters that has.
    static let parameterCount = 5

    /// Locks the jobs.
    func lock() -> (PostgresStatement, [PostgresParameter]) { Self.lock(Set(outcomes.map(\.item.job))) }

    static func lock(_ jobs: Set<UUID>) -> (PostgresStatement, [PostgresParameter]) {
        (lockStatement, [.uuids(jobs.sorted())])
    }

    /// Gives the items that have their outcome already, or whose job is not running; behind the lock.
    func closed() -> (PostgresStatement, [PostgresParameter]) { (Self.closedStatement, Array(parameters[1...2])) }

    /// A condition for the update of the saga `n.id`: none of its items is closed.
    static func guardSQL(from first: Int) -> String {
        """
        AND NOT EXISTS (
            SELECT FROM unnest($\(first)::uuid[], $\(first + 1)::uuid[], $\(first + 2)::int[]) AS w(saga_id, job_id, position)
            WHERE w.saga_id = n.id AND \(isClosed))
        """
    }

    /// Parts of a statement in which `u` are the updates that were made.
    static func sql(from first: Int) -> String {
        """

        items_done AS (
            UPDATE saga_job_items AS d
            SET status = 'done', revision = w.revision, message = w.message, at = clock_timestamp()
            FROM unnest($\(first)::uuid[], $\(first + 1)::uuid[], $\(first + 2)::int[], $\(first + 3)::int[],
                $\(first + 4)::text[]) AS w(saga_id, job_id, position, revision, message)
            CROSS JOIN LATERAL (
                SELECT x.ctid FROM saga_job_items x WHERE x.job_id = w.job_id AND x.position = w.position OFFSET 0) AS found
            WHERE d.ctid = found.ctid AND d.saga_id = w.saga_id AND (w.saga_id IN (SELECT id FROM u)) IS TRUE
            RETURNING d.job_id
        ),
        jobs_counted AS (
            UPDATE saga_jobs AS j SET done = j.done + n.count, \(end(adding: "n.count"))
            FROM (SELECT job_id, count(*)::int AS count FROM items_done GROUP BY job_id) AS n WHERE j.id = n.job_id
        ),
        """
    }

    /// What else changes with a job that has so many more items with an outcome.
    static func end(adding count: String) -> String {
        let isLast = "j.done + j.refused + j.failed + \(count) = j.total"
        return """
            updated_at = clock_timestamp(), status = CASE WHEN \(isLast) THEN 'done' ELSE j.status END,
                ended_at = CASE WHEN \(isLast) THEN clock_timestamp() ELSE j.ended_at END
            """
    }

    /// Of the item `w.job_id`, `w.position`.
    static let isClosed = """
        (NOT EXISTS (SELECT FROM saga_jobs j WHERE j.id = w.job_id AND j.status = 'running')
            OR NOT EXISTS (SELECT FROM saga_job_items i
                WHERE i.job_id = w.job_id AND i.position = w.position AND i.status = 'pending'))
        """

    private static let lockStatement = PostgresStatement(
        "SELECT x.id FROM saga_jobs x WHERE x.id = ANY ($1) ORDER BY x.id FOR UPDATE", name: "lock_jobs",
        isReadOnly: false)
    private static let closedStatement = PostgresStatement(
        """
        SELECT w.job_id, w.position FROM unnest($1::uuid[], $2::int[]) AS w(job_id, position) WHERE \(isClosed)
        """, name: "closed_items")
}
