internal import Crypto
internal import Foundation
internal import FoundationNetworking
internal import SagaEngine
internal import SagaValues
internal import Synchronization

/// Tells somebody of incidents by HTTP, signed as Standard Webhooks 1.0 says.
struct Webhook: NoticeSender {
    let target: NoticeTarget
    let address: WebhookAddress
    private let secret: WebhookSecret
    /// How long an attempt may take in all.
    private let patience: Duration

    init(_ configuration: WebhookConfiguration, patience: Duration = .seconds(15)) {
        target = NoticeTarget(name: "webhook", pause: configuration.every)
        address = configuration.address
        secret = configuration.secret
        self.patience = patience
    }

    /// Paths and queries of webhooks are often as good as a password.
    var place: String { address.host }

    func send(_ delivery: NoticeDelivery) async -> NoticeOutcome {
        let id = "msg_\(delivery.id)"
        let time = Timestamp.now().microseconds / 1_000_000
        var request = URLRequest(url: address.url, timeoutInterval: Double(patience.components.seconds))
        request.httpMethod = "POST"
        request.setValue("application/json", forHTTPHeaderField: "Content-Type")
        request.setValue("saga", forHTTPHeaderField: "User-Agent")
        request.setValue(id, forHTTPHeaderField: "webhook-id")
        request.setValue("\(time)", forHTTPHeaderField: "webhook-timestamp")
        request.setValue(
            secret.signature(id: id, timestamp: time, body: delivery.body), forHTTPHeaderField: "webhook-signature")
        request.httpBody = Data(delivery.body)
        let status = await withTaskGroup(of: Int?.self) { [request] tasks in
            tasks.addTask { await StatusExchange.status(of: request) }
            tasks.addTask { [patience] in
                try? await Task.sleep(for: patience)
                return nil
            }
            defer { tasks.cancelAll() }
            return await tasks.next() ?? nil
        }
        guard let status else { return .failed("no answer") }
        return (200..<300).contains(status) ? .delivered : .failed("answered with status \(status)")
    }
}

/// `whsec_` and the key in base64, of 24 to 64 bytes.
struct WebhookSecret: Sendable {
    private let key: SymmetricKey

    init?(_ secret: Secret) {
        let text = secret.reveal()
        guard text.hasPrefix("whsec_"), let key = Data(base64Encoded: String(text.dropFirst(6))),
            (24...64).contains(key.count)
        else { return nil }
        self.key = SymmetricKey(data: key)
    }

    /// What stands in the header `webhook-signature`.
    func signature(id: String, timestamp: Int64, body: [UInt8]) -> String {
        let signed = Data("\(id).\(timestamp).".utf8) + body
        return "v1," + Data(HMAC<SHA256>.authenticationCode(for: signed, using: key)).base64EncodedString()
    }
}

/// Where a webhook is: over TLS, or on this machine.
struct WebhookAddress: Sendable, Hashable {
    let url: URL
    let host: String

    /// - Parameter plain: whether plain HTTP may go to other machines too.
    init?(_ text: String, plain: Bool) {
        guard let parts = URLComponents(string: text), let host = parts.host, !host.isEmpty, let url = parts.url,
            parts.user == nil, parts.password == nil, parts.fragment == nil
        else { return nil }
        switch parts.scheme?.lowercased() {
        case "https": break
        case "http": guard plain || Loopback.contains(host) else { return nil }
        default: return nil
        }
        (self.url, self.host) = (url, host)
    }
}

/// Says no more than the host, also to who prints what holds it: at the level `debug` the library that runs services logs
/// all that they are.
extension WebhookAddress: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    var description: String { host }
    var debugDescription: String { host }
    var customMirror: Mirror { Mirror(self, children: []) }
}

/// Asks for the status of an answer and for nothing else of it, wherever it points.
private final class StatusExchange: NSObject, URLSessionDataDelegate {
    private let caller = Mutex<CheckedContinuation<Int?, Never>?>(nil)

    static func status(of request: URLRequest) async -> Int? {
        let exchange = StatusExchange()
        let configuration = URLSessionConfiguration.ephemeral
        configuration.httpShouldSetCookies = false
        let session = URLSession(configuration: configuration, delegate: exchange, delegateQueue: nil)
        // The session holds its delegate until it is invalid.
        defer { session.invalidateAndCancel() }
        let task = session.dataTask(with: request)
        return await withTaskCancellationHandler {
            await withCheckedContinuation { caller in
                exchange.caller.withLock { $0 = caller }
                task.resume()
            }
        } onCancel: {
            task.cancel()
        }
    }

    private func answer(_ status: Int?) {
        let caller = self.caller.withLock { caller in
            defer { caller = nil }
            return caller
        }
        caller?.resume(returning: status)
    }

    func urlSession(
        _ session: URLSession, dataTask: URLSessionDataTask, didReceive response: URLResponse,
        completionHandler: @escaping (URLSession.ResponseDisposition) -> Void
    ) {
        completionHandler(.cancel)
        answer((response as? HTTPURLResponse)?.statusCode)
    }

    func urlSession(
        _ session: URLSession, task: URLSessionTask, willPerformHTTPRedirection response: HTTPURLResponse,
        newRequest request: URLRequest, completionHandler: @escaping (URLRequest?) -> Void
    ) {
        completionHandler(nil)
        answer(response.statusCode)
    }

    func urlSession(_ session: URLSession, task: URLSessionTask, didCompleteWithError error: (any Error)?) {
        answer(error == nil ? (task.response as? HTTPURLResponse)?.statusCode : nil)
    }
}

/// Where incidents are told of, and how.
public struct WebhookConfiguration: Sendable {
    let address: WebhookAddress
    let secret: WebhookSecret
    let every: Duration
}
