/// Reads the regular expressions that schemas and expressions may use.
struct PatternParser {
    static let textLimit = 1000
    private static let groupLimit = 50
    private static let countLimit = 1000

    private let scalars: [Unicode.Scalar]
    private var index = 0
    private var depth = 0

    init(_ text: String) {
        scalars = Array(text.unicodeScalars.prefix(PatternParser.textLimit + 1))
    }

    mutating func parse() throws(PatternError) -> PatternNode {
        guard scalars.count <= PatternParser.textLimit else {
            throw PatternError(
                message: "it is longer than \(PatternParser.textLimit) characters", help: "make it shorter")
        }
        let node = try alternatives()
        guard peek == nil else { throw wrong("a ')' without its '('", help: "write \\) for the character itself") }
        return node
    }

    private mutating func alternatives() throws(PatternError) -> PatternNode {
        var parts = [try sequence()]
        while take("|") { parts.append(try sequence()) }
        return parts.count == 1 ? parts[0] : .either(parts)
    }

    private mutating func sequence() throws(PatternError) -> PatternNode {
        var parts: [PatternNode] = []
        while let next = peek, next != "|", next != ")" {
            let atom = try atom(next)
            parts.append(try quantified(atom))
        }
        return parts.count == 1 ? parts[0] : parts.isEmpty ? .empty : .sequence(parts)
    }

    private mutating func atom(_ next: Unicode.Scalar) throws(PatternError) -> PatternNode {
        index += 1
        switch next {
        case "^": return .start
        case "$": return .end
        case ".": return .scalar(.anyButLineEnds)
        case "(": return try group()
        case "[": return .scalar(try characterClass())
        case "\\": return .scalar(try escape(inClass: false))
        case "*", "+", "?", "{":
            throw wrong(
                "a '\(next)' with nothing before it to repeat", help: "write \\\(next) for the character itself")
        case "]", "}":
            throw wrong("a '\(next)' without its opening bracket", help: "write \\\(next) for the character itself")
        default: return .scalar(ScalarSet(next))
        }
    }

    private mutating func group() throws(PatternError) -> PatternNode {
        if take("?") {
            guard take(":") else {
                throw wrong(
                    "a group that looks around or has a name, which is not supported",
                    help: "use ( ) or (?: ) and say what the text is")
            }
        }
        depth += 1
        guard depth <= PatternParser.groupLimit else {
            throw wrong("too many groups in each other", help: "make it flatter")
        }
        let node = try alternatives()
        guard take(")") else { throw wrong("a '(' without its ')'", help: "write \\( for the character itself") }
        depth -= 1
        return node
    }

    private mutating func quantified(_ atom: PatternNode) throws(PatternError) -> PatternNode {
        let least: Int
        let most: Int?
        switch peek {
        case "*": (least, most) = (0, nil)
        case "+": (least, most) = (1, nil)
        case "?": (least, most) = (0, 1)
        case "{":
            index += 1
            (least, most) = try counts()
            index -= 1
        default: return atom
        }
        switch atom {
        case .start, .end: throw wrong("'^' and '$' cannot be repeated", help: "leave the count out")
        default: break
        }
        index += 1
        // Greedy or not, the same texts match.
        _ = take("?")
        if let again = peek, "*+?{".unicodeScalars.contains(again) {
            throw wrong("two counts in a row", help: "put the first in a group: (?:a+)*")
        }
        return .repeated(atom, least: least, most: most)
    }

    /// What stands between braces, with the closing one.
    private mutating func counts() throws(PatternError) -> (Int, Int?) {
        let problem = wrong("'{' begins a count such as {2} or {1,3}", help: "write \\{ for the character itself")
        guard let least = number() else { throw problem }
        var most: Int? = least
        if take(",") { most = peek == "}" ? nil : number() ?? -1 }
        guard take("}"), most.map({ $0 >= least }) ?? true else { throw problem }
        guard max(least, most ?? 0) <= PatternParser.countLimit else {
            throw wrong("a count above \(PatternParser.countLimit)", help: "use minLength and maxLength for the length")
        }
        return (least, most)
    }

