extension JSON {
    /// Reads one document, strictly: RFC 8259, and besides it refuses what two readers would understand
    /// differently or PostgreSQL would not store (names that stand twice, `\u0000`, lone surrogates,
    /// a byte order mark).
    public init(parsing bytes: [UInt8], limits: Limits = .default) throws(ParseError) {
        try self.init(parsing: bytes.span, limits: limits)
    }

    /// The same for text.
    public init(parsing text: String, limits: Limits = .default) throws(ParseError) {
        try self.init(parsing: text.utf8.span, limits: limits)
    }

    private init(parsing input: Span<UInt8>, limits: Limits) throws(ParseError) {
        do throws(JSONParser.Failure) {
            guard input.count <= limits.bytes else {
                throw JSONParser.Failure(.tooBig, at: max(0, limits.bytes))
            }
            var parser = JSONParser(depth: min(limits.depth, Limits.greatestDepth))
            self = try parser.document(input)
        } catch {
            throw ParseError(code: error.code, offset: error.offset, in: input)
        }
    }
}

/// A recursive descent over bytes that are known to be UTF-8.
///
/// `Span` checks its bounds, so a mistake in here would be a trap and not a read of foreign memory.
struct JSONParser {
    struct Failure: Error {
        let code: JSON.ParseError.Code
        let offset: Int

        init(_ code: JSON.ParseError.Code, at offset: Int) {
            self.code = code
            self.offset = offset
        }
    }

    /// How many levels may still be opened.
    private var depth: Int
    var position = 0

    init(depth: Int) {
        self.depth = depth
    }

    mutating func document(_ input: Span<UInt8>) throws(Failure) -> JSON {
        try JSONParser.checkEncoding(input)
        skipSpace(input)
        let value = try value(input)
        skipSpace(input)
        guard position == input.count else { throw Failure(.trailingData, at: position) }
        return value
    }

    /// Once for the whole document, so that strings can be cut out unchecked.
    private static func checkEncoding(_ input: Span<UInt8>) throws(Failure) {
        do throws(UTF8.ValidationError) {
            _ = try UTF8Span(validating: input)
        } catch {
            throw Failure(.invalidUTF8, at: error.byteOffsets.lowerBound)
        }
        if input.count >= 3, input[0] == 0xEF, input[1] == 0xBB, input[2] == 0xBF {
            throw Failure(.byteOrderMark, at: 0)
        }
    }

    private mutating func value(_ input: Span<UInt8>) throws(Failure) -> JSON {
        guard position < input.count else { throw Failure(.unexpectedEnd, at: position) }
        switch input[position] {
        case UInt8(ascii: "\""):
            return .string(try string(input))
        case UInt8(ascii: "{"):
            return .object(try object(input))
        case UInt8(ascii: "["):
            return .array(try array(input))
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
            return .number(try number(input))
        case UInt8(ascii: "t"):
            try word("true", input)
            return .bool(true)
        case UInt8(ascii: "f"):
            try word("false", input)
            return .bool(false)
        case UInt8(ascii: "n"):
            try word("null", input)
            return .null
        default:
            throw Failure(.unexpectedCharacter, at: position)
        }
    }

    private mutating func array(_ input: Span<UInt8>) throws(Failure) -> [JSON] {
        try open()
        defer { depth += 1 }
        var elements: [JSON] = []
        skipSpace(input)
        if take(UInt8(ascii: "]"), input) { return elements }
        while true {
            elements.append(try value(input))
            skipSpace(input)
            if take(UInt8(ascii: "]"), input) { return elements }
            try expect(UInt8(ascii: ","), input)
            skipSpace(input)
        }
    }

    private mutating func object(_ input: Span<UInt8>) throws(Failure) -> JSON.Object {
        try open()
        defer { depth += 1 }
        var members: [JSON.Object.Member] = []
        var names = RepeatedNames()
        skipSpace(input)
        if take(UInt8(ascii: "}"), input) { return JSON.Object() }
        members.reserveCapacity(4)
        while true {
            let start = position
            guard start < input.count else { throw Failure(.unexpectedEnd, at: start) }
            guard input[start] == UInt8(ascii: "\"") else { throw Failure(.unexpectedCharacter, at: start) }
            let name = try string(input)
            guard names.isNew(name, after: members) else { throw Failure(.duplicateName, at: start) }
            skipSpace(input)
            try expect(UInt8(ascii: ":"), input)
            skipSpace(input)
            members.append((name, try value(input)))
            skipSpace(input)
            if take(UInt8(ascii: "}"), input) { return JSON.Object(checkedMembers: members) }
            try expect(UInt8(ascii: ","), input)
            skipSpace(input)
        }
    }

    private mutating func number(_ input: Span<UInt8>) throws(Failure) -> String {
        switch NumberGrammar.end(in: input, from: position) {
        case .end(let end):
            defer { position = end }
            return JSONParser.text(input, position..<end)
        case .wrong(let offset):
            throw Failure(offset < input.count ? .invalidNumber : .unexpectedEnd, at: offset)
        }
    }

    private mutating func word(_ word: StaticString, _ input: Span<UInt8>) throws(Failure) {
        let start = position
        for index in 0..<word.utf8CodeUnitCount {
            guard start + index < input.count else { throw Failure(.unexpectedEnd, at: start + index) }
            guard input[start + index] == word.utf8Start[index] else {
                throw Failure(.unexpectedCharacter, at: start + index)
            }
        }
        position += word.utf8CodeUnitCount
    }

    // MARK: Pieces

    private mutating func open() throws(Failure) {
        guard depth > 0 else { throw Failure(.tooDeep, at: position) }
        depth -= 1
        position += 1
    }

    private mutating func skipSpace(_ input: Span<UInt8>) {
        while position < input.count {
            switch input[position] {
            case UInt8(ascii: " "), UInt8(ascii: "\n"), UInt8(ascii: "\r"), UInt8(ascii: "\t"): position += 1
            default: return
            }
        }
    }

    private mutating func take(_ byte: UInt8, _ input: Span<UInt8>) -> Bool {
        guard position < input.count, input[position] == byte else { return false }
        position += 1
        return true
    }

    private mutating func expect(_ byte: UInt8, _ input: Span<UInt8>) throws(Failure) {
        guard position < input.count else { throw Failure(.unexpectedEnd, at: position) }
        guard input[position] == byte else { throw Failure(.unexpectedCharacter, at: position) }
        position += 1
    }
}
