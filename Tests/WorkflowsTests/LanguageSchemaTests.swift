import Foundation
import SagaValues
import TestSupport
import Testing

@testable import Workflows

/// `workflows/schema.json`, with which editors help to write a workflow, against the reader.
@Suite("The schema for editors")
struct LanguageSchemaTests {
    private let schema: JSON

    init() throws {
        let text = try String(contentsOf: repository.appending(path: "workflows/schema.json"), encoding: .utf8)
        schema = try JSON(parsing: text)
    }

    /// As an editor reads the file, by YAML 1.2; nil for what is no YAML, or not of the language.
    private func editorsView(_ source: String) -> JSON? {
        var findings = FindingList(file: "", source: SourceText(source))
        guard let root = YAMLReader.read(source, &findings), !findings.hasErrors else { return nil }
        return value(root)
    }

    private func value(_ node: YAMLNode) -> JSON {
        switch node.content {
        case .broken: return nil
        case .list(let items): return .array(items.map(value))
        case .map(let map): return .object(JSON.Object(uniqueMembers: map.entries.map { ($0.key, value($0.value)) }))
        case .scalar(let scalar):
            switch PlainScalar.value(of: scalar) {
            case .json(let json): return json
            case .text(let text): return .string(text)
            case .ambiguous("null"): return nil
            case .ambiguous: return JSON(numberText: String(scalar.text.drop { $0 == "0" })) ?? .string(scalar.text)
            }
        }
    }

    private func violations(_ source: String) throws -> [String] {
        let view = try #require(editorsView(source))
        return try SchemaValidator(root: schema).violations(of: view)
    }

    // MARK: What fits

    @Test("Every shipped workflow fits, and says in its first line where the schema is", arguments: shippedWorkflows)
    func shipped(_ url: URL) throws {
        let text = try String(contentsOf: url, encoding: .utf8)
        #expect(try violations(text) == [])
        #expect(text.hasPrefix("# yaml-language-server: $schema=./schema.json\n"))
    }

