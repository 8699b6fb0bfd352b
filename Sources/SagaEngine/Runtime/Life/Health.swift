internal import Synchronization

/// Whether the node can do its work, for those who ask whether it is ready.
final class Health: Sendable {
    private struct State {
        var storeError: String?
        var lastReport: ContinuousClock.Instant?
    }

    private static let reportEvery = Duration.seconds(10)
    private let state = Mutex(State())

    func storeAnswers() {
        state.withLock { $0 = State() }
    }

    /// Notes the failure; true if it should be reported, which is at first and then now and again.
    func storeFails(_ message: String) -> Bool {
        state.withLock { state in
            state.storeError = message
            let now = ContinuousClock.now
            if let last = state.lastReport, now - last < Self.reportEvery { return false }
            state.lastReport = now
            return true
        }
    }

    /// Why the store does not take batches at present, or nil.
    var storeError: String? { state.withLock { $0.storeError } }
}
