public import SagaValues

/// What is dropped when nobody needs it any more; a part of every ``SagaStore``. Each call takes a bounded number, so that
/// nothing waits for long behind it: call it until it returns 0.
public protocol RetentionStore: Sendable {
    /// Drops jobs that ended before `time`, the items of a job before it. Open ones stay, however old they are.
    ///
    /// - Parameter limit: how many items, and how many jobs, go at once.
    /// - Returns: how many items and jobs are gone.
    func dropJobs(endedBefore time: Timestamp, limit: Int) async throws(StoreError) -> Int

    /// Drops access tokens that expired or were revoked before `time`. No other token may ever get in by that: whoever
    /// shows one that is gone is as unknown as one that never was.
    func dropAccessTokens(endedBefore time: Timestamp, limit: Int) async throws(StoreError) -> Int
}
