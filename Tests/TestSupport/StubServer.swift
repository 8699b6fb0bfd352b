internal import Foundation
internal import Glibc
internal import Synchronization

/// Something on a port that gives the same answer to everybody, and keeps what it was asked.
public final class StubServer: Sendable {
    public let port: Int
    private let socket: Int32
    private let heard = Mutex<[String]>([])

    public var url: String { "http://127.0.0.1:\(port)" }
    public var requests: [String] { heard.withLock { $0 } }

    /// - Parameter answer: the status line's end, headers and body, such as `200 OK\r\n\r\nhello`; nil hangs up.
    public init(_ answer: String?) throws {
        socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let socket = self.socket
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(socket, $0, length) == 0 && listen(socket, 8) == 0 && getsockname(socket, $0, &length) == 0
            }
        }
        guard isBound else { throw CocoaError(.fileNoSuchFile) }
        port = Int(UInt16(bigEndian: address.sin_port))
        Thread { [heard = self] in
            while true {
                let connection = accept(socket, nil, nil)
                guard connection >= 0 else { return }
                var buffer = [UInt8](repeating: 0, count: 65_536)
                let count = recv(connection, &buffer, buffer.count, 0)
                let request = String(decoding: buffer.prefix(max(0, count)), as: UTF8.self)
                heard.heard.withLock { $0.append(request) }
                if let answer {
                    let text = Array("HTTP/1.1 \(answer)".utf8)
                    _ = Glibc.send(connection, text, text.count, Int32(MSG_NOSIGNAL))
                }
                shutdown(connection, Int32(SHUT_RDWR))
                close(connection)
            }
        }.start()
    }

    public func stop() {
        shutdown(socket, Int32(SHUT_RDWR))
        close(socket)
    }
}
