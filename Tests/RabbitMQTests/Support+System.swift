import Glibc
import LocalServers
import RabbitMQ
import Synchronization
import TestServers

/// Lets tasks through once it is open.
final class Gate: Sendable {
    private let content = Mutex<(isOpen: Bool, waiting: [CheckedContinuation<Void, Never>])>((false, []))

    func pass() async {
        await withCheckedContinuation { continuation in
            let isOpen = content.withLock { content in
                if !content.isOpen { content.waiting.append(continuation) }
                return content.isOpen
            }
            if isOpen { continuation.resume() }
        }
    }

    func open() {
        let waiting = content.withLock { content in
            content.isOpen = true
            defer { content.waiting = [] }
            return content.waiting
        }
        for continuation in waiting { continuation.resume() }
    }
}

/// The memory of this process that is in use.
func residentBytes() -> Int {
    guard let file = fopen("/proc/self/statm", "r") else { return 0 }
    defer { fclose(file) }
    var line = [CChar](repeating: 0, count: 200)
    guard fgets(&line, 200, file) != nil else { return 0 }
    let text = String(decoding: line.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    let pages = text.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
    return pages * Int(getpagesize())
}

extension Bench {
    /// Messages that are ready, and messages that wait for an answer, as the broker counts them.
    func depth() async throws -> String {
        let lines = try await server.rabbitmqctl(
            "-q", "list_queues", "--no-table-headers", "name", "messages_ready", "messages_unacknowledged")
        for line in lines.split(separator: "\n") {
            let columns = line.split { $0 == "\t" || $0 == " " }
            if columns.first.map(String.init) == queue { return columns.dropFirst().joined(separator: " ") }
        }
        return "no such queue"
    }
}

/// The states that a publisher or consumer went through.
final class StateLog: Sendable {
    private let states = Mutex<[RabbitMQState]>([])

    var all: [RabbitMQState] { states.withLock { $0 } }

    func append(_ state: RabbitMQState) {
        states.withLock { $0.append(state) }
    }
}

/// The longest of some durations.
final class Longest: Sendable {
    private let content = Mutex(Duration.zero)

    var duration: Duration { content.withLock { $0 } }

    func note(_ duration: Duration) {
        content.withLock { $0 = max($0, duration) }
    }
}