    @Test("So does every definition of the tests that compiles, and every example of the reference")
    func good() throws {
        let page = try String(contentsOf: repository.appending(path: "docs/WORKFLOWS.md"), encoding: .utf8)
        let examples = page.components(separatedBy: "```yaml\n").dropFirst().compactMap {
            $0.components(separatedBy: "```").first
        }
        .map { $0.hasPrefix("workflow:") ? $0 : "workflow: test\nversion: 1\nsteps:\n" + $0 }
        let compiled = (BadFile.all.map(\.source) + BadSet.all.flatMap(\.sources))
            .filter { (try? Workflow.compile($0)) != nil }
        #expect(examples.count > 5 && compiled.count > 40)
        for source in examples + compiled { #expect(try violations(source) == [], "\(source)") }
    }

    // MARK: What does not

    /// Findings about what stands where, whatever it means.
    private static let shapeCodes: Set<Finding.Code> = [
        .unknownKey, .missingKey, .wrongShape, .wrongValue, .outOfRange, .conflictingKeys, .keyElsewhere, .badName,
        .noSteps, .schemaNotSupported,
    ]

    /// What a schema cannot say, by a part of the file and why.
    private static let unsayable: [(part: String, why: String)] = [
        ("version: 012", "an editor sees the number 12"),
        ("nul \\0", "text in 'with' is free"),
        ("timeout: 31d", "durations are text"), ("deadline: 400d", "durations are text"),
        ("retention: 23h", "durations are text"),
        ("retention: 3651d", "durations are text"),
        ("wait: 367d", "durations are text"),
        ("retry: { initial: 1m }", "it is compared with another key, or with what holds if that is left out"),
    ]

    @Test("A file with a mistake of shape does not fit, but for what a schema cannot say")
    func bad() throws {
        var used: Set<String> = []
        for file in BadFile.all where LanguageSchemaTests.shapeCodes.contains(file.code) {
            let unsayable = LanguageSchemaTests.unsayable.first { file.source.contains($0.part) }
            if let unsayable { used.insert(unsayable.part) }
            #expect(try violations(file.source).isEmpty == (unsayable != nil), "\(file)")
        }
        #expect(used.count == LanguageSchemaTests.unsayable.count)
    }

    /// What is wrong by what it means, and yet does not fit; the others do, so that nobody is told of a mistake of shape
    /// that is none.
    private static let stricter: Set<Finding.Code> = [.badSchema, .badSchedule, .limitPassed, .badExpression]

    @Test("A file that is wrong only by what it means fits")
    func meaning() throws {
        let codes = LanguageSchemaTests.shapeCodes.union(LanguageSchemaTests.stricter)
        for file in BadFile.all where !codes.contains(file.code) && editorsView(file.source) != nil {
            #expect(try violations(file.source) == [], "\(file)")
        }
    }

    @Test("Its bounds are the reader's: the last that is right, and the next")
    func bounds() throws {
        func file(_ top: String = "version: 1", step: String = "do: a.b, readonly: true") -> String {
            "workflow: test\n\(top)\nsteps: [{ one: { \(step) } }]\n"
        }
        func top(_ text: String) -> String { file("version: 1\n" + text) }
        func list(_ count: Int, _ item: (Int) -> String) -> String {
            "[" + (0..<count).map(item).joined(separator: ", ") + "]"
        }
        func each(_ atOnce: Int) -> String {
            file(step: "each: \"${input.a}\", as: it, atOnce: \(atOnce), steps: [{ two: { wait: 1s } }]")
        }
        func listen(_ count: Int) -> String {
            file(step: "timeout: 1s, listen: " + list(count) { "{ event: a.e\($0), where: \"${event.a == 1}\" }" })
        }
        func steps(_ count: Int) -> String {
            "workflow: test\nversion: 1\nsteps: " + list(count) { "{ s\($0): { wait: 1s } }" }
        }
        let pairs: [(String, String)] = [
            (file("version: 1000000"), file("version: 1000001")), (file("version: 1"), file("version: 0")),
            (each(1000), each(1001)), (each(1), each(0)), (listen(16), listen(17)), (steps(1000), steps(1001)),
            (
                file(step: "do: a.b, readonly: true, retry: { attempts: 1000, factor: 100 }"),
                file(step: "do: a.b, readonly: true, retry: { attempts: 1001 }")
            ),
            (
                file(step: "do: a.b, undo: a.c, undoRetry: { attempts: 1000, factor: 1.001 }"),
                file(step: "do: a.b, undo: a.c, undoRetry: { attempts: 1001 }")
            ),
            (
                file(step: "do: a.b, readonly: true, retry: { factor: 1 }"),
                file(step: "do: a.b, readonly: true, retry: { factor: 100.001 }")
            ),
            (
                file(step: "do: a.b, readonly: true, retry: { factor: 99.999 }"),
                file(step: "do: a.b, readonly: true, retry: { factor: 1.0001 }")
            ),
            (
                top("title: \(String(repeating: "x", count: 200))"),
                top("title: \(String(repeating: "x", count: 201))")
            ),
            (top("locks: " + list(16) { "a\($0)" }), top("locks: " + list(17) { "a\($0)" })),
            (top("sensitive: " + list(100) { "input.a\($0)" }), top("sensitive: " + list(101) { "input.a\($0)" })),
            (
                top("on: " + list(16) { "{ event: a.e\($0), key: \"${event.id}\" }" }),
                top("on: " + list(17) { "{ event: a.e\($0), key: \"${event.id}\" }" })
            ),
            (
                file(step: "run: \(String(repeating: "x", count: 63))"),
                file(step: "run: \(String(repeating: "x", count: 64))")
            ),
            (
                file(step: "emit: a.\(String(repeating: "x", count: 63))"),
                file(step: "emit: a.\(String(repeating: "x", count: 64))")
            ),
            (top("input: { minItems: 1000000000 }"), top("input: { minItems: 1000000001 }")),
        ]
        for (good, bad) in pairs {
            #expect(findings(of: good).filter { $0.severity == .error } == [])
            #expect(try violations(good) == [], "\(good)")
            #expect(findings(of: bad).contains { $0.severity == .error }, "\(bad)")
            #expect(try violations(bad) != [], "\(bad)")
        }
    }

    // MARK: The keys

    /// What the reader takes at a place: it tells when it is given a key that is like none.
    private func readersKeys(_ source: String) throws -> Set<String> {
        let finding = try #require(findings(of: source).first { $0.code == .unknownKey }, "\(source)")
        let list = try #require(finding.help.components(separatedBy: "the keys are ").last)
        return Set(list.components(separatedBy: ", "))
    }

    private func keys(_ path: String...) throws -> Set<String> {
        var place = schema
        for name in path { place = try #require(place[name], "\(path)") }
        guard case .object(let object) = place else { return [] }
        return Set(object.map(\.name))
    }

    @Test("It has the keys that the reader takes, and no other, at every place")
    func sameKeys() throws {
        let nonsense = "qqqqqqqqqqqq: 1"
        func step(_ text: String) -> String { "workflow: test\nversion: 1\nsteps: [{ one: { \(text) } }]\n" }
        func top(_ text: String) -> String { "workflow: test\nversion: 1\n\(text)\nsteps: [{ one: { wait: 1s } }]\n" }

        #expect(try readersKeys(top(nonsense)) == keys("properties"))
        #expect(try readersKeys(top("defaults: { \(nonsense) }")) == keys("properties", "defaults", "properties"))
        #expect(try readersKeys(top("on: [{ \(nonsense) }]")) == keys("properties", "on", "items", "properties"))
        #expect(
            try readersKeys(top("schedule: { \(nonsense) }")) == keys("properties", "schedule", "else", "properties"))
        #expect(try readersKeys(step("do: a.b, retry: { \(nonsense) }")) == keys("$defs", "retry", "properties"))
        #expect(
            try readersKeys(step("do: a.b, undoRetry: { \(nonsense) }")) == keys("$defs", "undoRetry", "properties"))
        #expect(try readersKeys(step("switch: [{ \(nonsense) }]")) == keys("$defs", "case", "else", "properties"))
        #expect(
            try readersKeys(step("switch: [{ else: [], \(nonsense) }]")) == keys("$defs", "case", "then", "properties"))
        #expect(try readersKeys(step("listen: { \(nonsense) }")) == keys("$defs", "alternative", "properties"))
        #expect(
            try readersKeys(step("approval: { \(nonsense) }"))
                == keys("$defs", "question", "properties", "approval", "properties"))
        let pauses = try #require(schema["$defs"]?["pause"]?["properties"]?["wait"]?["anyOf"]?.arrayValue)
        guard case .object(let until)? = pauses.last?["properties"] else {
            throw SchemaValidator.UnknownKeyword(name: "wait")
        }
        #expect(try readersKeys(step("wait: { \(nonsense) }")) == Set(until.map(\.name)))

        #expect(
            try keys("$defs", "inputSchema", "else", "properties")
                == Set(SchemaKeyword.allCases.map(\.rawValue)).union(SchemaKeyword.annotations).union(["$schema"]))
    }

    @Test("A step of each shape has the keys of that shape", arguments: StepShape.allCases)
    func shapes(_ shape: StepShape) throws {
        let names: [StepShape: String] = [
            .action: "command", .emit: "announcement", .wait: "pause", .listen: "listening", .approval: "question",
            .run: "child", .each: "forEach", .choice: "choice", .parallel: "atTheSameTime", .steps: "branch",
        ]
        let name = try #require(names[shape])
        #expect(try keys("$defs", name, "properties") == Set(shape.keys))
        #expect(schema["$defs"]?[name]?["additionalProperties"] == false)
        if shape != .steps {
            #expect(try keys("$defs", "undecided", "properties").contains(shape.rawValue))
            let conditions = schema["$defs"]?["step"]?["allOf"]?.arrayValue ?? []
            #expect(
                conditions.contains {
                    $0["if"]?["required"] == [.string(shape.rawValue)]
                        && $0["then"]?["$ref"] == .string("#/$defs/\(name)")
                })
        }
    }

    @Test("Every key says in words what it is, and every choice of words is the reader's")
    func words() throws {
        var bare: [String] = []
        func visit(_ value: JSON, _ place: String) {
            if case .object(let object) = value {
                for member in object {
                    let inner = "\(place)/\(member.name)"
                    if place.hasSuffix("/properties"), !place.hasSuffix("/properties/properties") {
                        let target = member.value["$ref"]?.stringValue.flatMap {
                            schema["$defs"]?[String($0.dropFirst(8))]
                        }
                        if member.value["title"] == nil, target?["title"] == nil, member.name != "$schema",
                            !place.contains("/not/")
                        {
                            bare.append(inner)
                        }
                    }
                    visit(member.value, inner)
                }
            }
            for (index, item) in (value.arrayValue ?? []).enumerated() { visit(item, "\(place)/\(index)") }
        }
        visit(schema, "")
        #expect(bare == [])
        let formats = schema["$defs"]?["inputSchema"]?["else"]?["properties"]?["format"]?["enum"]?.arrayValue
        #expect(formats?.compactMap(\.stringValue) == SchemaFormat.allCases.map(\.rawValue))
        let types = schema["$defs"]?["inputSchema"]?["else"]?["properties"]?["type"]?["else"]?["enum"]?.arrayValue
        #expect(Set(types?.compactMap(\.stringValue) ?? []) == Set(SchemaType.allCases.map(\.rawValue)))
        let reserved = schema["$defs"]?["item"]?["propertyNames"]?["not"]?["enum"]?.arrayValue
        #expect(Set(reserved?.compactMap(\.stringValue) ?? []) == Naming.reserved)
    }
}
