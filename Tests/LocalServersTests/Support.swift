import Foundation
import Glibc
import Synchronization
import TestServers
import Testing

@testable import LocalServers

/// Waits for a condition, looking every few milliseconds; the limit is generous because it is only met by a bug.
func holds(within limit: Duration = .seconds(20), _ condition: () -> Bool) async -> Bool {
    await poll(every: .milliseconds(10), within: limit, until: condition)
}

func freshFolder(_ name: String = "folder") throws -> String {
    let path = try TestServers.freshFolder(name)
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    return path
}

/// Lines of output, as they come in.
final class Lines: Sendable {
    private let lines = Mutex<[String]>([])
    var all: [String] { lines.withLock { $0 } }
    func append(_ line: String) { lines.withLock { $0.append(line) } }
}

/// Addresses of the sockets that listen on a port, as `/proc/net/tcp` writes them.
func listeners(on port: Int) throws -> Set<String> {
    var found: Set<String> = []
    let suffix = ":" + String(format: "%04X", port)
    for file in ["/proc/net/tcp", "/proc/net/tcp6"] {
        for line in try String(contentsOfFile: file, encoding: .utf8).split(separator: "\n").dropFirst() {
            let fields = line.split(separator: " ")
            if fields[3] == "0A", fields[1].hasSuffix(suffix) { found.insert(String(fields[1].dropLast(5))) }
        }
    }
    return found
}

/// 127.0.0.1 and ::1 as they stand there.
let loopback: Set = ["0100007F", "00000000000000000000000001000000"]

/// A socket that listens on a port of loopback until it is closed.
func occupiedPort() throws -> (port: Int, socket: Int32) {
    let port = try FreePorts.pick(1)[0]
    let socket = Loopback.socket()
    var address = Loopback.address(port)
    let bound = withUnsafePointer(to: &address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            bind(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
        }
    }
    try #require(bound && listen(socket, 1) == 0)
    return (port, socket)
}

func state(of pid: Int32) -> Character? {
    let text = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8)
    return text?.split(separator: ")").last?.dropFirst().first
}
