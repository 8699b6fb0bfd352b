internal import Foundation
internal import FoundationNetworking
internal import Synchronization

/// One request whose answer goes on: its bytes are given as they come, and no more are taken than are wanted.
final class LiveExchange: NSObject, URLSessionDataDelegate {
    private struct State {
        var status: Int?
        var bytes: [UInt8] = []
        var end: Result<Void, any Error>?
        var isSuspended = false
    }

    /// How many bytes wait to be taken before the connection is left alone.
    private static let limit = 1 << 20

    private let state = Mutex(State())
    private let task = Mutex<URLSessionDataTask?>(nil)
    private let news: AsyncStream<Void>
    private let isNew: AsyncStream<Void>.Continuation

    private override init() {
        (news, isNew) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Gives the status and then portions of the body to `body`, until it ends or `body` says that it has enough.
    ///
    /// - Parameter body: gets the status and the next bytes; false when nothing more is wanted.
    static func follow(
        _ request: URLRequest, _ body: (Int, [UInt8]) async throws -> Bool
    ) async throws {
        let exchange = LiveExchange()
        let session = URLSession(configuration: .ephemeral, delegate: exchange, delegateQueue: nil)
        // The session holds its delegate until it is invalid.
        defer { session.invalidateAndCancel() }
        let task = session.dataTask(with: request)
        exchange.task.withLock { $0 = task }
        try await withTaskCancellationHandler {
            task.resume()
            for await _ in exchange.news {
                let (status, bytes, end) = exchange.take()
                if let status, !bytes.isEmpty || end != nil {
                    guard try await body(status, bytes) else { return }
                }
                if let end { return try end.get() }
            }
            throw CancellationError()
        } onCancel: {
            task.cancel()
        }
    }

    private func take() -> (Int?, [UInt8], Result<Void, any Error>?) {
        let (status, bytes, end, mustResume) = state.withLock { state in
            defer { (state.bytes, state.isSuspended) = ([], false) }
            return (state.status, state.bytes, state.end, state.isSuspended)
        }
        if mustResume { task.withLock { $0 }?.resume() }
        return (status, bytes, end)
    }

    func urlSession(_ session: URLSession, dataTask: URLSessionDataTask, didReceive data: Data) {
        let mustSuspend = state.withLock { state in
            state.status = (dataTask.response as? HTTPURLResponse)?.statusCode
            state.bytes += data
            guard state.bytes.count > Self.limit, !state.isSuspended else { return false }
            state.isSuspended = true
            return true
        }
        if mustSuspend { dataTask.suspend() }
        isNew.yield()
    }

    func urlSession(
        _ session: URLSession, task: URLSessionTask, willPerformHTTPRedirection response: HTTPURLResponse,
        newRequest request: URLRequest, completionHandler: @escaping (URLRequest?) -> Void
    ) {
        completionHandler(nil)
    }

    func urlSession(_ session: URLSession, task: URLSessionTask, didCompleteWithError error: (any Error)?) {
        state.withLock { state in
            state.status = (task.response as? HTTPURLResponse)?.statusCode ?? state.status
            state.end = error.map { .failure($0) } ?? .success(())
        }
        isNew.yield()
    }
}
