import Synchronization

/// Lets buyers through up to a number that grows.
final class Gate: Sendable {
    private struct State {
        var limit = 0
        var waiting: (buyer: Int, continuation: CheckedContinuation<Void, Never>)?
    }

    private let state = Mutex(State())

    func open(upTo limit: Int) {
        let freed: CheckedContinuation<Void, Never>? = state.withLock { state in
            state.limit = limit
            guard let waiting = state.waiting, waiting.buyer <= limit else { return nil }
            state.waiting = nil
            return waiting.continuation
        }
        freed?.resume()
    }

    /// One caller at a time.
    func pass(_ buyer: Int) async {
        await withCheckedContinuation { continuation in
            let isOpen = state.withLock { state in
                if buyer <= state.limit { return true }
                state.waiting = (buyer, continuation)
                return false
            }
            if isOpen { continuation.resume() }
        }
    }
}
