import SagaEngine
import SagaValues
import Testing

/// Two batches that are committed at the same time.
enum Race {
    enum Outcome: Equatable {
        case committed(stale: Set<UUID>)
        case failed(StoreError.Code)

        var isCommitted: Bool {
            switch self {
            case .committed: true
            case .failed: false
            }
        }
    }

    static func run(
        _ one: Author, _ first: (inout Batch) -> Void, _ other: Author, _ second: (inout Batch) -> Void
    ) async -> [Outcome] {
        var (one, other) = (one, other)
        let batches = (one.batch(first), other.batch(second))
        async let left = commit(batches.0, one.store)
        async let right = commit(batches.1, other.store)
        return await [left, right]
    }

    private static func commit(_ batch: Batch, _ store: any SagaStore) async -> Outcome {
        do {
            return .committed(stale: try await store.commit(batch).stale)
        } catch {
            return .failed(error.code)
        }
    }
}
