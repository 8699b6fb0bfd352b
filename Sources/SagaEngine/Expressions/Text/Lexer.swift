internal import SagaValues

/// Takes an expression's text apart into words.
///
/// A hyphen that stands directly between characters of a root name belongs to the name, since steps are
/// named like `create-order`: `create-order.orderId` is one reference, `a - b` is a subtraction. Behind a
/// dot it is a minus, as in CEL.
struct Lexer {
    let bytes: [UInt8]
    var index = 0
    private var isBehindDot = false

    init(_ text: String) {
        bytes = Array(text.utf8)
    }

    /// - Throws: the first thing that is no word.
    mutating func tokens() throws(ExpressionFinding) -> [Token] {
        var tokens: [Token] = []
        while true {
            let token = try next()
            tokens.append(token)
            if token.kind == .end { return tokens }
            isBehindDot = token.kind == .symbol(.dot)
        }
    }

    private mutating func next() throws(ExpressionFinding) -> Token {
        skipSpace()
        let start = index
        let kind = try kind()
        return Token(kind: kind, range: TextRange(from: start, to: index))
    }

    private mutating func kind() throws(ExpressionFinding) -> Token.Kind {
        guard let byte = peek() else { return .end }
        if isNameStart(byte) { return try nameOrPrefixedString() }
        if isDigit(byte) || (byte == UInt8(ascii: ".") && !isBehindDot && peek(1).map(isDigit) == true) {
            return try number()
        }
        if byte == UInt8(ascii: "'") || byte == UInt8(ascii: "\"") { return .string(try string(isRaw: false)) }
        for (symbol, text) in Symbol.byLength where bytes[index...].starts(with: text) {
            index += text.count
            return .symbol(symbol)
        }
        throw unreadable(byte)
    }

    private mutating func nameOrPrefixedString() throws(ExpressionFinding) -> Token.Kind {
        let start = index
        while let byte = peek() {
            if isNamePart(byte) {
                index += 1
            } else if byte == UInt8(ascii: "-"), !isBehindDot, let following = peek(1), isNamePart(following) {
                index += 2
            } else {
                break
            }
        }
        let name = String(decoding: bytes[start..<index], as: UTF8.self)
        guard let quote = peek(), quote == UInt8(ascii: "'") || quote == UInt8(ascii: "\""), name.utf8.count <= 2 else {
            return .name(name)
        }
        switch name {
        case "r", "R":
            return .string(try string(isRaw: true))
        case "b", "B", "br", "bR", "Br", "BR", "rb", "rB", "Rb", "RB":
            throw ExpressionFinding(
                .notSupported, TextRange(from: start, to: index), "bytes are not supported",
                help: "leave the '\(name)' out: JSON has text only")
        default: return .name(name)
        }
    }

    /// White space, and comments from `//` to the end of the line.
    private mutating func skipSpace() {
        while let byte = peek() {
            if [0x20, 0x09, 0x0A, 0x0C, 0x0D].contains(byte) {
                index += 1
            } else if byte == UInt8(ascii: "/"), peek(1) == UInt8(ascii: "/") {
                while let byte = peek(), byte != 0x0A { index += 1 }
            } else {
                return
            }
        }
    }

    private func unreadable(_ byte: UInt8) -> ExpressionFinding {
        let scalar = String(decoding: bytes[index...].prefix(4), as: UTF8.self).unicodeScalars.first ?? "?"
        let range = TextRange(offset: index, length: UTF8.width(scalar))
        let problem: (what: String, help: String) =
            switch byte {
            case UInt8(ascii: "="): ("'=' stands alone", "write == to compare")
            case UInt8(ascii: "&"): ("'&' stands alone", "write && for 'and'")
            case UInt8(ascii: "|"): ("'|' stands alone", "write || for 'or'")
            case UInt8(ascii: "`"):
                ("names in backticks are not supported", "write the name as text in brackets: input[\"user-id\"]")
            case UInt8(ascii: "$"): ("'$' has no meaning inside of ${ }", "write the name without it")
            default:
                (
                    "the character \(Wording.name(of: scalar)) has no meaning here",
                    "put text in quotes, and write names with letters, digits and _"
                )
            }
        let code: ExpressionFinding.Code = byte == UInt8(ascii: "`") ? .notSupported : .syntax
        return ExpressionFinding(code, range, problem.what, help: problem.help)
    }

    // MARK: Bytes

    func peek(_ distance: Int = 0) -> UInt8? {
        index + distance < bytes.count ? bytes[index + distance] : nil
    }

    func isDigit(_ byte: UInt8) -> Bool { byte &- UInt8(ascii: "0") < 10 }

    func isNameStart(_ byte: UInt8) -> Bool {
        (byte | 0x20) &- UInt8(ascii: "a") < 26 || byte == UInt8(ascii: "_")
    }

    func isNamePart(_ byte: UInt8) -> Bool { isNameStart(byte) || isDigit(byte) }
}
