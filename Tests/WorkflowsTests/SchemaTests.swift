import SagaValues
import Testing
import Workflows

@Suite("Input against its schema")
struct SchemaTests {
    private func violations(_ schema: String, _ input: String) throws -> [String] {
        let workflow = try workflow("input: \(schema)", steps: "  - one: { do: a.b, readonly: true }")
        return workflow.validate(input: try JSON(parsing: input)).map(\.description)
    }

    @Test(
        "What fits passes",
        arguments: [
            ("true", "[1]"),
            ("{}", "null"),
            ("{ type: integer }", "1.0"),
            ("{ type: integer }", "1.5e1"),
            ("{ type: [string, null] }", "null"),
            ("{ type: number, minimum: 0.1, maximum: 0.3 }", "0.30000000000000000000"),
            ("{ minimum: -5, exclusiveMaximum: 1e2 }", "99.999999999999999999"),
            ("{ maximum: 9007199254740993 }", "9007199254740993"),
            ("{ const: 1.50 }", "15e-1"),
            ("{ enum: [small, 2, null, { a: 1, b: [2] }] }", "{\"b\":[2.0],\"a\":1}"),
            ("{ type: string, minLength: 2, maxLength: 2 }", "\"\u{1F600}é\""),
            ("{ format: uuid }", "\"01890A5D-ac96-774b-bcce-b302099a8057\""),
            ("{ format: date-time }", "\"2026-11-21T10:46:00+08:00\""),
            ("{ format: date }", "\"2028-02-29\""),
            ("{ format: email }", "\"a.b+c@example.org\""),
            ("{ format: uuid }", "17"),
            ("{ type: array, items: { type: string }, minItems: 1, maxItems: 2, uniqueItems: true }", "[\"a\", \"b\"]"),
            ("{ properties: { a: false }, additionalProperties: { type: integer } }", "{\"b\":1}"),
            ("{ minProperties: 1, maxProperties: 2, required: [a] }", "{\"a\":null}"),
            ("{ title: x, description: y, default: {}, examples: [1], $comment: z, deprecated: true }", "1"),
        ])
    func fits(_ schema: String, _ input: String) throws {
        #expect(try violations(schema, input) == [])
    }

    @Test(
        "What does not fit is told by its place and rule",
        arguments: [
            ("false", "1", "the input: is not allowed"),
            ("{ type: integer }", "1.5", "the input: must be an integer"),
            ("{ type: integer }", "\"1\"", "the input: must be an integer"),
            ("{ type: [string, null] }", "1", "the input: must be a string or null"),
            ("{ minimum: 0.1 }", "0.09999999999999999999", "the input: must be at least 0.1"),
            ("{ maximum: 9007199254740992 }", "9007199254740993", "the input: must be at most 9007199254740992"),
            ("{ exclusiveMinimum: 0 }", "-0.0", "the input: must be more than 0"),
            ("{ exclusiveMaximum: 1e400 }", "10e399", "the input: must be less than 1e400"),
            ("{ maximum: -1 }", "-0.5", "the input: must be at most -1"),
            ("{ const: true }", "\"true\"", "the input: must be true"),
            ("{ enum: [a, 1] }", "\"1\"", "the input: must be one of \"a\", 1"),
            ("{ minLength: 2 }", "\"\u{1F600}\"", "the input: must have at least 2 characters"),
            ("{ maxLength: 1 }", "\"ab\"", "the input: must have at most 1 characters"),
            ("{ pattern: '^a+$' }", "\"aab\"", "the input: must match the pattern ^a+$"),
            ("{ format: uuid }", "\"01890a5dac96774bbcceb302099a8057\"", "the input: must be a uuid"),
            ("{ format: date-time }", "\"2026-11-21 10:46\"", "the input: must be a date-time"),
            ("{ format: date }", "\"2026-02-29\"", "the input: must be a date"),
            ("{ format: email }", "\"a@b\"", "the input: must be a email"),
            ("{ minItems: 2 }", "[1]", "the input: must have at least 2 items"),
            ("{ maxItems: 0 }", "[1]", "the input: must have at most 0 items"),
            ("{ uniqueItems: true }", "[1, {\"a\":1}, {\"a\":1.0}]", "/2: stands twice in the list"),
            ("{ items: { type: string } }", "[\"a\", [1]]", "/1: must be a string"),
            ("{ required: [a] }", "{}", "/a: is required"),
            (
                "{ properties: { a: { properties: { b: { type: string } } } } }", "{\"a\":{\"b\":1}}",
                "/a/b: must be a string"
            ),
            (
                "{ properties: { price: {} }, additionalProperties: false }", "{\"prize\":1}",
                "/prize: is not a known member; did you mean 'price'?"
            ),
            ("{ additionalProperties: { type: string } }", "{\"a/b~c\":1}", "/a~1b~0c: must be a string"),
            ("{ minProperties: 1 }", "{}", "the input: must have at least 1 members"),
            ("{ maxProperties: 1 }", "{\"a\":1,\"b\":1}", "the input: must have at most 1 members"),
        ])
    func breaks(_ schema: String, _ input: String, _ violation: String) throws {
        #expect(try violations(schema, input) == [violation])
    }

    @Test("Names are told apart by their bytes")
    func bytes() throws {
        let schema = "{ properties: { \"caf\u{E9}\": { type: string } }, additionalProperties: false }"
        #expect(try violations(schema, "{\"caf\u{E9}\":\"x\"}") == [])
        #expect(try violations(schema, "{\"cafe\u{301}\":\"x\"}").count == 1)
    }

    @Test("No message tells a value of the input")
    func secrets() throws {
        let schema = """
            { type: object, properties: { a: { pattern: x }, b: { const: x }, c: { enum: [x] }, d: { format: uuid },
              e: { type: integer }, f: { maximum: 1 }, g: { maxLength: 1 } } }
            """.split(separator: "\n").joined()
        let input =
            #"{"a":"hunter2","b":"hunter2","c":"hunter2","d":"hunter2","e":"hunter2","f":27182818,"g":"hunter2"}"#
        let found = try violations(schema, input)
        #expect(found.count == 7)
        #expect(!found.contains { $0.contains("hunter2") || $0.contains("27182818") })
    }

    @Test("Violations are bounded, in number and in length")
    func bounded() throws {
        let many = "[" + Array(repeating: "1", count: 10_000).joined(separator: ",") + "]"
        #expect(try violations("{ items: { type: string } }", many).count == 20)
        let name = String(repeating: "x", count: 100_000)
        let long = try violations("{ additionalProperties: false }", "{\"\(name)\":1}")
        #expect(long[0].utf8.count < 600)
    }

    @Test("Without a schema every input is taken")
    func none() throws {
        let workflow = try workflow(steps: "  - one: { do: a.b, readonly: true }")
        #expect(workflow.inputSchema == nil)
        #expect(workflow.validate(input: [1, nil]) == [])
    }
}
