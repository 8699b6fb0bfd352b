extension JSONParser {
    /// The bytes of the range as text: they were checked together with the whole document.
    static func text(_ input: Span<UInt8>, _ range: Range<Int>) -> String {
        String(copying: UTF8Span(unchecked: input.extracting(range)))
    }

    /// Reads from the opening quote to past the closing one.
    mutating func string(_ input: Span<UInt8>) throws(Failure) -> String {
        let start = position + 1
        var index = start
        while index < input.count {
            let byte = input[index]
            if byte == UInt8(ascii: "\"") {
                position = index + 1
                return JSONParser.text(input, start..<index)
            }
            if byte == UInt8(ascii: "\\") { return try stringWithEscapes(input, from: start, firstEscape: index) }
            guard byte >= 0x20 else { throw Failure(.controlCharacter, at: index) }
            index += 1
        }
        throw Failure(.unexpectedEnd, at: index)
    }

    /// The rare way: gathers the bytes, since they differ from those of the document.
    private mutating func stringWithEscapes(
        _ input: Span<UInt8>, from start: Int, firstEscape: Int
    ) throws(Failure) -> String {
        var bytes: [UInt8] = []
        for index in start..<firstEscape { bytes.append(input[index]) }
        var index = firstEscape
        while index < input.count {
            let byte = input[index]
            switch byte {
            case UInt8(ascii: "\""):
                position = index + 1
                return String(decoding: bytes, as: UTF8.self)
            case UInt8(ascii: "\\"):
                index = try escape(input, at: index, into: &bytes)
            default:
                guard byte >= 0x20 else { throw Failure(.controlCharacter, at: index) }
                bytes.append(byte)
                index += 1
            }
        }
        throw Failure(.unexpectedEnd, at: index)
    }

    /// Decodes the escape that starts at this backslash; returns where it ends.
    private func escape(_ input: Span<UInt8>, at start: Int, into bytes: inout [UInt8]) throws(Failure) -> Int {
        guard start + 1 < input.count else { throw Failure(.unexpectedEnd, at: start + 1) }
        switch input[start + 1] {
        case UInt8(ascii: "\""): bytes.append(UInt8(ascii: "\""))
        case UInt8(ascii: "\\"): bytes.append(UInt8(ascii: "\\"))
        case UInt8(ascii: "/"): bytes.append(UInt8(ascii: "/"))
        case UInt8(ascii: "b"): bytes.append(0x08)
        case UInt8(ascii: "f"): bytes.append(0x0C)
        case UInt8(ascii: "n"): bytes.append(0x0A)
        case UInt8(ascii: "r"): bytes.append(0x0D)
        case UInt8(ascii: "t"): bytes.append(0x09)
        case UInt8(ascii: "u"): return try unicodeEscape(input, at: start, into: &bytes)
        default: throw Failure(.invalidEscape, at: start)
        }
        return start + 2
    }

    private func unicodeEscape(
        _ input: Span<UInt8>, at start: Int, into bytes: inout [UInt8]
    ) throws(Failure) -> Int {
        let first = try codeUnit(input, at: start)
        var end = start + 6
        let value: UInt32
        switch first {
        case 0:
            throw Failure(.nulCharacter, at: start)
        case 0xD800...0xDBFF:
            guard end + 1 < input.count, input[end] == UInt8(ascii: "\\"), input[end + 1] == UInt8(ascii: "u") else {
                throw Failure(.loneSurrogate, at: start)
            }
            let second = try codeUnit(input, at: end)
            guard case 0xDC00...0xDFFF = second else { throw Failure(.loneSurrogate, at: start) }
            value = 0x10000 + (first - 0xD800) << 10 + (second - 0xDC00)
            end += 6
        case 0xDC00...0xDFFF:
            throw Failure(.loneSurrogate, at: start)
        default:
            value = first
        }
        // Every other value is a scalar, so the fallback is never taken.
        bytes.append(contentsOf: UTF8.encode(Unicode.Scalar(value) ?? "\u{FFFD}") ?? UTF8.encodedReplacementCharacter)
        return end
    }

    /// The four hexadecimal digits of `\uXXXX`, whose backslash stands at `start`.
    private func codeUnit(_ input: Span<UInt8>, at start: Int) throws(Failure) -> UInt32 {
        var value: UInt32 = 0
        for index in start + 2..<start + 6 {
            guard index < input.count else { throw Failure(.unexpectedEnd, at: index) }
            guard let digit = hexadecimalDigit(input[index]) else { throw Failure(.invalidEscape, at: start) }
            value = value << 4 | UInt32(digit)
        }
        return value
    }
}

/// The value of an ASCII digit 0-9, a-f or A-F.
func hexadecimalDigit(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
    default: nil
    }
}
