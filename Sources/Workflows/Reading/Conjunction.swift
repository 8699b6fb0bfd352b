internal import Expressions

/// An expression taken apart at its outermost `&&`.
///
/// All of the parts hold when the expression does. What has an `||` or a `?` further out is one part.
struct Conjunction {
    struct Part {
        let expression: Expression
        /// Where it begins in the whole, in UTF-8 bytes.
        let offset: Int
    }

    let parts: [Part]

    init(_ expression: Expression) {
        let bytes = Array(expression.text.utf8)
        let ranges = Conjunction.ranges(of: bytes)
        let parts = ranges.compactMap { range in
            (try? Expression(String(decoding: bytes[range], as: UTF8.self))).map {
                Part(expression: $0, offset: range.lowerBound)
            }
        }
        self.parts = parts.count == ranges.count ? parts : [Part(expression: expression, offset: 0)]
    }

    private static func ranges(of bytes: [UInt8]) -> [Range<Int>] {
        var found: [Range<Int>] = []
        var ranges = [0..<bytes.count]
        // Brackets around brackets are few: an expression nests 64 levels deep at most.
        while let range = ranges.popLast().map({ trimmed(bytes, $0) }) {
            let words = OuterWords(bytes, range)
            // What a comment holds is nobody's business.
            if words.hasComment { return [0..<bytes.count] }
            if words.closesOnlyAtEnd {
                ranges.append((range.lowerBound + 1)..<(range.upperBound - 1))
            } else if words.contains("||") || words.contains("?") || !words.contains("&&") {
                found.append(range)
            } else {
                var parts: [Range<Int>] = []
                var start = range.lowerBound
                for (word, offset) in words.found where word == "&&" {
                    parts.append(start..<offset)
                    start = offset + 2
                }
                ranges += (parts + [start..<range.upperBound]).reversed()
            }
        }
        return found
    }

    /// Without the white space at its ends.
    static func trimmed(_ bytes: [UInt8], _ range: Range<Int>) -> Range<Int> {
        var range = range
        let blanks: [UInt8] = [0x20, 0x09, 0x0A, 0x0C, 0x0D]
        while let first = range.first, blanks.contains(bytes[first]) { range = range.dropFirst() }
        while let last = range.last, blanks.contains(bytes[last]) { range = range.dropLast() }
        return range
    }
}

/// The operators of an expression that stand in no brackets and no text.
struct OuterWords {
    private static let symbols = ["&&", "||", "==", "!=", "<=", ">=", "<", ">", "?"].map { ($0, Array($0.utf8)) }

    private(set) var found: [(word: String, offset: Int)] = []
    /// Whether all of it stands in one pair of round brackets.
    private(set) var closesOnlyAtEnd = false
    private(set) var hasComment = false

    init(_ bytes: [UInt8], _ range: Range<Int>) {
        var depth = 0
        var index = range.lowerBound
        var opensAtStart = range.first.map { bytes[$0] == UInt8(ascii: "(") } ?? false
        while index < range.upperBound {
            let byte = bytes[index]
            switch byte {
            case UInt8(ascii: "("), UInt8(ascii: "["), UInt8(ascii: "{"): depth += 1
            case UInt8(ascii: ")"), UInt8(ascii: "]"), UInt8(ascii: "}"):
                depth -= 1
                if depth == 0, opensAtStart {
                    closesOnlyAtEnd = index == range.upperBound - 1
                    opensAtStart = false
                }
            case UInt8(ascii: "'"), UInt8(ascii: "\""):
                index = OuterWords.end(ofQuoted: bytes, index, range.upperBound)
                continue
            case _ where OuterWords.isWordPart(byte):
                let end = bytes[index..<range.upperBound].firstIndex { !OuterWords.isWordPart($0) } ?? range.upperBound
                if depth == 0, bytes[index..<end].elementsEqual("in".utf8) { found.append(("in", index)) }
                index = end
                continue
            case UInt8(ascii: "/") where index + 1 < range.upperBound && bytes[index + 1] == byte:
                hasComment = true
                return
            default:
                guard depth == 0 else { break }
                if let (word, text) = OuterWords.symbols.first(where: { bytes[index...].starts(with: $0.1) }) {
                    found.append((word, index))
                    index += text.count
                    continue
                }
            }
            index += 1
        }
    }

    func contains(_ word: String) -> Bool { found.contains { $0.word == word } }

    private static func isWordPart(_ byte: UInt8) -> Bool {
        (byte | 0x20) &- UInt8(ascii: "a") < 26 || byte &- UInt8(ascii: "0") < 10 || byte == UInt8(ascii: "_")
    }

    /// Behind the quotes that close what is opened at `start`.
    private static func end(ofQuoted bytes: [UInt8], _ start: Int, _ limit: Int) -> Int {
        let quote = bytes[start]
        let isRaw = start > 0 && bytes[start - 1] | 0x20 == UInt8(ascii: "r")
        let isTriple = start + 2 < limit && bytes[start + 1] == quote && bytes[start + 2] == quote
        let width = isTriple ? 3 : 1
        var index = start + width
        while index < limit {
            if bytes[index] == UInt8(ascii: "\\"), !isRaw {
                index += 2
            } else if index + width <= limit, bytes[index..<(index + width)].allSatisfy({ $0 == quote }) {
                return index + width
            } else {
                index += 1
            }
        }
        return limit
    }
}
