internal import Synchronization

/// Where inputs gather while the last batch is being written.
///
/// Nothing waits for a batch to fill: whoever takes gets all there is. So a batch is one input when
/// little happens, and grows with the load by itself.
final class Inbox: Sendable {
    private struct State {
        var inputs: [Input] = []
        var starts = 0
        var taker: CheckedContinuation<Void, Never>?
        var isClosed = false
    }

    private let state = Mutex(State())
    private let startLimit: Int

    /// - Parameter startLimit: how many starts may wait. Replies are bounded by the broker's prefetch, the
    ///   rest by the store's limits.
    init(startLimit: Int) {
        self.startLimit = startLimit
    }

    /// False if the inbox is closed.
    @discardableResult
    func put(_ inputs: [Input]) -> Bool {
        let (isTaken, taker) = state.withLock { state in
            guard !state.isClosed else { return (false, nil as CheckedContinuation<Void, Never>?) }
            state.inputs.append(contentsOf: inputs)
            defer { state.taker = nil }
            return (true, state.taker)
        }
        taker?.resume()
        return isTaken
    }

    enum StartAdmission { case taken, full, closed }

    func put(start: PendingStart) -> StartAdmission {
        let (admission, taker) = state.withLock { state in
            if state.isClosed { return (StartAdmission.closed, nil as CheckedContinuation<Void, Never>?) }
            if state.starts >= startLimit { return (.full, nil) }
            state.starts += 1
            state.inputs.append(.start(start))
            defer { state.taker = nil }
            return (.taken, state.taker)
        }
        taker?.resume()
        return admission
    }

    /// Up to `limit` inputs in their order; waits for the first. nil once the inbox is closed and empty.
    func take(limit: Int) async -> [Input]? {
        while true {
            let (taken, isOver) = state.withLock { state in
                let count = min(limit, state.inputs.count)
                guard count > 0 else { return ([] as [Input], state.isClosed) }
                let taken = Array(state.inputs.prefix(count))
                state.inputs.removeFirst(count)
                for case .start in taken { state.starts -= 1 }
                return (taken, false)
            }
            if !taken.isEmpty { return taken }
            if isOver { return nil }
            await withCheckedContinuation { continuation in
                let isReady = state.withLock { state in
                    if !state.inputs.isEmpty || state.isClosed { return true }
                    state.taker = continuation
                    return false
                }
                if isReady { continuation.resume() }
            }
        }
    }

    /// No input is taken from now on; those inside are still handed out.
    func close() {
        let taker = state.withLock { state in
            state.isClosed = true
            defer { state.taker = nil }
            return state.taker
        }
        taker?.resume()
    }

    var count: Int { state.withLock { $0.inputs.count } }
}
