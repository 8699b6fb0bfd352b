internal import Glibc
internal import Synchronization

/// Looks up a host's addresses on a thread of its own: the system's resolver blocks, for half a minute
/// when a name server is silent, and a client's library would call it from the connection's thread.
///
/// Whoever gives up waiting just drops it; the thread ends when the resolver answers.
public final class HostLookup: Sendable {
    private let name: String
    private let found = Mutex<[String]>([])
    /// Becomes readable when the lookup is done.
    public let doneDescriptor: Int32
    private let writeEnd: Int32

    /// Nil when the system has no descriptor left.
    public init?(_ name: String) {
        var ends: [Int32] = [-1, -1]
        let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        guard socketpair(AF_UNIX, type, 0, &ends) == 0 else { return nil }
        self.name = name
        doneDescriptor = ends[0]
        writeEnd = ends[1]
    }

    deinit {
        close(doneDescriptor)
        close(writeEnd)
    }

    /// Numeric addresses, in the resolver's order of preference; empty when there is none.
    public var addresses: [String] { found.withLock { $0 } }

    /// False when the system has no thread left.
    public func start() -> Bool {
        var handle = pthread_t()
        let retained = Unmanaged.passRetained(self)
        let status = pthread_create(
            &handle, nil,
            { raw in
                Unmanaged<HostLookup>.fromOpaque(raw!).takeRetainedValue().run()
                return nil
            }, retained.toOpaque())
        guard status == 0 else {
            retained.release()
            return false
        }
        pthread_detach(handle)
        return true
    }

    private func run() {
        let addresses = Self.resolve(name)
        found.withLock { $0 = addresses }
        var byte: UInt8 = 1
        _ = write(writeEnd, &byte, 1)
    }

    private static func resolve(_ name: String) -> [String] {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var first: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(name, nil, &hints, &first) == 0 else { return [] }
        defer { freeaddrinfo(first) }
        var addresses: [String] = []
        var next = first
        while let current = next {
            next = current.pointee.ai_next
            var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
            let status = getnameinfo(
                current.pointee.ai_addr, current.pointee.ai_addrlen, &text, socklen_t(text.count), nil, 0,
                NI_NUMERICHOST)
            guard status == 0 else { continue }
            let address = text.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
            if !addresses.contains(address) { addresses.append(address) }
        }
        return addresses
    }

    /// Whether there is anything to look up: socket folders and numeric addresses need it not.
    public static func isNeeded(for host: String) -> Bool {
        var address = in6_addr()
        return !host.hasPrefix("/") && inet_pton(AF_INET, host, &address) != 1
            && inet_pton(AF_INET6, host, &address) != 1
    }
}
