/// A file of the project as the rules look at it.
struct SourceFile: Sendable {
    /// Relative to the top of the project, with `/`.
    let path: String
    /// As written, one entry per line.
    let lines: [Substring]
    /// The lines again, with blanks in place of comments and of what stands in string literals; for a file
    /// that is not Swift they are the lines themselves.
    let code: [Substring]

    init(path: String, text: String) {
        self.path = path
        lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        code =
            path.hasSuffix(".swift")
            ? SwiftBlanker.blank(text).split(separator: "\n", omittingEmptySubsequences: false) : lines
    }

    var isSwift: Bool { path.hasSuffix(".swift") }

    /// The modules that it imports, each with the number of the line, counted from 1.
    var imports: [(module: String, line: Int)] {
        code.enumerated().compactMap { index, line -> (module: String, line: Int)? in
            let words = line.split(separator: " ")
            guard let position = words.firstIndex(of: "import"), position + 1 < words.count else { return nil }
            let isImport = words[..<position].allSatisfy { word in
                word.hasPrefix("@") || ["public", "package", "internal", "private", "fileprivate"].contains(word)
            }
            guard isImport else { return nil }
            let kinds = ["struct", "class", "enum", "protocol", "func", "var", "let", "typealias"]
            guard let named = words[(position + 1)...].first(where: { !kinds.contains(String($0)) }) else { return nil }
            return (String(named.prefix { $0 != "." }), index + 1)
        }
    }
}

/// Replaces comments and the contents of string literals by blanks; what is interpolated stays, being code.
struct SwiftBlanker {
    private enum Mode {
        /// Inside an interpolation the parentheses are counted, to find its end.
        case code(openParentheses: Int?)
        case string(hashes: Int, isMultiline: Bool)
        case lineComment
        case blockComment(depth: Int)
    }

    private let text: [UInt8]
    private var position = 0
    private var modes: [Mode] = [.code(openParentheses: nil)]
    private var result: [UInt8] = []

    /// - Returns: a text of the same length in UTF-8, with the same line ends.
    static func blank(_ text: String) -> String {
        var blanker = SwiftBlanker(text: Array(text.utf8))
        while blanker.position < blanker.text.count { blanker.step() }
        return String(decoding: blanker.result, as: UTF8.self)
    }

    private init(text: [UInt8]) {
        self.text = text
        result.reserveCapacity(text.count)
    }

    private mutating func step() {
        switch modes[modes.count - 1] {
        case .code(let open): stepInCode(open)
        case .string(let hashes, let isMultiline): stepInString(hashes, isMultiline)
        case .lineComment:
            if text[position] == newline { modes.removeLast() }
            blank(1)
        case .blockComment(let depth):
            if sees("/*") {
                modes[modes.count - 1] = .blockComment(depth: depth + 1)
                blank(2)
            } else if sees("*/") {
                if depth == 1 { modes.removeLast() } else { modes[modes.count - 1] = .blockComment(depth: depth - 1) }
                blank(2)
            } else {
                blank(1)
            }
        }
    }

    private mutating func stepInCode(_ open: Int?) {
        if sees("//") {
            modes.append(.lineComment)
            blank(2)
        } else if sees("/*") {
            modes.append(.blockComment(depth: 1))
            blank(2)
        } else if let hashes = openingQuote() {
            let isMultiline = sees("\"\"\"", after: hashes)
            modes.append(.string(hashes: hashes, isMultiline: isMultiline))
            keep(hashes + (isMultiline ? 3 : 1))
        } else if let open, text[position] == UInt8(ascii: "(") {
            modes[modes.count - 1] = .code(openParentheses: open + 1)
            keep(1)
        } else if let open, text[position] == UInt8(ascii: ")") {
            if open == 0 { modes.removeLast() } else { modes[modes.count - 1] = .code(openParentheses: open - 1) }
            keep(1)
        } else {
            keep(1)
        }
    }

    private mutating func stepInString(_ hashes: Int, _ isMultiline: Bool) {
        let quotes: StaticString = isMultiline ? "\"\"\"" : "\""
        if sees(quotes), seesHashes(hashes, after: quotes.utf8CodeUnitCount) {
            modes.removeLast()
            keep(quotes.utf8CodeUnitCount + hashes)
        } else if sees("\\"), seesHashes(hashes, after: 1), sees("(", after: 1 + hashes) {
            modes.append(.code(openParentheses: 0))
            blank(hashes + 2)
        } else if sees("\\"), seesHashes(hashes, after: 1) {
            blank(min(hashes + 2, text.count - position))
        } else {
            // An unfinished literal ends with its line; only a character that looks like a quote makes one.
            if text[position] == newline, !isMultiline { modes.removeLast() }
            blank(1)
        }
    }

    /// The number of `#` before a quote that starts here; nil when none does.
    private func openingQuote() -> Int? {
        var next = position
        while next < text.count, text[next] == UInt8(ascii: "#") { next += 1 }
        return next < text.count && text[next] == UInt8(ascii: "\"") ? next - position : nil
    }

    private func sees(_ wanted: StaticString, after offset: Int = 0) -> Bool {
        guard position + offset + wanted.utf8CodeUnitCount <= text.count else { return false }
        return (0..<wanted.utf8CodeUnitCount).allSatisfy { text[position + offset + $0] == wanted.utf8Start[$0] }
    }

    private func seesHashes(_ count: Int, after offset: Int) -> Bool {
        (0..<count).allSatisfy {
            position + offset + $0 < text.count && text[position + offset + $0] == UInt8(ascii: "#")
        }
    }

    private mutating func keep(_ count: Int) {
        result += text[position..<position + count]
        position += count
    }

    private mutating func blank(_ count: Int) {
        for byte in text[position..<position + count] { result.append(byte == newline ? byte : UInt8(ascii: " ")) }
        position += count
    }
}

private let newline = UInt8(ascii: "\n")
