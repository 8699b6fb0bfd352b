import Foundation
import Glibc
import Synchronization

/// A TCP server on loopback that is not a broker.
final class FakePeer: Sendable {
    enum Behaviour: Sendable {
        case silent
        case hangsUp
        case says([UInt8])
    }

    let port: Int
    private let listener: Int32
    private let isStopped = Atomic<Bool>(false)
    private let accepted = Atomic<Int>(0)

    init(_ behaviour: Behaviour) throws {
        (listener, port) = try Self.open()
        Thread.detachNewThread { [self] in serve(behaviour) }
    }

    private static func open() throws -> (descriptor: Int32, port: Int) {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isListening = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                bind(descriptor, generic, size) == 0 && listen(descriptor, 16) == 0
                    && getsockname(descriptor, generic, &size) == 0
            }
        }
        guard isListening else { throw Overdue(description: "no port to listen on") }
        return (descriptor, Int(UInt16(bigEndian: address.sin_port)))
    }

    private func serve(_ behaviour: Behaviour) {
        var peers: [Int32] = []
        while !isStopped.load(ordering: .relaxed) {
            var entry = pollfd(fd: listener, events: Int16(POLLIN), revents: 0)
            guard poll(&entry, 1, 50) > 0 else { continue }
            let peer = accept(listener, nil, nil)
            accepted.add(1, ordering: .relaxed)
            switch behaviour {
            case .silent: peers.append(peer)
            case .hangsUp: close(peer)
            case .says(let bytes):
                _ = send(peer, bytes, bytes.count, Int32(MSG_NOSIGNAL))
                peers.append(peer)
            }
        }
        for peer in peers { close(peer) }
        close(listener)
    }

    /// A port that nobody listens on now.
    static func freePort() throws -> Int {
        let (descriptor, port) = try open()
        close(descriptor)
        return port
    }

    /// How often somebody has connected.
    var connections: Int { accepted.load(ordering: .relaxed) }

    func stop() {
        isStopped.store(true, ordering: .relaxed)
    }
}

/// The text of a page in `docs/errors`, found from this file.
func errorPage(_ code: String, file: String = #filePath) -> String? {
    let root = URL(fileURLWithPath: file).resolvingSymlinksInPath()
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    return try? String(contentsOf: root.appending(path: "docs/errors/\(code).md"), encoding: .utf8)
}
