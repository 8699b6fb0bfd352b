internal import Foundation
internal import Glibc
internal import Synchronization

/// Reads what a child writes, line by line, on a thread of its own.
///
/// It ends with the child and not with the last holder of the pipe, since a grandchild that lives on may
/// keep the pipe open for ever.
struct LineReader: Sendable {
    let descriptor: Int32
    let line: @Sendable (String) -> Void
    let processHasEnded: @Sendable () -> Bool
    let finished: @Sendable () -> Void

    func start() {
        let thread = Thread { self.run() }
        thread.name = "child-output"
        thread.start()
    }

    private func run() {
        var rest: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 16 * 1024)
        while true {
            // The question comes before the look at the pipe, so nothing written before the end is missed.
            let hasEnded = processHasEnded()
            var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            let ready = poll(&entry, 1, hasEnded ? 0 : 50)
            if ready == 0 {
                if hasEnded { break }
                continue
            }
            let count = read(descriptor, &buffer, buffer.count)
            if count < 0, errno == EINTR || errno == EAGAIN { continue }
            if count <= 0 { break }
            rest += buffer[..<count]
            while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
                line(String(decoding: rest[..<end], as: UTF8.self))
                rest.removeSubrange(...end)
            }
        }
        if !rest.isEmpty { line(String(decoding: rest, as: UTF8.self)) }
        close(descriptor)
        finished()
    }
}

/// What a log file says from a place on, for error messages: the first and the last lines of it.
func excerpt(of path: String, from start: UInt64, first: Int, last: Int) -> String {
    guard let file = FileHandle(forReadingAtPath: path) else { return "" }
    defer { try? file.close() }
    try? file.seek(toOffset: start)
    // A server that does not start writes little; 256 KB bound the memory whatever it does.
    let data = (try? file.read(upToCount: 1 << 18)) ?? Data()
    let lines = String(decoding: data, as: UTF8.self).split(separator: "\n").filter { !$0.allSatisfy(\.isWhitespace) }
    guard lines.count > first + last else { return lines.joined(separator: "\n") }
    return (lines.prefix(first) + (first > 0 && last > 0 ? ["..."] : []) + lines.suffix(last)).joined(separator: "\n")
}

func size(of path: String) -> UInt64 {
    var information = stat()
    return stat(path, &information) == 0 ? UInt64(information.st_size) : 0
}

/// The output of a helper program, gathered.
final class CollectedLines: Sendable {
    private let lines = Mutex<[String]>([])

    func append(_ line: String) {
        lines.withLock { $0.append(line) }
    }

    func text(last count: Int = .max) -> String {
        lines.withLock { $0.suffix(count).joined(separator: "\n") }
    }
}
