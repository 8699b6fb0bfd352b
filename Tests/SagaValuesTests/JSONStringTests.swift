import SagaValues
import Testing

@Suite("JSON: strings")
struct JSONStringTests {
    @Test(
        "escapes become what they stand for",
        arguments: [
            (#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{C}\n\r\t"), (#""\u0041\u00e9\u20AC""#, "Aé€"),
            (#""\uD83D\uDE00""#, "😀"), (#""\ud800\udc00""#, "\u{10000}"), (#""\uDBFF\uDFFF""#, "\u{10FFFF}"),
            (#""\uFFFF\uFFFE\uE000\uD7FF""#, "\u{FFFF}\u{FFFE}\u{E000}\u{D7FF}"),
            (#""\u0001\u001f\u007f""#, "\u{1}\u{1F}\u{7F}"),
            (#""a\nb\nc""#, "a\nb\nc"), (#""é\u0301é""#, "é\u{301}é"), (#""\\u0041""#, "\\u0041"),
            (#""\\\"""#, "\\\""), (#""\u000d\u000A""#, "\r\n"), (#""\uFEFF""#, "\u{FEFF}"),
        ]
    )
    func escapes(text: String, expected: String) throws {
        let value = try JSON(parsing: text)
        #expect(value.stringValue?.byteList == expected.byteList)
    }

    @Test(
        "escapes that JSON does not know are refused",
        arguments: [
            (#""\a""#, .invalidEscape, 1), (#""\x41""#, .invalidEscape, 1), (#""\'""#, .invalidEscape, 1),
            (#""\U0041""#, .invalidEscape, 1), (#""\u004""#, .invalidEscape, 1), (#""\u00g0""#, .invalidEscape, 1),
            (#""ab\u{41}""#, .invalidEscape, 3), (#""\é""#, .invalidEscape, 1), ("\"\\\n\"", .invalidEscape, 1),
            (#""\u+041""#, .invalidEscape, 1), (#""\0""#, .invalidEscape, 1),
        ] as [(String, JSON.ParseError.Code, Int)]
    )
    func unknownEscapes(text: String, code: JSON.ParseError.Code, offset: Int) {
        let error = parseError(text)
        #expect(error?.code == code)
        #expect(error?.offset == offset)
    }

    @Test(
        "half a surrogate pair is refused",
        arguments: [
            #""\ud800""#, #""\uDFFF""#, #""\udc00\ud800""#, #""\ud800\ud800""#, #""\ud800\u0041""#, #""\ud800x""#,
            #""\ud83d\n""#, #""\ud83d\\ude00""#, #""a\ude00""#, #"{"\ud800":1}"#, #""\uD83D\uD83D\uDE00""#,
        ]
    )
    func loneSurrogates(text: String) {
        #expect(refusal(of: text) == .loneSurrogate)
    }

    @Test("U+0000 is refused, escaped or raw, in values and names")
    func nul() {
        #expect(refusal(of: #""\u0000""#) == .nulCharacter)
        #expect(refusal(of: #"{"a\u0000b":1}"#) == .nulCharacter)
        #expect(refusal(of: #"["fine","\u0000"]"#) == .nulCharacter)
        #expect(refusal(of: "\"\0\"") == .controlCharacter)
        #expect(refusal(of: #""\\u0000""#) == nil, "an escaped backslash before u0000 is no NUL")
    }

    @Test("control characters must be escaped, DEL and others need not")
    func controls() {
        for byte in 0..<0x20 as Range<UInt8> {
            #expect(refusal(of: [0x22, byte, 0x22]) == .controlCharacter)
            #expect(refusal(of: [0x22, 0x5C, 0x6E, byte, 0x22]) == .controlCharacter, "after an escape")
        }
        #expect(refusal(of: [0x22, 0x7F, 0x22]) == nil)
        #expect(refusal(of: "\"\u{80}\u{9F}\"") == nil)
    }

    @Test(
        "bytes that are no UTF-8 are refused at the first of them",
        arguments: [
            [0x80], [0xBF], [0xC0, 0x80], [0xC1, 0xBF], [0xC3], [0xC3, 0x28], [0xE0, 0x80, 0x80], [0xE0, 0x9F, 0xBF],
            [0xE2, 0x82], [0xED, 0xA0, 0x80], [0xED, 0xBF, 0xBF], [0xF0, 0x80, 0x80, 0x80], [0xF0, 0x9F, 0x98],
            [0xF4, 0x90, 0x80, 0x80], [0xF5, 0x80, 0x80, 0x80], [0xFE], [0xFF], [0xF8, 0x88, 0x80, 0x80, 0x80],
        ] as [[UInt8]]
    )
    func invalidUTF8(bytes: [UInt8]) {
        for document in [[0x22, 0x61] + bytes + [0x22], [0x5B, 0x5D] + bytes] {
            do throws(JSON.ParseError) {
                _ = try JSON(parsing: document)
                Issue.record("accepted \(document)")
            } catch {
                #expect(error.code == .invalidUTF8)
                #expect(error.offset == 2)
            }
        }
    }

    @Test("a byte order mark, or another encoding, is refused")
    func otherEncodings() {
        #expect(refusal(of: [0xEF, 0xBB, 0xBF] + Array("{}".utf8)) == .byteOrderMark)
        #expect(refusal(of: [0xEF, 0xBB, 0xBF]) == .byteOrderMark)
        #expect(refusal(of: [0xFF, 0xFE, 0x7B, 0x00, 0x7D, 0x00]) == .invalidUTF8)
        #expect(refusal(of: [0x7B, 0x00, 0x7D, 0x00]) == .unexpectedCharacter)
        #expect(refusal(of: [0x00, 0x7B, 0x00, 0x7D]) == .unexpectedCharacter)
        #expect(refusal(of: "\"\u{FEFF}\"") == nil, "inside a string it is a character")
    }

    @Test("every scalar survives, raw and written out again")
    func everyScalar() throws {
        // Every 13th, and all near the borders of the encoding's lengths and of the surrogates.
        let borders: [UInt32] = [0x20, 0x7F, 0x80, 0x7FF, 0x800, 0xD7FF, 0xE000, 0xFFFD, 0xFFFF, 0x10000, 0x10FFFF]
        let values = borders + Array(stride(from: 1, through: 0x10FFFF, by: 13))
        let scalars = values.compactMap(Unicode.Scalar.init)
        var text = String.UnicodeScalarView()
        text.append(contentsOf: scalars)
        let value = JSON.string(String(text))
        #expect(try JSON(parsing: value.bytes, limits: .init(bytes: 1 << 20)) == value)
    }
}
