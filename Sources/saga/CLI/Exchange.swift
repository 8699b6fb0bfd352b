internal import Foundation
internal import FoundationNetworking
internal import Synchronization

/// One request and its answer, wherever that points: the token is for the server that was named, and
/// Foundation's short forms take it along when they follow a redirection.
final class Exchange: NSObject, URLSessionDataDelegate {
    private struct State {
        var bytes: [UInt8] = []
        var caller: CheckedContinuation<(Int, [UInt8]), any Error>?
    }

    private let state = Mutex(State())

    /// The answer's status and body.
    static func send(_ request: URLRequest) async throws -> (Int, [UInt8]) {
        let exchange = Exchange()
        let session = URLSession(configuration: .ephemeral, delegate: exchange, delegateQueue: nil)
        // The session holds its delegate until it is invalid.
        defer { session.finishTasksAndInvalidate() }
        let task = session.dataTask(with: request)
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { caller in
                exchange.state.withLock { $0.caller = caller }
                task.resume()
            }
        } onCancel: {
            task.cancel()
        }
    }

    func urlSession(_ session: URLSession, dataTask: URLSessionDataTask, didReceive data: Data) {
        state.withLock { $0.bytes += data }
    }

    func urlSession(
        _ session: URLSession, task: URLSessionTask, willPerformHTTPRedirection response: HTTPURLResponse,
        newRequest request: URLRequest, completionHandler: @escaping (URLRequest?) -> Void
    ) {
        completionHandler(nil)
    }

    func urlSession(_ session: URLSession, task: URLSessionTask, didCompleteWithError error: (any Error)?) {
        let (caller, bytes) = state.withLock { state in
            defer { state.caller = nil }
            return (state.caller, state.bytes)
        }
        if let error {
            caller?.resume(throwing: error)
        } else {
            caller?.resume(returning: ((task.response as? HTTPURLResponse)?.statusCode ?? 0, bytes))
        }
    }
}
