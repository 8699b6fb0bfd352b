import SagaValues
import Testing

/// The examples of RFC 7396, appendix A.
@Suite("Merge patches") struct JSONMergePatchTests {
    static let examples: [(String, String, String)] = [
        (#"{"a":"b"}"#, #"{"a":"c"}"#, #"{"a":"c"}"#), (#"{"a":"b"}"#, #"{"b":"c"}"#, #"{"a":"b","b":"c"}"#),
        (#"{"a":"b"}"#, #"{"a":null}"#, "{}"), (#"{"a":"b","b":"c"}"#, #"{"a":null}"#, #"{"b":"c"}"#),
        (#"{"a":["b"]}"#, #"{"a":"c"}"#, #"{"a":"c"}"#), (#"{"a":"c"}"#, #"{"a":["b"]}"#, #"{"a":["b"]}"#),
        (#"{"a":{"b":"c"}}"#, #"{"a":{"b":"d","c":null}}"#, #"{"a":{"b":"d"}}"#),
        (#"{"a":[{"b":"c"}]}"#, #"{"a":[1]}"#, #"{"a":[1]}"#), (#"["a","b"]"#, #"["c","d"]"#, #"["c","d"]"#),
        (#"{"a":"b"}"#, #"["c"]"#, #"["c"]"#), (#"{"a":"foo"}"#, "null", "null"),
        (#"{"a":"foo"}"#, #""bar""#, #""bar""#),
        (#"{"e":null}"#, #"{"a":1}"#, #"{"e":null,"a":1}"#), ("[1,2]", #"{"a":"b","c":null}"#, #"{"a":"b"}"#),
        ("{}", #"{"a":{"bb":{"ccc":null}}}"#, #"{"a":{"bb":{}}}"#),
    ]

    @Test("do as the examples of the RFC", arguments: examples)
    func example(original: String, patch: String, result: String) throws {
        #expect(try JSON(parsing: original).patched(with: JSON(parsing: patch)).text == result)
    }

    @Test("take names that only look the same for different ones, and many members in one go")
    func names() throws {
        let composed = try JSON(parsing: "{\"\u{E9}\":1}")
        #expect(composed.patched(with: try JSON(parsing: "{\"e\u{301}\":2}")).objectValue?.count == 2)
        let many = JSON.object(JSON.Object(uniqueMembers: (0..<30_000).map { ("m\($0)", JSON.number("\($0)")) }))
        let none = JSON.object(JSON.Object(uniqueMembers: (0..<30_000).map { ("m\($0)", JSON.null) }))
        #expect(many.patched(with: none) == [:])
    }
}