    private mutating func number() -> Int? {
        var value: Int?
        while let next = peek, ("0"..."9").contains(next) {
            value = min((value ?? 0) * 10 + Int(next.value - 0x30), PatternParser.countLimit + 1)
            index += 1
        }
        return value
    }

    // MARK: Classes and escapes

    private mutating func characterClass() throws(PatternError) -> ScalarSet {
        let problem = wrong("a '[' without its ']'", help: "write \\[ for the character itself")
        var set = ScalarSet()
        let isInverted = take("^")
        while !take("]") {
            guard peek != nil else { throw problem }
            let first = try classMember()
            guard peek == "-", index + 1 < scalars.count, scalars[index + 1] != "]" else {
                set.formUnion(first)
                continue
            }
            index += 1
            let last = try classMember()
            guard let low = first.only, let high = last.only, low <= high else {
                throw wrong(
                    "a range whose ends are in the wrong order, or no characters", help: "write \\- for a hyphen")
            }
            set.formUnion(ScalarSet([low...high]))
        }
        set.isInverted = isInverted
        return set
    }

    private mutating func classMember() throws(PatternError) -> ScalarSet {
        guard let next = peek else { throw wrong("a '[' without its ']'", help: "write \\[ for the character itself") }
        index += 1
        return next == "\\" ? try escape(inClass: true) : ScalarSet(next)
    }

    private mutating func escape(inClass: Bool) throws(PatternError) -> ScalarSet {
        guard let next = peek else { throw wrong("a '\\' at the end", help: "write \\\\ for the character itself") }
        index += 1
        switch next {
        case "d": return .digits
        case "D": return .digits.inverted
        case "w": return .word
        case "W": return .word.inverted
        case "s": return .space
        case "S": return .space.inverted
        case "t": return ScalarSet("\t")
        case "n": return ScalarSet("\n")
        case "r": return ScalarSet("\r")
        case "f": return ScalarSet("\u{0C}")
        case "v": return ScalarSet("\u{0B}")
        case "x": return try hexadecimal(digits: 2)
        case "u": return try hexadecimal(digits: 4)
        case "^", "$", "\\", ".", "*", "+", "?", "(", ")", "[", "]", "{", "}", "|", "/": return ScalarSet(next)
        case "-" where inClass: return ScalarSet(next)
        default:
            throw wrong(
                "'\\\(next.isASCII ? String(next) : "U+" + String(next.value, radix: 16))' is not supported",
                help:
                    "there are \\d \\D \\w \\W \\s \\S \\t \\n \\r \\f \\v \\xHH \\uHHHH, and \\ before punctuation"
            )
        }
    }

    private mutating func hexadecimal(digits: Int) throws(PatternError) -> ScalarSet {
        let end = min(index + digits, scalars.count)
        let text = String(String.UnicodeScalarView(scalars[index..<end]))
        let isComplete = text.utf8.count == digits && text.allSatisfy(\.isHexDigit)
        guard isComplete, let value = UInt32(text, radix: 16), let scalar = Unicode.Scalar(value) else {
            throw wrong("an escape that names no character", help: "write \\xHH or \\uHHHH with hexadecimal digits")
        }
        index = end
        return ScalarSet(scalar)
    }

    // MARK: Scalars

    private var peek: Unicode.Scalar? { index < scalars.count ? scalars[index] : nil }

    private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
        guard peek == scalar else { return false }
        index += 1
        return true
    }

    private func wrong(_ message: String, help: String) -> PatternError {
        PatternError(message: message, help: help)
    }
}

extension ScalarSet {
    /// The one scalar that it holds, if it holds one.
    fileprivate var only: UInt32? {
        guard !isInverted, ranges.count == 1, ranges[0].count == 1 else { return nil }
        return ranges[0].lowerBound
    }
}
