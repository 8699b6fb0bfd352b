internal import SagaValues
internal import Synchronization

/// Whether there is room for more dead letters.
///
/// The store is asked now and then; what was added since is counted along. Several nodes may each let in a little more.
final class DeadLetterRoom: Sendable {
    private struct Known {
        var stock: DeadLetterStock
        let at: ContinuousClock.Instant
    }

    private let known = Mutex<Known?>(nil)

    /// Counts the letters in if they fit; else they have to wait.
    func take(
        _ letters: [NewDeadLetter], _ store: any SagaStore, _ configuration: EngineConfiguration
    ) async throws(StoreError) -> Bool {
        let isFresh = known.withLock { $0.map { ContinuousClock.now - $0.at < configuration.deadLetterPause } ?? false }
        if !isFresh {
            let stock = try await store.deadLetterStock()
            known.withLock { $0 = Known(stock: stock, at: .now) }
        }
        let bytes = letters.reduce(0) { $0 + $1.content.properties.count + $1.content.body.count }
        return known.withLock { known in
            guard var stock = known?.stock else { return false }
            stock.letters += letters.count
            stock.bytes += bytes
            guard stock.letters <= configuration.deadLetterLimit, stock.bytes <= configuration.deadLetterBytes else {
                return false
            }
            known?.stock = stock
            return true
        }
    }
}
