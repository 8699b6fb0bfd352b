import Crypto
import Foundation
import Glibc
import SagaValues
import Synchronization
import Testing

/// Somebody on this machine who receives webhooks, answers as a script says, and checks signatures by code of their own.
final class Receiver: Sendable {
    struct Message: Sendable {
        let line: String
        /// By their names in small letters.
        let headers: [String: String]
        let body: [UInt8]

        var id: String { headers["webhook-id"] ?? "" }
        var json: JSON { (try? JSON(parsing: body)) ?? .null }
    }

    enum Answer: Sendable {
        /// A status line, and perhaps headers.
        case text(String)
        /// Nothing, for as long as the sender waits.
        case silence
    }

    let port: Int
    private let socket: Int32
    private let messages = Mutex<[Message]>([])
    private let script: @Sendable (Int) -> Answer

    var received: [Message] { messages.withLock { $0 } }
    var url: String { "http://127.0.0.1:\(port)/hooks/a-path-that-is-secret" }

    /// - Parameter script: what the message with this number, from 1, is answered with.
    init(_ script: @escaping @Sendable (Int) -> Answer = { _ in .text("204 No Content") }) throws {
        self.script = script
        socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let socket = socket
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(socket, $0, length) == 0 && listen(socket, 64) == 0 && getsockname(socket, $0, &length) == 0
            }
        }
        try #require(isBound)
        port = Int(UInt16(bigEndian: address.sin_port))
        Thread.detachNewThread { [self] in
            while true {
                let connection = accept(socket, nil, nil)
                guard connection >= 0 else { return }
                Thread.detachNewThread { [self] in serve(connection) }
            }
        }
    }

    func stop() {
        shutdown(socket, Int32(SHUT_RDWR))
        close(socket)
    }

    private func serve(_ connection: Int32) {
        defer { close(connection) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            if let message = Self.parse(bytes) {
                let number = messages.withLock { messages in
                    messages.append(message)
                    return messages.count
                }
                switch script(number) {
                case .text(let text):
                    let answer = Array("HTTP/1.1 \(text)\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".utf8)
                    _ = send(connection, answer, answer.count, Int32(MSG_NOSIGNAL))
                    return
                case .silence: bytes = []
                }
            }
            let count = recv(connection, &buffer, buffer.count, 0)
            guard count > 0 else { return }
            bytes += buffer[..<count]
        }
    }

    /// nil while it is not complete.
    private static func parse(_ bytes: [UInt8]) -> Message? {
        guard let end = bytes.firstRange(of: Array("\r\n\r\n".utf8)) else { return nil }
        let lines = String(decoding: bytes[..<end.lowerBound], as: UTF8.self).split(separator: "\r\n")
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1)
            headers[parts[0].lowercased()] = parts[1].drop { $0 == " " }.description
        }
        let body = bytes[end.upperBound...]
        guard let length = Int(headers["content-length"] ?? "0"), body.count >= length else { return nil }
        return Message(line: String(lines[0]), headers: headers, body: Array(body.prefix(length)))
    }

    static let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

    /// Whether a message is signed with the secret: HMAC as RFC 2104 writes it down, with a hash and nothing else.
    static func isSigned(_ message: Message) -> Bool {
        guard let key = Data(base64Encoded: String(secret.dropFirst(6))),
            let time = message.headers["webhook-timestamp"],
            abs((Int64(time) ?? 0) - Int64(Date().timeIntervalSince1970)) < 300
        else { return false }
        let block = Array(key) + [UInt8](repeating: 0, count: 64 - key.count)
        let signed = Array("\(message.id).\(time).".utf8) + message.body
        let inner = SHA256.hash(data: block.map { $0 ^ 0x36 } + signed)
        let outer = SHA256.hash(data: block.map { $0 ^ 0x5c } + Array(inner))
        return message.headers["webhook-signature"] == "v1," + Data(outer).base64EncodedString()
    }
}
