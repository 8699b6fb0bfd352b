internal import Synchronization

/// Where inputs gather while the last batch is being written.
///
/// Nothing waits for a batch to fill: whoever takes gets all there is. So a batch is one input when
/// little happens, and grows with the load by itself. What waits is bounded: replies by the broker's prefetch,
/// starts by their number and their bytes, the rest by the store's limits.
final class Inbox: Sendable {
    private struct State {
        var inputs: [Input] = []
        var starts = 0
        /// What the waiting starts carry.
        var startBytes = 0
        var taker: CheckedContinuation<Void, Never>?
        var isClosed = false
    }

    private let state = Mutex(State())
    private let startLimit: Int
    private let startByteLimit: Int

    /// - Parameters:
    ///   - startLimit: how many starts may wait.
    ///   - startByteLimit: how many bytes they may carry together; a single one may always wait.
    init(startLimit: Int, startByteLimit: Int) {
        self.startLimit = startLimit
        self.startByteLimit = startByteLimit
    }

    /// False if the inbox is closed.
    @discardableResult
    func put(_ inputs: [Input]) -> Bool {
        let (isTaken, taker) = state.withLock { state in
            guard !state.isClosed else { return (false, nil as CheckedContinuation<Void, Never>?) }
            state.inputs.append(contentsOf: inputs)
            for case .start(let start) in inputs {
                state.starts += 1
                state.startBytes += start.order.input.count
            }
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
            let bytes = state.startBytes + start.order.input.count
            if state.starts >= startLimit || state.starts > 0 && bytes > startByteLimit { return (.full, nil) }
            state.starts += 1
            state.startBytes = bytes
            state.inputs.append(.start(start))
            defer { state.taker = nil }
            return (.taken, state.taker)
        }
        taker?.resume()
        return admission
    }

    /// Up to `limit` inputs in their order; waits for the first. nil once the inbox is closed and empty.
    ///
    /// - Parameter bytes: how many their bodies may have together; the first is taken whatever it has.
    func take(limit: Int, bytes: Int) async -> [Input]? {
        while true {
            let (taken, isOver) = state.withLock { state in
                guard !state.inputs.isEmpty else { return ([] as [Input], state.isClosed) }
                var count = 0
                var size = 0
                for input in state.inputs.prefix(limit) {
                    size += input.bodySize
                    if count > 0, size > bytes { break }
                    count += 1
                }
                let taken = Array(state.inputs.prefix(count))
                state.inputs.removeFirst(count)
                for case .start(let start) in taken {
                    state.starts -= 1
                    state.startBytes -= start.order.input.count
                }
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
