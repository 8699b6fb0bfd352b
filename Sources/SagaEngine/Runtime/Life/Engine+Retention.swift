internal import Logging
internal import SagaValues

extension Engine {
    /// Drops jobs and tokens that ended long ago, a few at a time; one node does so for all.
    func watchRetention() async {
        let configuration = parts.configuration
        var next = ContinuousClock.now
        while !Task.isCancelled {
            if parts.isLeader, next <= .now {
                await drop("jobs", after: configuration.jobRetention) { (store, time) throws(StoreError) in
                    try await store.dropJobs(endedBefore: time, limit: 1_000)
                }
                await drop("tokens", after: configuration.tokenRetention) { (store, time) throws(StoreError) in
                    try await store.dropAccessTokens(endedBefore: time, limit: 1_000)
                }
                next = .now + configuration.retentionUpkeep
            }
            try? await Task.sleep(for: min(configuration.retentionUpkeep, .seconds(10)))
        }
    }

    private func drop(
        _ what: String, after retention: Duration,
        _ page: (any SagaStore, Timestamp) async throws(StoreError) -> Int
    ) async {
        let before = parts.clock.now - retention
        var rows = 0
        do throws(StoreError) {
            var dropped = 1
            while !Task.isCancelled, dropped > 0 {
                dropped = try await page(parts.store, before)
                rows += dropped
            }
        } catch {
            guard !Task.isCancelled else { return }
            parts.log.warning("old \(what) cannot be dropped", metadata: ["error": "\(error)"])
        }
        if rows > 0 { parts.log.info("old \(what) are dropped", metadata: ["rows": "\(rows)"]) }
    }
}
