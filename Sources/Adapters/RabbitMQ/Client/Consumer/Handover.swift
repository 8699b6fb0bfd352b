internal import Synchronization

/// Deliveries on their way from the connection's thread to the handler's task.
final class Handover: Sendable {
    private struct Content {
        var pending: [Delivery] = []
        var handler: CheckedContinuation<[Delivery]?, Never>?
        var isHandling = false
        var isClosed = false
    }

    private let content = Mutex(Content())
    private let largestBatch: Int

    init(largestBatch: Int) {
        self.largestBatch = largestBatch
    }

    /// The handler has a batch and has not returned.
    var isHandling: Bool { content.withLock { $0.isHandling } }

    /// Adds what has arrived, and gives it to the handler if that is waiting.
    func offer(_ deliveries: [Delivery]) {
        let (handler, batch) = content.withLock { content in
            content.pending += deliveries
            guard let handler = content.handler.take() else {
                return (nil as CheckedContinuation<[Delivery]?, Never>?, [] as [Delivery])
            }
            return (handler, takeBatch(&content))
        }
        handler?.resume(returning: batch)
    }

    /// Drops what the handler has not got, and returns how many those were.
    @discardableResult
    func clear() -> Int {
        content.withLock { content in
            defer { content.pending = [] }
            return content.pending.count
        }
    }

    /// No more batches: the handler ends after the one it has.
    func close() {
        content.withLock { content in
            content.isClosed = true
            return content.handler.take()
        }?.resume(returning: nil)
    }

    /// The next batch, once there is one; nil after ``close()``. Says that the handler is done with the last one.
    func next() async -> [Delivery]? {
        await withCheckedContinuation { continuation in
            let batch: [Delivery]?? = content.withLock { content in
                content.isHandling = false
                if content.isClosed { return .some(nil) }
                guard content.pending.isEmpty else { return takeBatch(&content) }
                content.handler = continuation
                return .none
            }
            if let batch { continuation.resume(returning: batch) }
        }
    }

    private func takeBatch(_ content: inout Content) -> [Delivery] {
        content.isHandling = true
        if content.pending.count <= largestBatch {
            defer { content.pending = [] }
            return content.pending
        }
        defer { content.pending.removeFirst(largestBatch) }
        return Array(content.pending.prefix(largestBatch))
    }
}
