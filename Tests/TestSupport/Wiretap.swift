internal import Foundation
internal import Glibc
internal import Synchronization

/// A way to a server on loopback on which everything is written down that its clients say.
public final class Wiretap: Sendable {
    public let port: Int
    private let target: Int
    private let listener: Int32
    private let heard = Mutex<[[UInt8]]>([])
    private let sockets = Mutex<[Int32]>([])

    public init(to target: Int) throws {
        self.target = target
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = Self.loopback(0)
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let listener = self.listener
        let isListening = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, size) == 0 && listen(listener, 64) == 0 && getsockname(listener, $0, &size) == 0
            }
        }
        guard isListening else { throw POSIXError(.EADDRINUSE) }
        port = Int(UInt16(bigEndian: address.sin_port))
        Thread.detachNewThread { [self] in acceptAll() }
    }

    /// What was said on each connection, in the order in which they came; one that was just opened may be empty.
    public var said: [[UInt8]] { heard.withLock { $0 } }

    public func stop() {
        shutdown(listener, Int32(SHUT_RDWR))
        for socket in sockets.withLock({ $0 }) { shutdown(socket, Int32(SHUT_RDWR)) }
    }

    private static func loopback(_ port: Int) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return address
    }

    private func acceptAll() {
        while true {
            let client = accept(listener, nil, nil)
            guard client >= 0 else { break }
            let server = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            var address = Self.loopback(target)
            let isConnected = withUnsafePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    connect(server, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
                }
            }
            guard isConnected else {
                close(client)
                close(server)
                continue
            }
            sockets.withLock { $0 += [client, server] }
            let number = heard.withLock { heard in
                heard.append([])
                return heard.count - 1
            }
            Thread.detachNewThread { [self] in pump(client, server, number) }
            Thread.detachNewThread { [self] in pump(server, client, nil) }
        }
        close(listener)
    }

    private func pump(_ from: Int32, _ to: Int32, _ number: Int?) {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = read(from, &buffer, buffer.count)
            guard count > 0 else { break }
            // Before it is passed on: whoever has an answer can look.
            if let number { heard.withLock { $0[number] += buffer.prefix(count) } }
            var sent = 0
            while sent < count {
                let part = buffer.withUnsafeBytes {
                    send(to, $0.baseAddress! + sent, count - sent, Int32(MSG_NOSIGNAL))
                }
                guard part > 0 else { break }
                sent += part
            }
        }
        // The other direction may still have something to say.
        shutdown(to, Int32(SHUT_WR))
    }
}
