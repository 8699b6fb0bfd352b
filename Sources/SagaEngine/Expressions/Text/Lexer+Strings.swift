extension Lexer {
    /// From the opening quote to the closing one, with CEL's escapes unless it is raw.
    mutating func string(isRaw: Bool) throws(ExpressionFinding) -> String {
        let start = index
        let quote = bytes[index]
        let isTriple = peek(1) == quote && peek(2) == quote
        index += isTriple ? 3 : 1
        var content: [UInt8] = []
        while let byte = peek() {
            if byte == quote, !isTriple || (peek(1) == quote && peek(2) == quote) {
                index += isTriple ? 3 : 1
                return String(decoding: content, as: UTF8.self)
            }
            switch byte {
            case 0x0A, 0x0D:
                guard isTriple else {
                    throw bad(from: start, "the text is not closed on its line", help: "close it, or write \\n")
                }
                content.append(byte)
                index += 1
            case 0:
                throw bad(from: index, "text cannot hold U+0000", help: "leave it out: databases cannot store it")
            case UInt8(ascii: "\\") where !isRaw:
                content.append(contentsOf: Array(String(try escape()).utf8))
            default:
                content.append(byte)
                index += 1
            }
        }
        throw bad(from: start, "the text is not closed", help: "close it with the quotes that opened it")
    }

    private mutating func escape() throws(ExpressionFinding) -> Unicode.Scalar {
        let start = index
        index += 1
        guard let byte = peek() else { throw bad(from: start, "the text is not closed", help: "close it") }
        index += 1
        switch byte {
        case UInt8(ascii: "a"): return "\u{07}"
        case UInt8(ascii: "b"): return "\u{08}"
        case UInt8(ascii: "f"): return "\u{0C}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "v"): return "\u{0B}"
        case UInt8(ascii: "\\"), UInt8(ascii: "?"), UInt8(ascii: "\""), UInt8(ascii: "'"), UInt8(ascii: "`"):
            return Unicode.Scalar(byte)
        case UInt8(ascii: "x"), UInt8(ascii: "X"): return try scalar(from: start, digits: 2, radix: 16)
        case UInt8(ascii: "u"): return try scalar(from: start, digits: 4, radix: 16)
        case UInt8(ascii: "U"): return try scalar(from: start, digits: 8, radix: 16)
        case UInt8(ascii: "0")...UInt8(ascii: "3"):
            index -= 1
            return try scalar(from: start, digits: 3, radix: 8)
        default:
            throw bad(
                from: start, "there is no such escape",
                help:
                    "there are \\n \\r \\t \\a \\b \\f \\v \\\\ \\' \\\" \\` \\? \\xHH \\uHHHH \\UHHHHHHHH \\OOO; raw text, r'…', "
                    + "has none")
        }
    }

    private mutating func scalar(
        from start: Int, digits: Int, radix: Int
    ) throws(ExpressionFinding) -> Unicode.Scalar {
        let end = min(index + digits, bytes.count)
        let text = String(decoding: bytes[index..<end], as: UTF8.self)
        // `UInt32(_:radix:)` takes a sign too.
        guard end - index == digits, isNamePart(bytes[index]), let value = UInt32(text, radix: radix),
            let scalar = Unicode.Scalar(value)
        else {
            throw bad(
                from: start, "the escape names no character",
                help: "it takes \(digits) \(radix == 8 ? "octal" : "hexadecimal") digits, and no surrogates")
        }
        guard value != 0 else {
            throw bad(from: start, "text cannot hold U+0000", help: "leave it out: databases cannot store it")
        }
        index = end
        return scalar
    }

    private func bad(from start: Int, _ message: String, help: String) -> ExpressionFinding {
        ExpressionFinding(
            .badText, TextRange(from: start, to: min(max(index, start + 1), bytes.count)), message, help: help)
    }
}
