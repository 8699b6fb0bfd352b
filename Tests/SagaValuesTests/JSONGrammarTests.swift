import SagaValues
import Testing

@Suite("JSON: what is a document")
struct JSONGrammarTests {
    @Test(
        "accepts what RFC 8259 allows and gives it back compactly",
        arguments: [
            ("null", "null"), ("true", "true"), ("false", "false"), ("0", "0"), ("\"\"", "\"\""),
            ("[]", "[]"), ("{}", "{}"), (" \t\r\n[ \t\r\n] \t\r\n", "[]"), ("\n{\n}\n", "{}"),
            ("[1,2,3]", "[1,2,3]"), ("[ 1 , 2 , 3 ]", "[1,2,3]"), ("[[],[[]],{}]", "[[],[[]],{}]"),
            (#"{"a":1}"#, #"{"a":1}"#), (#" { "a" : 1 , "b" : [ null ] } "#, #"{"a":1,"b":[null]}"#),
            (#"{"":0}"#, #"{"":0}"#), (#"{"a":{"a":{"a":null}}}"#, #"{"a":{"a":{"a":null}}}"#),
            (#"{"b":1,"a":2,"c":3}"#, #"{"b":1,"a":2,"c":3}"#), (#"["é","e\u0301"]"#, "[\"é\",\"e\u{301}\"]"),
            ("\"\u{7F}\"", "\"\u{7F}\""), ("\"\u{2028}\u{2029}\"", "\"\u{2028}\u{2029}\""),
        ]
    )
    func accepts(text: String, compact: String) throws {
        let value = try JSON(parsing: text)
        #expect(value.text.byteList == compact.byteList)
        #expect(try JSON(parsing: Array(text.utf8)) == value)
    }

    @Test(
        "refuses everything else, saying why and where",
        arguments: [
            ("", .unexpectedEnd, 0), (" ", .unexpectedEnd, 1), ("[", .unexpectedEnd, 1), ("[1", .unexpectedEnd, 2),
            ("[1,", .unexpectedEnd, 3), ("{", .unexpectedEnd, 1), (#"{"a"#, .unexpectedEnd, 3),
            (#"{"a""#, .unexpectedEnd, 4), (#"{"a":"#, .unexpectedEnd, 5), (#"{"a":1"#, .unexpectedEnd, 6),
            (#"{"a":1,"#, .unexpectedEnd, 7), ("\"", .unexpectedEnd, 1), ("\"a", .unexpectedEnd, 2),
            ("\"\\", .unexpectedEnd, 2), ("\"\\u12", .unexpectedEnd, 5), ("tru", .unexpectedEnd, 3),
            ("n", .unexpectedEnd, 1), ("-", .unexpectedEnd, 1), ("[1}", .unexpectedCharacter, 2),
            ("{]", .unexpectedCharacter, 1), ("]", .unexpectedCharacter, 0), ("}", .unexpectedCharacter, 0),
            (",", .unexpectedCharacter, 0), ("[,]", .unexpectedCharacter, 1), ("[1,]", .unexpectedCharacter, 3),
            ("[,1]", .unexpectedCharacter, 1), ("[1,,2]", .unexpectedCharacter, 3), ("[1 2]", .unexpectedCharacter, 3),
            ("[1:2]", .unexpectedCharacter, 2), ("{1:2}", .unexpectedCharacter, 1), ("{a:1}", .unexpectedCharacter, 1),
            ("{'a':1}", .unexpectedCharacter, 1), (#"{"a" 1}"#, .unexpectedCharacter, 5),
            (#"{"a"=1}"#, .unexpectedCharacter, 4), (#"{"a":}"#, .unexpectedCharacter, 5),
            (#"{"a",1}"#, .unexpectedCharacter, 4), (#"{"a":1,}"#, .unexpectedCharacter, 7),
            (#"{,"a":1}"#, .unexpectedCharacter, 1), (#"{"a":1 "b":2}"#, .unexpectedCharacter, 7),
            (#"{"a":1,,"b":2}"#, .unexpectedCharacter, 7), (#"{null:1}"#, .unexpectedCharacter, 1),
            (#"{"a":"b":"c"}"#, .unexpectedCharacter, 8), ("True", .unexpectedCharacter, 0),
            ("trUe", .unexpectedCharacter, 2), ("nul1", .unexpectedCharacter, 3), ("NaN", .unexpectedCharacter, 0),
            ("nan", .unexpectedCharacter, 1), ("Infinity", .unexpectedCharacter, 0), ("'a'", .unexpectedCharacter, 0),
            ("undefined", .unexpectedCharacter, 0), ("/* */1", .unexpectedCharacter, 0),
            ("#1", .unexpectedCharacter, 0),
            ("\u{A0}1", .unexpectedCharacter, 0), ("\u{C}1", .unexpectedCharacter, 0), ("\0", .unexpectedCharacter, 0),
            ("1 2", .trailingData, 2), ("[]]", .trailingData, 2), ("{}{}", .trailingData, 2),
            ("nullx", .trailingData, 4),
            ("truetrue", .trailingData, 4), ("[] // end", .trailingData, 3), ("1,", .trailingData, 1),
            ("\"a\"\"b\"", .trailingData, 3), ("[]\0", .trailingData, 2), ("{}#", .trailingData, 2),
        ] as [(String, JSON.ParseError.Code, Int)]
    )
    func refuses(text: String, code: JSON.ParseError.Code, offset: Int) {
        let error = parseError(text)
        #expect(error?.code == code)
        #expect(error?.offset == offset)
    }

    @Test("refuses every proper beginning of a document")
    func refusesTruncation() throws {
        let text = #"{"a":[1.5e3,"é\u00e9\ud83d\ude00",true,false,null,{}],"b":{"c":""}}"#
        let bytes = Array(text.utf8)
        _ = try JSON(parsing: bytes)
        for length in 0..<bytes.count {
            #expect(refusal(of: Array(bytes[..<length])) != nil, "the first \(length) bytes")
        }
    }

    @Test("counts lines by line feeds and columns by scalars")
    func place() {
        let place = JSON.ParseError(code: .unexpectedCharacter, offset: 14, line: 2, column: 9)
        #expect(parseError("{\n  \"é😀\": x}") == place)
        #expect(parseError("x") == JSON.ParseError(code: .unexpectedCharacter, offset: 0, line: 1, column: 1))
        #expect(parseError("[\n\n1\r\n}") == JSON.ParseError(code: .unexpectedCharacter, offset: 6, line: 4, column: 1))
    }

    @Test("an error names the place and the fault, never the content")
    func description() {
        let error = parseError("{\"password\": hunter2}")
        #expect(error.map(String.init(describing:)) == "line 1, column 14: this character cannot stand here")
        for code in JSON.ParseError.Code.allCases {
            #expect(!code.explanation.isEmpty)
        }
    }
}
