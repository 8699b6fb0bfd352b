import SagaValues
import Testing

@Suite("JSON: values")
struct JSONValueTests {
    private let composed = "\u{E9}"
    private let decomposed = "e\u{301}"

    @Test("literals make values")
    func literals() {
        let name = "x"
        let value: JSON = ["a": nil, "b": true, "c": 1, "d": 1.5, "e": "s\(name)", "f": [1, [], [:]]]
        #expect(value.text == #"{"a":null,"b":true,"c":1,"d":1.5,"e":"sx","f":[1,[],{}]}"#)
        #expect((9_223_372_036_854_775_807 as JSON).text == "9223372036854775807")
        #expect((1e100 as JSON).text == "1e+100")
        #expect(JSON(numberText: (1.5e-300 as JSON).text) != nil)
    }

    @Test("members and elements are found, and what is not there is nil")
    func access() {
        let value: JSON = ["a": ["b": [10, 20]], "n": nil]
        #expect(value["a"]?["b"]?[1] == 20)
        #expect(value["a"]?["b"]?[2] == nil)
        #expect(value["a"]?["b"]?[-1] == nil)
        #expect(value["x"] == nil)
        #expect(value[0] == nil)
        #expect(value["n"]?.isNull == true)
        #expect(value["a"]?["b"]?["c"] == nil)
    }

    @Test("each accessor answers for its own kind only")
    func accessors() {
        let values: [JSON] = [nil, true, 1, "s", [1], ["a": 1]]
        #expect(values.map(\.isNull) == [true, false, false, false, false, false])
        #expect(values.map(\.boolValue) == [nil, true, nil, nil, nil, nil])
        #expect(values.map(\.int64Value) == [nil, nil, 1, nil, nil, nil])
        #expect(values.map(\.numberText) == [nil, nil, "1", nil, nil, nil])
        #expect(values.map(\.stringValue) == [nil, nil, nil, "s", nil, nil])
        #expect(values.map(\.arrayValue) == [nil, nil, nil, nil, [1], nil])
        #expect(values.map(\.objectValue) == [nil, nil, nil, nil, nil, ["a": 1]])
    }

    @Test("values of different texts are different, also where Swift's strings are equal")
    func inequality() {
        #expect(composed == decomposed, "what Swift says of these strings")
        let values: [JSON] = [
            nil, true, false, 0, "0", .number("-0"), .number("0.0"), .number("1"), .number("1.0"), "", [], [:], [nil],
            [[]],
            .string(composed), .string(decomposed), [.string(composed)], [.string(decomposed)],
            .object([composed: 1]), .object([decomposed: 1]), ["a": 1, "b": 2], ["b": 2, "a": 1], ["a": 1], ["a": 2],
            ["ab": "c"], ["a": "bc"], ["a", "b"], ["ab"], ["ab", ""], ["a": nil],
        ]
        for (i, left) in values.enumerated() {
            for (j, right) in values.enumerated() {
                #expect((left == right) == (i == j), "\(left) and \(right)")
            }
        }
        #expect(Set(values).count == values.count)
    }

    @Test("equal values hash alike, wherever their strings live")
    func hashing() throws {
        let long = String(repeating: "long enough to live on the heap ", count: 3)
        let built: JSON = ["a": [1, 2.5, nil, true], .init(long): .string("é" + long)]
        let parsed = try JSON(parsing: built.text)
        #expect(parsed == built)
        #expect(parsed.hashValue == built.hashValue)
        // Strings do not run together in the hash, whatever they contain.
        #expect((["a\u{3}b", "c"] as JSON).hashValue != (["a", "b\u{3}c"] as JSON).hashValue)
    }

    @Test("writing escapes what it must and nothing else")
    func escaping() {
        let all = String(String.UnicodeScalarView((0..<0x30).compactMap { Unicode.Scalar($0 as UInt32) }))
        #expect(
            JSON.string(all).text
                == #""\u0000\u0001\u0002\u0003\u0004\u0005\u0006\u0007\b\t\n\u000b\f\r\u000e\u000f"#
                + #"\u0010\u0011\u0012\u0013\u0014\u0015\u0016\u0017\u0018\u0019\u001a\u001b\u001c\u001d\u001e\u001f"#
                + ##" !\"#$%&'()*+,-./""##
        )
        #expect(JSON.string(#"\ é 😀 </script>"#).text == #""\\ é 😀 </script>""#)
        #expect(JSON.object(["\"": 1]).text == #"{"\"":1}"#)
        #expect(JSON.string("\"").text == #""\"""#)
    }

    @Test("text for people has a line for each part")
    func pretty() throws {
        let value: JSON = ["a": [1, [], [:], ["b": "c"]], "d": nil]
        let expected = """
            {
              "a": [
                1,
                [],
                {},
                {
                  "b": "c"
                }
              ],
              "d": null
            }
            """
        #expect(value.prettyText() == expected)
        #expect(try JSON(parsing: value.prettyText(indent: 0)) == value)
        #expect(try JSON(parsing: value.prettyText(indent: -1)) == value)
        #expect((1 as JSON).prettyText() == "1")
    }

    @Test("appending leaves what was there")
    func appending() {
        var output: [UInt8] = Array("x=".utf8)
        (["a": 1] as JSON).append(to: &output)
        #expect(String(decoding: output, as: UTF8.self) == #"x={"a":1}"#)
        #expect("\(["a": 1] as JSON)" == #"{"a":1}"#)
    }
}

@Suite("JSON: objects")
struct JSONObjectTests {
    @Test("members keep their order through every change")
    func order() {
        var object: JSON.Object = ["c": 1, "a": 2, "b": 3]
        #expect(object.names == ["c", "a", "b"])
        object["a"] = 20
        object["d"] = 4
        #expect(JSON.object(object).text == #"{"c":1,"a":20,"b":3,"d":4}"#)
        object["c"] = nil
        object["x"] = nil
        #expect(object.names == ["a", "b", "d"])
        object["c"] = 5
        #expect(object.names == ["a", "b", "d", "c"])
    }

    @Test("setting JSON's null keeps the member, setting nil takes it out")
    func nullAndNil() {
        var object: JSON.Object = ["a": 1]
        object["a"] = JSON.null
        #expect(object["a"] == JSON.null)
        object["a"] = Optional<JSON>.none
        #expect(object.isEmpty)
    }

    @Test("names are found by their bytes")
    func bytes() {
        var object: JSON.Object = [:]
        object["\u{E9}"] = 1
        object["e\u{301}"] = 2
        #expect(object.count == 2)
        #expect(object["\u{E9}"] == 1)
        object["e\u{301}"] = nil
        #expect(object["\u{E9}"] == 1)
        #expect(object["e\u{301}"] == nil)
    }

    @Test("it is a collection of its members")
    func collection() {
        let object = JSON.Object(uniqueMembers: (0..<20).map { (name: "n\($0)", value: JSON($0)) })
        #expect(object.count == 20)
        #expect(object[19].name == "n19")
        #expect(object.map(\.value) == (0..<20).map { JSON($0) })
        #expect(object.reversed().first?.name == "n19")
        #expect(JSON.Object().isEmpty)
    }

    @Test("a name given twice is our own bug")
    func duplicates() async {
        await #expect(processExitsWith: .failure) {
            _ = ["a": 1, "b": 2, "a": 3] as JSON
        }
        await #expect(processExitsWith: .failure) {
            _ = JSON.Object(uniqueMembers: (0..<12).map { (name: "n\($0 % 11)", value: JSON.null) })
        }
    }
}
