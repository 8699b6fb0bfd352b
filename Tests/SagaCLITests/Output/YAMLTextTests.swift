import SagaValues
import TestSupport
import Testing

@testable import SagaCLI

@Suite("JSON as YAML") struct YAMLTextTests {
    @Test("is a document as people write it")
    func document() throws {
        let json = try JSON(
            parsing: #"{"id":"0199c0de-0000-7000-8000-000000000000","n":12345678901234567890.10,"none":null,"#
                + #""yes":true,"list":[1,"a b"],"empty":[],"nothing":{},"text":"one\ntwo\n","word":"on"}"#)
        #expect(
            try YAMLText.document(json) == """
                id: "0199c0de-0000-7000-8000-000000000000"
                "n": 12345678901234567890.10
                none: null
                "yes": true
                list:
                - 1
                - a b
                empty: []
                nothing: {}
                text: |
                  one
                  two
                word: "on"

                """)
    }

    /// What readers take for something else than text, or do not give back.
    private static let texts = [
        "", " ", "~", "null", "Null", "y", "No", "TRUE", "off", "1", "-1", "0x1F", "0o17", "017", "1_000", "1:30",
        "1e5",
        ".inf", "-.Inf", ".NaN", "nan", "2026-11-22", "2026-11-22T10:00:00Z", "=", "<<", "- a", "a: b", "a #b", "#b",
        "&a", "*a", "!a", "%a", "@a", "`a", "{a", "[a", "a,b", "?", "? a", "|", ">", "'", "\"", "\\", "a\tb", "a\rb",
        "a\r\nb", "a\nb", "a\n", "a\n\n", "\na", " a\nb", "a\n b", "a \nb", "a\u{85}b", "a\u{2028}b\nc",
        "\u{0}", "\u{1B}[2J", "a\u{202E}b", "größer", "大", "👩‍💻", "a ", "---", "...", "--- a", "a\n---\nb", "key:", ": v",
        String(repeating: "long words ", count: 40),
    ]

    @Test("reads back as the same text, as a value and as a name", arguments: texts)
    func text(_ text: String) throws {
        for json: JSON in [.string(text), .array([.string(text)]), .object(["a": ["b": .string(text)]])] {
            #expect(try yamlDocuments(try YAMLText.document(json)) == [json])
        }
        var object = JSON.Object()
        object[text] = 1
        #expect(try yamlDocuments(try YAMLText.document(.object(object))) == [.object(object)])
    }

    @Test("keeps the digits of numbers", arguments: ["0", "-0", "1.50", "-0.001", "99999999999999999999999"])
    func digits(_ text: String) throws {
        #expect(try yamlDocuments(try YAMLText.document(.number(text))) == [.number(text)])
    }

    @Test(
        "writes exponents as every reader takes them",
        arguments: [("1e5", "1.0e+5"), ("1.5E-7", "1.5e-7"), ("-2e+3", "-2.0e+3")])
    func exponents(_ text: String, _ expected: String) throws {
        #expect(try yamlDocuments(try YAMLText.document([.number(text)])) == [[.number(expected)]])
    }

    @Test("reads back as the same whatever is in it")
    func random() throws {
        var generator = SeededGenerator(seed: 11)
        func value(_ depth: Int) -> JSON {
            switch Int.random(in: 0..<(depth > 3 ? 4 : 6), using: &generator) {
            case 0: .null
            case 1: .bool(Bool.random(using: &generator))
            case 2: .number("\(Int.random(in: -1_000...1_000, using: &generator))")
            case 3: .string(text())
            case 4: .array((0..<Int.random(in: 0..<4, using: &generator)).map { _ in value(depth + 1) })
            default: object(depth)
            }
        }
        func text() -> String {
            (0..<Int.random(in: 0..<4, using: &generator)).map { _ in
                Self.texts.randomElement(using: &generator) ?? ""
            }.joined()
        }
        func object(_ depth: Int) -> JSON {
            var object = JSON.Object()
            for _ in 0..<Int.random(in: 0..<4, using: &generator) { object[text()] = value(depth + 1) }
            return .object(object)
        }
        for round in 0..<2_000 {
            let json = value(0)
            let document = try YAMLText.document(json)
            #expect(try yamlDocuments(document) == [json], "round \(round): \(document)")
        }
    }
}
