internal import Foundation
internal import Glibc

/// TCP ports on loopback that nobody listens on.
public enum FreePorts {
    /// Picks distinct free ports.
    ///
    /// They lie below the range from which the kernel takes ports for outgoing connections, so that a
    /// server which is down for a moment does not find its port taken by some client when it comes back.
    /// Only when nothing is free there does the kernel choose. Between this look and the server's own
    /// bind somebody else may be quicker: whoever starts a server tries again with other ports.
    /// - Throws: ``LocalServerError`` with `portTaken` when there are not enough.
    public static func pick(_ count: Int) throws(LocalServerError) -> [Int] {
        let lowest = 10_240
        let ephemeral = ephemeralStart()
        var held: [(port: Int, socket: Int32)] = []
        defer { for entry in held { close(entry.socket) } }
        var attempts = 0
        while held.count < count {
            attempts += 1
            let candidate = attempts <= 200 && ephemeral > lowest + 1000 ? Int.random(in: lowest..<ephemeral) : 0
            if let entry = bind(candidate) { held.append(entry) }
            if attempts > 400 {
                throw LocalServerError(.portTaken, "no free port on 127.0.0.1")
            }
        }
        return held.map(\.port)
    }

    /// Whether a server could bind this port now. Connections of the past that are still winding down do
    /// not count: servers bind over them.
    public static func isFree(_ port: Int) -> Bool {
        guard let entry = bind(port, reuse: true) else { return false }
        close(entry.socket)
        return true
    }

    /// Refuses a port that was asked for and is taken.
    ///
    /// - Parameter advice: the way out, such as "choose another one for PostgreSQL".
    /// - Throws: ``LocalServerError`` with `portTaken`.
    public static func check(_ port: Int, _ advice: String) throws(LocalServerError) {
        guard isFree(port) else {
            throw LocalServerError(.portTaken, "port \(port) on 127.0.0.1 is taken; \(advice)")
        }
    }

    private static func ephemeralStart() -> Int {
        let range = try? String(contentsOfFile: "/proc/sys/net/ipv4/ip_local_port_range", encoding: .utf8)
        return range?.split(whereSeparator: \.isWhitespace).first.flatMap { Int($0) } ?? 32_768
    }

    private static func bind(_ port: Int, reuse: Bool = false) -> (port: Int, socket: Int32)? {
        let socket = Loopback.socket()
        guard socket >= 0 else { return nil }
        if reuse {
            var yes: Int32 = 1
            setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
        }
        var address = Loopback.address(port)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                Glibc.bind(socket, pointer, length) == 0 && Glibc.listen(socket, 1) == 0
                    && getsockname(socket, pointer, &length) == 0
            }
        }
        guard bound else {
            close(socket)
            return nil
        }
        return (Int(UInt16(bigEndian: address.sin_port)), socket)
    }
}

/// Plain sockets to 127.0.0.1.
enum Loopback {
    static let host = "127.0.0.1"

    static func socket(isBlocking: Bool = true) -> Int32 {
        let flags = Int32(SOCK_CLOEXEC.rawValue) | (isBlocking ? 0 : Int32(SOCK_NONBLOCK.rawValue))
        return Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue) | flags, 0)
    }

    static func address(_ port: Int) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(UInt16(port)).bigEndian
        address.sin_addr.s_addr = in_addr_t(0x7f00_0001).bigEndian
        return address
    }

    /// Connects, sends a greeting, and reads the beginning of the answer; empty when there is none within
    /// a second, nil when nobody listens.
    ///
    /// It never blocks for longer: a listener that is frozen, or has enough callers, lets others wait for
    /// two minutes.
    static func ask(_ port: Int, greeting: [UInt8]) -> [UInt8]? {
        let socket = socket(isBlocking: false)
        guard socket >= 0 else { return nil }
        defer { close(socket) }
        var address = address(port)
        let connected = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
        guard connected || errno == EINPROGRESS else { return nil }
        guard wait(for: POLLOUT, on: socket) else { return [] }
        guard send(socket, greeting, greeting.count, Int32(MSG_NOSIGNAL)) == greeting.count else { return nil }
        guard wait(for: POLLIN, on: socket) else { return [] }
        var answer = [UInt8](repeating: 0, count: 64)
        let count = recv(socket, &answer, answer.count, 0)
        return Array(answer.prefix(max(0, count)))
    }

    private static func wait(for event: Int32, on socket: Int32) -> Bool {
        var entry = pollfd(fd: socket, events: Int16(event), revents: 0)
        return Glibc.poll(&entry, 1, 1000) == 1
    }
}
