/// How often, and after what pauses, a transaction that failed for a passing reason is run again.
public struct PostgresRetryPolicy: Sendable, Hashable {
    /// Including the first; at least 1.
    public var attempts: Int
    /// The longest pause before the second attempt; it doubles from attempt to attempt.
    public var firstPause: Duration
    public var longestPause: Duration

    public init(attempts: Int = 5, firstPause: Duration = .milliseconds(20), longestPause: Duration = .seconds(1)) {
        precondition(attempts >= 1, "at least one attempt")
        self.attempts = attempts
        self.firstPause = firstPause
        self.longestPause = longestPause
    }

    /// A random length up to the bound, so that those who failed together do not come back together.
    func pause(afterAttempt attempt: Int) -> Duration {
        let bound = min(longestPause, firstPause * (1 << min(attempt - 1, 20)))
        return bound * Double.random(in: 0...1)
    }
}

/// Runs `body` again while it fails with a ``PostgresError`` that is ``PostgresError/isRetryable``.
///
/// Put the whole transaction inside, with everything that was read for it: what an attempt has read is
/// stale in the next one. An unknown outcome is never tried again: look first whether it is there.
///
/// - Throws: what the last attempt threw. A cancelled task stops trying.
@discardableResult
public nonisolated(nonsending) func retrying<Result, Failure: Error>(
    _ policy: PostgresRetryPolicy = PostgresRetryPolicy(),
    _ body: nonisolated(nonsending) () async throws(Failure) -> Result
) async throws(Failure) -> Result {
    var attempt = 1
    while true {
        do {
            return try await body()
        } catch {
            guard let failure = error as? PostgresError, failure.isRetryable, attempt < policy.attempts,
                !Task.isCancelled
            else { throw error }
            do {
                try await Task.sleep(for: policy.pause(afterAttempt: attempt))
            } catch _ {
                throw error
            }
            attempt += 1
        }
    }
}
