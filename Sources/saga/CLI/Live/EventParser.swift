/// Reads a stream of events as WHATWG HTML §9.2.6 says. An event that has not come to its end is none.
struct EventParser {
    struct Event {
        var name: String
        var data: String
    }

    /// What to come back with.
    private(set) var lastID: String
    private var line: [UInt8] = []
    private var name = ""
    private var data: [String] = []
    /// A line feed that follows a carriage return ends no line of its own.
    private var isAfterReturn = false

    init(lastID: String = "") {
        self.lastID = lastID
    }

    /// The events that these bytes complete.
    mutating func take(_ bytes: [UInt8]) -> [Event] {
        var events: [Event] = []
        for byte in bytes {
            let isSecond = isAfterReturn && byte == UInt8(ascii: "\n")
            isAfterReturn = byte == UInt8(ascii: "\r")
            if isSecond { continue }
            guard byte == UInt8(ascii: "\n") || isAfterReturn else {
                line.append(byte)
                continue
            }
            if let event = endLine() { events.append(event) }
        }
        return events
    }

    private mutating func endLine() -> Event? {
        defer { line = [] }
        guard !line.isEmpty else {
            defer { (name, data) = ("", []) }
            return data.isEmpty ? nil : Event(name: name.isEmpty ? "message" : name, data: data.joined(separator: "\n"))
        }
        let colon = line.firstIndex(of: UInt8(ascii: ":")) ?? line.endIndex
        var value = line[colon...].dropFirst()
        if value.first == UInt8(ascii: " ") { value = value.dropFirst() }
        let text = String(decoding: value, as: UTF8.self)
        switch String(decoding: line[..<colon], as: UTF8.self) {
        case "event": name = text
        case "data": data.append(text)
        case "id": if !text.contains("\0") { lastID = text }
        default: break
        }
        return nil
    }
}
