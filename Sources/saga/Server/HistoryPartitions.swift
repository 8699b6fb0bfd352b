internal import Logging
internal import PostgresStore
internal import ServiceLifecycle

/// Keeps partitions of the history ready for the weeks to come, for as long as the node runs.
///
/// They reach five weeks ahead, so a node that fails at it for days does no harm yet, and says so.
struct HistoryPartitions: Service {
    let store: PostgresStore
    let log: Logger
    var interval = Duration.seconds(6 * 3600)
    var pauseAfterFailure = Duration.seconds(60)

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                let pause = await look()
                try? await Task.sleep(for: pause)
            }
        }
    }

    /// Returns how long to wait until the next look.
    private func look() async -> Duration {
        do {
            let made = try await store.ensurePartitions()
            if !made.isEmpty { log.info("history partitions are made", metadata: ["names": "\(made)"]) }
            let outside = try await store.historyOutsidePartitions()
            if outside > 0 {
                log.warning("history rows lie outside of the weeks' partitions", metadata: ["rows": "\(outside)"])
            }
            return interval
        } catch {
            if !Task.isCancelled {
                log.warning("history partitions could not be made; tried again", metadata: ["error": "\(error)"])
            }
            return pauseAfterFailure
        }
    }
}
