import Foundation
import Glibc
import SagaAPI
import SagaValues
import Synchronization
import TestAPI
import TestSupport
import Testing

/// Somebody who reads a stream of events over a connection of their own, byte by byte as it comes.
final class StreamReader: Sendable {
    struct Event: Sendable, Hashable {
        var id: String?
        var name = "message"
        var data = ""

        func decode<Body: Decodable>(_ type: Body.Type) throws -> Body {
            try JSONValueDecoder.decode(type, from: JSON(parsing: data))
        }
    }

    private struct State {
        var bytes: [UInt8] = []
        var isClosed = false
    }

    private let socket: Int32
    private let state = Mutex(State())

    /// - Parameter isReading: false to take nothing until ``read()``, with as little room for what comes as there can be.
    init(
        _ api: TestAPI, _ target: String, as token: String = TestAPI.token, headers: [String: String] = [:],
        isReading: Bool = true
    ) throws {
        socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        if !isReading {
            var size: Int32 = 4_096
            setsockopt(socket, SOL_SOCKET, SO_RCVBUF, &size, socklen_t(MemoryLayout<Int32>.size))
        }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(UInt16(api.port).bigEndian)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        let connected = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        try #require(connected == 0)
        let more = headers.map { "\($0.key): \($0.value)\r\n" }.joined()
        let head = Array("GET \(target) HTTP/1.1\r\nHost: test\r\nAuthorization: Bearer \(token)\r\n\(more)\r\n".utf8)
        try #require(send(socket, head, head.count, 0) == head.count)
        if isReading { read() }
    }

    deinit { close(socket) }

    /// Reads until the server closes the connection.
    func read() {
        Thread.detachNewThread { [self] in
            var buffer = [UInt8](repeating: 0, count: 1 << 16)
            while true {
                let count = recv(socket, &buffer, buffer.count, 0)
                guard count > 0 else { break }
                state.withLock { $0.bytes += buffer[..<count] }
            }
            state.withLock { $0.isClosed = true }
        }
    }

    /// Closes the connection without a word.
    func leave() { shutdown(socket, Int32(SHUT_RDWR)) }

    var isClosed: Bool { state.withLock { $0.isClosed } }

    /// The status, the headers with small letters, and what has come of the body.
    private var answer: (status: Int, headers: [String: String], body: [UInt8])? {
        let bytes = state.withLock { $0.bytes }
        guard let end = bytes.firstRange(of: Array("\r\n\r\n".utf8)) else { return nil }
        let lines = String(decoding: bytes[..<end.lowerBound], as: UTF8.self).split(separator: "\r\n")
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1)
            headers[parts[0].lowercased()] = parts[1].drop { $0 == " " }.description
        }
        let body = Array(bytes[end.upperBound...])
        let isChunked = headers["transfer-encoding"] == "chunked"
        return (Int(lines[0].split(separator: " ")[1]) ?? 0, headers, isChunked ? Self.unchunked(body) : body)
    }

    var status: Int? { answer?.status }
    var headers: [String: String] { answer?.headers ?? [:] }
    var text: String { String(decoding: answer?.body ?? [], as: UTF8.self) }

    private static func unchunked(_ bytes: [UInt8]) -> [UInt8] {
        var (body, rest): ([UInt8], ArraySlice<UInt8>) = ([], bytes[...])
        while let line = rest.firstRange(of: Array("\r\n".utf8)) {
            guard let size = Int(String(decoding: rest[..<line.lowerBound], as: UTF8.self), radix: 16), size > 0
            else { break }
            let chunk = rest[line.upperBound...].prefix(size)
            body += chunk
            rest = rest[line.upperBound...].dropFirst(size + 2)
        }
        return body
    }

    /// What a browser makes of it (WHATWG HTML §9.2.6), and the id that it would come back with.
    var told: (events: [Event], lastID: String, comments: Int) {
        var (events, event, lastID, comments) = ([Event](), Event(), "", 0)
        var data: [String] = []
        // What follows the last line break is not a line yet.
        for line in text.split(separator: "\n", omittingEmptySubsequences: false).dropLast() {
            guard !line.isEmpty else {
                event.id = lastID.isEmpty ? nil : lastID
                event.data = data.joined(separator: "\n")
                if !data.isEmpty { events.append(event) }
                (event, data) = (Event(), [])
                continue
            }
            let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            let value = parts.count > 1 ? String(parts[1].hasPrefix(" ") ? parts[1].dropFirst() : parts[1]) : ""
            switch parts[0] {
            case "": comments += 1
            case "id": lastID = value
            case "event": event.name = value
            case "data": data.append(value)
            default: break
            }
        }
        return (events, lastID, comments)
    }

    var changes: [ChangeView] {
        get throws { try told.events.filter { $0.name == "change" }.map { try $0.decode(ChangeView.self) } }
    }

    /// Why it ended, if it has.
    var end: StreamEndView? {
        get throws { try told.events.first { $0.name == "end" }?.decode(StreamEndView.self) }
    }

    /// The answer has begun: from here on everything is told.
    func opened() async throws -> StreamReader {
        try await eventually("the stream begins") { status != nil && !text.isEmpty || isClosed }
        try #require(status == 200)
        return self
    }

    func closed() async throws -> StreamReader {
        try await eventually("the stream ends") { isClosed }
        return self
    }
}
