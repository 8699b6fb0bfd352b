internal import Yams

/// A file that the YAML library does not read, as a finding.
struct YAMLFailure {
    private let code: Finding.Code
    private let position: Position
    private let message: String
    private let help: String

    private init(_ code: Finding.Code, at position: Position, _ message: String, help: String) {
        self.code = code
        self.position = position
        self.message = message
        self.help = help
    }

    func report(to findings: inout FindingList) {
        findings.add(code, at: position, message, help: help)
    }

    static func duplicateKey(_ key: String, at position: Position, first: Position?) -> YAMLFailure {
        YAMLFailure(
            .duplicateKey, at: position,
            "the key \(quoted(key)) stands twice" + (first.map { ", first in line \($0.line)" } ?? ""),
            help: "keep one of them")
    }

    init(_ error: any Error, source: SourceText) {
        switch error as? YamlError {
        case .scanner(let context?, "found unexpected end of stream", _, _) where context.text.contains("quoted"):
            // The end of the file is where it was noticed, which helps nobody.
            self.init(
                .notReadable, at: Position(line: context.mark.line, column: context.mark.column),
                "the quote that opens here is never closed",
                help: "close it with the same quote; one within the text is doubled ('') or escaped (\\\")")
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
            .composer(_, let problem, let mark, _):
            self.init(problem: problem, at: source.clamped(Position(line: mark.line, column: mark.column)), source)
        case .duplicatedKeysInMapping(let keys, let context):
            let first = Position(line: context.mark.line, column: context.mark.column)
            let second = YAMLFailure.repetition(of: first, in: source)
            self = .duplicateKey(keys.first ?? "", at: second ?? first, first: second == nil ? nil : first)
        case .reader(let problem, _, _, _), .writer(let problem), .emitter(let problem), .representer(let problem):
            self.init(problem: problem, at: .start, source)
        case .no, .memory, .dataCouldNotBeDecoded, nil:
            self.init(problem: "the YAML library gave up", at: .start, source)
        }
    }

    private init(problem: String, at position: Position, _ source: SourceText) {
        switch problem {
        case "but found another document":
            self.init(
                .yamlFeature, at: position, "a file holds one workflow, but a second document begins here",
                help: "put each workflow in a file of its own")
        case "found undefined alias":
            self.init(
                .yamlFeature, at: position, "aliases ('*…') are not part of the workflow language",
                help: "write the value out; text that begins with '*' stands in quotes")
        default:
            let line = source.line(position.line)
            let help =
                if line.prefix(while: { $0 == " " || $0 == "\t" }).contains("\t") {
                    "indent with spaces; YAML takes no tabs there"
                } else if String(String.UnicodeScalarView(line)).contains("${") {
                    "put text with ${…} in quotes: \"${input.name}\""
                } else {
                    "look for a quote or bracket left open, a missing space after ':', or a line indented "
                        + "differently from its neighbours; text with ': ' or ' #' in it stands in quotes"
                }
            self.init(.notReadable, at: position, "this is not YAML: \(problem)", help: help)
        }
    }

    /// The library tells where a key stands first. In a block map its repetition begins in the same column
    /// with no line further left in between; else it is the next place where that key stands before a colon.
    private static func repetition(of first: Position, in source: SourceText) -> Position? {
        let start = source.offset(of: first)
        let rest = source.scalars[start...]
        let key: ArraySlice<Unicode.Scalar>
        if let quote = rest.first, quote == "\"" || quote == "'" {
            guard let end = rest.dropFirst().firstIndex(of: quote) else { return nil }
            key = rest[...end]
        } else {
            key = rest.prefix { $0 != ":" && !SourceText.isBreak($0) }
        }
        let name = Array(key)
        guard !name.isEmpty else { return nil }
        func isKey(at offset: Int) -> Bool {
            let candidate = source.scalars[offset...]
            guard candidate.starts(with: name) else { return false }
            return candidate.dropFirst(name.count).drop { $0 == " " }.first == ":"
        }
        var elsewhere: Position?
        for offset in (start + name.count)..<max(start + name.count, source.scalars.count) where isKey(at: offset) {
            let position = source.position(of: offset)
            let before = offset > 0 ? source.scalars[offset - 1] : " "
            guard " \t{,\"'".unicodeScalars.contains(before) || position.column == 1 else { continue }
            if position.column == first.column { return position }
            if elsewhere == nil { elsewhere = position }
            // In a flow map on one line the repetition is nearer than any key below.
            if position.line == first.line { return position }
        }
        return elsewhere
    }
}
