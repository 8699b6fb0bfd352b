internal import Synchronization

/// Natural batching: what arrives while its reader is busy is handed over together.
final class Gatherer<Element: Sendable>: Sendable {
    private struct State: Sendable {
        var elements: [Element] = []
        var readers = Queue<CheckedContinuation<[Element]?, Never>>()
        var isClosed = false
    }

    private let limit: Int
    private let state = Mutex(State())

    /// - Parameter limit: the largest batch.
    init(limit: Int) {
        self.limit = limit
    }

    func add(_ elements: [Element]) {
        let resumption = state.withLock { state -> (@Sendable () -> Void)? in
            state.elements += elements
            guard !state.elements.isEmpty, let reader = state.readers.popFirst() else { return nil }
            let batch = take(&state)
            return { reader.resume(returning: batch) }
        }
        resumption?()
    }

    func add(_ element: Element) { add([element]) }

    /// All that has gathered, at least one element; nil once closed and empty. Several readers are allowed.
    func next() async -> [Element]? {
        await withCheckedContinuation { continuation in
            let resumption = state.withLock { state -> (@Sendable () -> Void)? in
                if !state.elements.isEmpty {
                    let batch = take(&state)
                    return { continuation.resume(returning: batch) }
                }
                if state.isClosed { return { continuation.resume(returning: nil) } }
                state.readers.append(continuation)
                return nil
            }
            resumption?()
        }
    }

    /// Readers get what is left, and then nil.
    func close() {
        var readers = state.withLock { state in
            state.isClosed = true
            defer { state.readers = Queue() }
            return state.readers
        }
        while let reader = readers.popFirst() { reader.resume(returning: nil) }
    }

    private func take(_ state: inout State) -> [Element] {
        guard state.elements.count > limit else {
            defer { state.elements = [] }
            return state.elements
        }
        defer { state.elements.removeFirst(limit) }
        return Array(state.elements.prefix(limit))
    }
}
