internal import SagaValues

/// A server by a name of one's own, and who one is there.
struct Profile: Sendable {
    var name: String
    var url: String
    var token: TokenSource?
    /// That of commands which take `--tenant` and are given none.
    var tenant: String?
    /// Whether a person has to type the name before anything is changed there.
    var isProtected = false

    /// Letters, digits, `.`, `_` and `-`, so that it needs no quotes in a shell; 64 at most.
    static func isName(_ text: String) -> Bool {
        let bytes = text.utf8
        guard let first = bytes.first, bytes.count <= 64 else { return false }
        func isPlain(_ byte: UInt8) -> Bool { 0x30...0x39 ~= byte || 0x61...0x7A ~= byte | 0x20 }
        return isPlain(first) && bytes.allSatisfy { isPlain($0) || ".-_".utf8.contains($0) }
    }
}

/// Where a profile's token comes from.
enum TokenSource: Sendable {
    /// A file that nobody else can read.
    case file(String)
    /// A line of shell that prints it.
    case command(String)
    /// The token itself, in a file of profiles that nobody else can read.
    case text(Secret)

    /// For people.
    var sentence: String {
        switch self {
        case .file(let path): "file \(path)"
        case .command(let line): "command \(line)"
        case .text: "in the file of profiles"
        }
    }

    var kind: String {
        switch self {
        case .file: "file"
        case .command: "command"
        case .text: "text"
        }
    }
}
