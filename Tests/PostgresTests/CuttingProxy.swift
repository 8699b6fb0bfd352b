import Foundation
import Glibc
import Synchronization

/// A TCP proxy on loopback that fails on command.
///
/// The tests aim it at the moment that matters: it looks at no bytes, but the client sends a whole
/// exchange at once and the server answers a short one at once.
final class CuttingProxy: Sendable {
    enum Mode: Sendable {
        case forward
        /// The server gets what the client sends; its answer is thrown away and both sides are closed.
        case cutAnswer
        /// What the client sends is thrown away and both sides are closed.
        case cutRequest
        /// Nothing is passed on, and nobody is told.
        case freeze
    }

    let port: Int
    private let listener: Int32
    private let target: Int
    private let mode = Mutex(Mode.forward)
    private let sockets = Mutex<[Int32]>([])

    init(to target: Int) throws {
        self.target = target
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = loopback(port: 0)
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let status = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, size) == 0 && listen(listener, 16) == 0 ? getsockname(listener, $0, &size) : -1
            }
        }
        guard status == 0 else { throw POSIXError(.EADDRINUSE) }
        self.listener = listener
        port = Int(UInt16(bigEndian: address.sin_port))
        Thread.detachNewThread { [self] in acceptAll() }
    }

    func set(_ new: Mode) { mode.withLock { $0 = new } }

    func stop() {
        shutdown(listener, Int32(SHUT_RDWR))
        for socket in sockets.withLock({ $0 }) { shutdown(socket, Int32(SHUT_RDWR)) }
    }

    private func acceptAll() {
        while true {
            let client = accept(listener, nil, nil)
            guard client >= 0 else { break }
            let server = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            var address = loopback(port: target)
            let connected = withUnsafePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    connect(server, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
                }
            }
            guard connected == 0 else {
                close(client)
                close(server)
                continue
            }
            sockets.withLock { $0 += [client, server] }
            Thread.detachNewThread { [self] in pump(client, server, isRequest: true) }
            Thread.detachNewThread { [self] in pump(server, client, isRequest: false) }
        }
        close(listener)
    }

    private func pump(_ from: Int32, _ to: Int32, isRequest: Bool) {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = read(from, &buffer, buffer.count)
            guard count > 0 else { break }
            switch mode.withLock({ $0 }) {
            case .forward: break
            case .cutAnswer:
                if !isRequest { return cut(from, to) }
            case .cutRequest:
                return cut(from, to)
            case .freeze:
                continue
            }
            var sent = 0
            while sent < count {
                let part = buffer.withUnsafeBytes {
                    send(to, $0.baseAddress! + sent, count - sent, Int32(MSG_NOSIGNAL))
                }
                guard part > 0 else { return cut(from, to) }
                sent += part
            }
        }
        cut(from, to)
    }

    private func cut(_ one: Int32, _ other: Int32) {
        shutdown(one, Int32(SHUT_RDWR))
        shutdown(other, Int32(SHUT_RDWR))
    }
}

private func loopback(port: Int) -> sockaddr_in {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = UInt16(port).bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    return address
}
