internal import Synchronization

/// ``Lanes`` that several workers take from and wait on.
///
/// It has no limit of its own: what is in it was delivered on the present connection and is unacknowledged, so the
/// consumer's prefetch bounds it.
final class WorkQueue<Key: Hashable & Sendable, Item: Sendable>: Sendable {
    private struct State: Sendable {
        var lanes = Lanes<Key, Item>()
        var waiters = Queue<CheckedContinuation<(key: Key, item: Item)?, Never>>()
        var isClosed = false
        var generation: UInt64 = 0
    }

    private let state = Mutex(State())

    /// What nobody has begun.
    var waitingItems: Int { state.withLock { $0.lanes.count } }

    /// Returns false once closed: the item was not taken.
    ///
    /// - Parameter generation: which connection it came on. The first of a newer one drives out all that nobody has
    ///   begun: with the old connection it went back to the queue, and it is delivered again.
    func add(_ item: Item, key: Key, generation: UInt64) -> Bool {
        let (accepted, resumption) = state.withLock { state -> (Bool, Resumption?) in
            guard !state.isClosed else { return (false, nil) }
            if generation > state.generation {
                state.generation = generation
                _ = state.lanes.removeAll()
            }
            state.lanes.add(item, key: key)
            return (true, Self.pair(&state))
        }
        resumption?()
        return accepted
    }

    /// The next item, as soon as there is one; nil when the queue is closed. The taker calls ``finished(_:)``.
    func next() async -> (key: Key, item: Item)? {
        await withCheckedContinuation { continuation in
            let resumption = state.withLock { state -> Resumption? in
                guard !state.isClosed else { return { continuation.resume(returning: nil) } }
                state.waiters.append(continuation)
                return Self.pair(&state)
            }
            resumption?()
        }
    }

    func finished(_ key: Key) {
        let resumption = state.withLock { state -> Resumption? in
            state.lanes.finished(key) ? Self.pair(&state) : nil
        }
        resumption?()
    }

    /// Ends the waiting of all workers and returns what nobody had begun.
    func close() -> [Item] {
        let (waiters, items) = state.withLock { state in
            state.isClosed = true
            defer { state.waiters = Queue() }
            return (state.waiters, state.lanes.removeAll())
        }
        var remaining = waiters
        while let waiter = remaining.popFirst() { waiter.resume(returning: nil) }
        return items
    }

    private typealias Resumption = @Sendable () -> Void

    /// Brings one waiter and one item together. The waiter is resumed outside of the lock.
    private static func pair(_ state: inout State) -> Resumption? {
        guard !state.waiters.isEmpty, let work = state.lanes.next(), let waiter = state.waiters.popFirst() else {
            return nil
        }
        return { waiter.resume(returning: work) }
    }
}
