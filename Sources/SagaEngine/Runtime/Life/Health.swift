internal import Synchronization

/// Whether the node can do its work, for those who ask whether it is ready.
final class Health: Sendable {
    /// What the node asks of its store. Each is mended by its own success alone: a store that answers a
    /// heartbeat may still refuse batches, and a node without work commits nothing.
    enum Duty: Hashable {
        case batches, heartbeat
    }

    private struct State {
        var errors: [Duty: String] = [:]
        var lastReport: ContinuousClock.Instant?
    }

    private static let reportEvery = Duration.seconds(10)
    private let state = Mutex(State())

    func storeAnswers(_ duty: Duty) {
        state.withLock { state in
            state.errors[duty] = nil
            if state.errors.isEmpty { state.lastReport = nil }
        }
    }

    /// Notes the failure; true if it should be reported, which is at first and then now and again.
    func storeFails(_ duty: Duty, _ message: String) -> Bool {
        state.withLock { state in
            state.errors[duty] = message
            let now = ContinuousClock.now
            if let last = state.lastReport, now - last < Self.reportEvery { return false }
            state.lastReport = now
            return true
        }
    }

    /// Why the store does not do as it is asked at present, or nil.
    var storeError: String? { state.withLock { $0.errors[.batches] ?? $0.errors[.heartbeat] } }
}
