internal import Postgres
public import SagaEngine
public import SagaValues

extension PostgresStore {
    public func dropJobs(endedBefore time: Timestamp, limit: Int) async throws(StoreError) -> Int {
        // Each is right without the other: a job goes when it has no items any more, whoever dropped them.
        let parameters: [PostgresParameter] = [.timestamp(time), .int64(Int64(limit))]
        let results = try await idempotently(
            [(Statements.dropJobItems, parameters), (Statements.dropJobs, parameters)], on: watcher)
        return results[0].affected + results[1].affected
    }

    public func dropAccessTokens(endedBefore time: Timestamp, limit: Int) async throws(StoreError) -> Int {
        try await idempotently(
            [(Statements.dropAccessTokens, [.timestamp(time), .int64(Int64(limit))])], on: watcher)[0].affected
    }
}

extension Statements {
    /// Of the jobs that ended first: they have so many items that others may have to wait for the next page.
    fileprivate static let dropJobItems = PostgresStatement(
        """
        DELETE FROM saga_job_items WHERE ctid = ANY (ARRAY (
            SELECT i.ctid
            FROM (SELECT id FROM saga_jobs WHERE ended_at < $1 ORDER BY ended_at LIMIT $2) AS j
            JOIN saga_job_items AS i ON i.job_id = j.id
            LIMIT $2))
        """, name: "drop_job_items")

    fileprivate static let dropJobs = PostgresStatement(
        """
        DELETE FROM saga_jobs WHERE ctid = ANY (ARRAY (
            SELECT j.ctid FROM saga_jobs AS j
            WHERE ended_at < $1 AND NOT EXISTS (SELECT FROM saga_job_items AS i WHERE i.job_id = j.id)
            ORDER BY ended_at LIMIT $2))
        """, name: "drop_jobs")

    fileprivate static let dropAccessTokens = PostgresStatement(
        """
        DELETE FROM saga_access_tokens WHERE ctid = ANY (ARRAY (
            SELECT ctid FROM saga_access_tokens
            WHERE least(expires_at, revoked_at) < $1 ORDER BY least(expires_at, revoked_at) LIMIT $2))
        """, name: "drop_tokens")
}
