import SagaCore
import SagaValues
import TestSupport
import Testing
import Workflows

@testable import Comparing

@Suite("Comparing two versions")
struct ComparisonTests {
    static let base = """
        workflow: purchase
        version: 1
        deadline: 5m
        locks: ["user:${input.userId}"]
        input:
          type: object
          required: [userId, amount]
          properties:
            userId: { type: string }
            amount: { type: string, pattern: '^\\d+$' }
        steps:
          - order:
              do: billing.order
              undo: billing.cancel
              with: { userId: "${input.userId}", amount: "${input.amount}" }
          - resources:
              parallel:
                - ports: { do: device.ports, undo: device.free-ports }
                - proxy: { do: device.proxy, undo: device.free-proxy }
          - charge: { do: billing.charge, undo: billing.refund, with: { id: "${order.id}" } }
          - notify: { do: notification.send, readonly: true, optional: true }
        output: { id: "${order.id}" }
        """

    private func compare(_ changes: [(String, String)]) throws -> WorkflowComparison {
        var text = Self.base.replacing("version: 1", with: "version: 2")
        for (old, new) in changes {
            #expect(text.contains(old), "\(old) is there")
            text = text.replacing(old, with: new)
        }
        return WorkflowComparison(try Workflow.compile(Self.base), try Workflow.compile(text))
    }

    private func lines(_ changes: (String, String)...) throws -> [String] {
        Array(try compare(changes).lines.dropFirst())
    }
    private let fits = "Every input of the old version fits the new one."

    @Test("finds nothing where only the text differs")
    func same() throws {
        let comparison = try compare([
            ("steps:", "# the steps\nsteps:"),
            (
                "{ do: device.ports, undo: device.free-ports }",
                "{ undo: device.free-ports, do: device.ports, timeout: 30s }"
            ),
            ("deadline: 5m", "deadline: 300s"),
        ])
        #expect(comparison.changes == [] && comparison.isSame)
        #expect(comparison.lines == ["purchase, version 1 -> purchase, version 2", "They mean the same.", fits])
    }

    @Test("tells what a step does otherwise, member by member")
    func changed() throws {
        #expect(
            try lines(
                ("amount: \"${input.amount}\" }", "amount: \"${input.amount}\", plan: basic }"),
                ("undo: billing.refund", "undo: billing.pay-back"),
                ("optional: true }", "optional: true, retry: { attempts: 3 } }")
            ) == [
                "~ order", "  + with.plan: \"basic\"", "~ charge", "  undo: billing.refund -> billing.pay-back",
                "~ notify",
                "  retry.attempts: 5 -> 3", fits,
            ])
        #expect(
            try lines(
                (
                    "do: billing.charge",
                    "when: \"${input.amount != '0'}\"\n      do: billing.charge".replacing("\n      ", with: ", ")
                ))
                == ["~ charge", "  + when: input.amount != '0'", fits])
    }

    @Test("tells what is added, removed and moved")
    func moved() throws {
        let charge = "  - charge: { do: billing.charge, undo: billing.refund, with: { id: \"${order.id}\" } }\n"
        let resources =
            "  - resources:\n      parallel:\n        - ports: { do: device.ports, undo: device.free-ports }\n"
            + "        - proxy: { do: device.proxy, undo: device.free-proxy }\n"
        #expect(try lines((charge, "")) == ["- charge", fits])
        #expect(try lines((charge, charge.replacing("charge:", with: "pay:"))) == ["+ pay", "- charge", fits])
        let swapped = try compare([(resources + charge, charge + resources)])
        #expect(swapped.changes.map(\.kind) == [.moved])
        let sequence =
            "  - ports: { do: device.ports, undo: device.free-ports }\n  - proxy: { do: device.proxy, undo: device.free-proxy }\n"
        #expect(
            try lines((resources, sequence)) == [
                "~ ports", "  moved from parallel resources to the outermost list", "~ proxy",
                "  moved from parallel resources to the outermost list", fits,
            ])
        let branch =
            "        - both:\n            steps:\n"
            + "              - ports: { do: device.ports, undo: device.free-ports }\n"
            + "              - proxy: { do: device.proxy, undo: device.free-proxy }\n"
        #expect(
            try lines((resources, "  - resources:\n      parallel:\n" + branch))
                == ["~ proxy", "  runs behind 'ports', and did run beside 'ports'", fits])
    }

    @Test("tells what changed of the workflow as a whole")
    func whole() throws {
        #expect(
            try lines(
                ("deadline: 5m\n", ""), ("user:${input.userId}", "users:${input.userId}"),
                ("output: { id:", "output: { order:")
            ) == [
                "+ locks \"users:${input.userId}\"", "+ output.order: \"${order.id}\"", "- deadline: 5m",
                "- locks \"user:${input.userId}\"", "- output.id: \"${order.id}\"", fits,
            ])
    }

    @Test("tells how long sagas stay now, and stayed before")
    func retention() throws {
        #expect(
            try lines(("deadline: 5m", "deadline: 5m\nretention: 365d")).contains {
                $0.contains("retention") && $0.contains("365d")
            })
        #expect(try lines(("deadline: 5m", "deadline: 5m\n# retention: 365d")).allSatisfy { !$0.contains("retention") })
    }

    @Test("says whether old inputs fit")
    func inputs() throws {
        func verdict(_ changes: (String, String)...) throws -> (InputFit.Verdict, [String]) {
            let fit = try compare(changes).inputs
            return (fit.verdict, fit.reasons.map(\.description))
        }
        #expect(try verdict() == (.compatible, []))
        #expect(
            try verdict(("required: [userId, amount]", "required: [userId]"), ("\"${input.amount}\"", "x")).0
                == .compatible)
        #expect(
            try verdict(
                ("[userId, amount]", "[userId, amount, plan]"),
                ("userId: { type: string }", "userId: { type: string }\n    plan: { type: string }"))
                == (
                    .incompatible,
                    [
                        "/plan is required",
                        "/plan must be string, and may be array or boolean or null or number or object",
                    ]
                ))
        #expect(
            try verdict(("userId: { type: string }", "userId: { type: string }\n    plan: { type: string }")).0
                == .probably)
        #expect(
            try verdict(("userId: { type: string }", "userId: { type: string, maxLength: 5 }"))
                == (.incompatible, ["/userId must keep maxLength 5"]))
    }

    @Test("finds nothing between a workflow and itself, whatever it is", arguments: 0..<50 as Range<UInt64>)
    func itself(seed: UInt64) {
        var maker = SpecMaker(seed: seed)
        let spec = maker.whole()
        #expect(WorkflowComparison(spec.plan, spec.plan).changes == [])
        let edit = maker.edited(spec).plan
        let comparison = WorkflowComparison(spec.plan, edit)
        let isSame = spec.plan == edit
        #expect(!isSame || comparison.changes.isEmpty)
        let names = (Set(spec.plan.steps.map(\.name)), Set(edit.steps.map(\.name)))
        let added = comparison.changes.filter { $0.kind == .added && $0.aspect == nil }.compactMap(\.step)
        let removed = comparison.changes.filter { $0.kind == .removed && $0.aspect == nil }.compactMap(\.step)
        #expect(Set(added).filter { !$0.hasSuffix("-body") } == names.1.subtracting(names.0))
        #expect(Set(removed).filter { !$0.hasSuffix("-body") } == names.0.subtracting(names.1))
    }
}

@Suite("Whether inputs fit another schema")
struct InputFitTests {
    private struct Maker {
        var random: SeededGenerator

        mutating func schema(_ room: Int) -> JSON {
            var object: JSON.Object = [:]
            let type = ["string", "integer", "number", "boolean", "object", "array", "null"].randomElement(
                using: &random)!
            if random.chance(80) {
                object["type"] =
                    random.chance(80)
                    ? .string(type) : .array([.string(type), .string(type == "null" ? "string" : "null")])
            }
            func maybe(_ keyword: String, _ percent: Int, _ value: () -> JSON) {
                if random.chance(percent) { object[keyword] = value() }
            }
            let limit = JSON.number(String(Int.random(in: 0...3, using: &random)))
            switch type {
            case "string":
                maybe("minLength", 30) { limit }
                maybe("maxLength", 30) { .number("2") }
                maybe("pattern", 20) { .string("^a") }
            case "integer", "number":
                maybe("minimum", 30) { limit }
                maybe("exclusiveMinimum", 20) { limit }
                maybe("maximum", 20) { .number("2") }
            case "array" where room > 0:
                object["items"] = schema(room - 1)
                maybe("minItems", 30) { .number("1") }
                maybe("uniqueItems", 20) { .bool(true) }
            case "object" where room > 0:
                var properties: JSON.Object = [:]
                for name in ["a", "b", "c"] where random.chance(60) { properties[name] = schema(room - 1) }
                object["properties"] = .object(properties)
                object["required"] = .array(properties.names.filter { _ in random.chance(40) }.map { .string($0) })
                if random.chance(50) { object["additionalProperties"] = .bool(false) }
            default:
                if random.chance(20) {
                    return [
                        "enum": .array(
                            [.string("a"), .number("1"), .null].filter { _ in random.chance(70) } + [.string("b")])
                    ]
                }
            }
            return .object(object)
        }

        mutating func value(_ room: Int) -> JSON {
            switch random.next() % (room > 0 ? 8 : 6) {
            case 0: return .null
            case 1: return .bool(true)
            case 2: return .number(["0", "1", "2", "3", "1.0"].randomElement(using: &random)!)
            case 3: return .number("1.5")
            case 4: return .string(["", "a", "b", "abc"].randomElement(using: &random)!)
            case 5: return .string("ab")
            case 6: return .array((0..<Int.random(in: 0...2, using: &random)).map { _ in value(room - 1) })
            default:
                var object: JSON.Object = [:]
                for name in ["a", "b", "c"] where random.chance(50) { object[name] = value(room - 1) }
                return .object(object)
            }
        }
    }

    private func workflow(_ schema: JSON) -> Workflow? {
        try? Workflow.compile(
            "workflow: t\nversion: 1\ninput: \(schema.text)\nsteps: [{ one: { do: a.one, readonly: true } }]\n")
    }

    @Test("is said only if every input that fitted still does", arguments: 0..<4 as Range<UInt64>)
    func sound(part: UInt64) throws {
        var maker = Maker(random: SeededGenerator(seed: part))
        var counts = (fits: 0, tried: 0)
        for _ in 0..<250 {
            let old = maker.schema(2)
            // Often a near one.
            let new = maker.random.chance(50) ? maker.schema(2) : loosened(old)
            guard let first = workflow(old), let second = workflow(new) else { continue }
            #expect(first.inputSchema?.json == old)
            #expect(InputFit(old: old, new: old).verdict == .compatible, "\(old.text)")
            guard WorkflowComparison(first, second).inputs.verdict == .compatible else { continue }
            counts.fits += 1
            for _ in 0..<60 {
                let value = maker.value(2)
                guard first.validate(input: value).isEmpty else { continue }
                counts.tried += 1
                #expect(second.validate(input: value).isEmpty, "\(value.text) fits \(old.text), not \(new.text)")
            }
        }
        #expect(counts.fits > 40 && counts.tried > 500, "\(counts)")
    }

    @Test(
        "is told for each keyword",
        arguments: [
            (#"{"minimum":1}"#, #"{"exclusiveMinimum":1}"#, InputFit.Verdict.incompatible),
            (#"{"exclusiveMinimum":1}"#, #"{"minimum":1}"#, .compatible),
            (#"{"minimum":1.5}"#, #"{"exclusiveMinimum":1}"#, .compatible),
            (#"{"maximum":1}"#, #"{"exclusiveMaximum":1}"#, .incompatible),
            (#"{"exclusiveMaximum":1}"#, #"{"exclusiveMaximum":1.0}"#, .compatible),
            (#"{"type":"integer"}"#, #"{"type":"number"}"#, .compatible),
            (#"{"type":"number"}"#, #"{"type":"integer"}"#, .incompatible),
            (#"{"type":"string"}"#, #"{"type":["string","null"]}"#, .compatible),
            (#"{"enum":["a"]}"#, #"{"enum":["b","a"]}"#, .compatible),
            (#"{"enum":["a","c"]}"#, #"{"enum":["b","a"]}"#, .incompatible),
            (#"{"const":1}"#, #"{"enum":[1.0]}"#, .compatible),
            (#"{"type":"string"}"#, #"{"enum":["a"]}"#, .incompatible),
            (#"{"enum":["a"]}"#, #"{"pattern":"^b"}"#, .incompatible),
            (#"{"type":"string","format":"uuid"}"#, #"{"type":"string"}"#, .compatible),
            (#"{"type":"object"}"#, #"{"type":"object","properties":{"a":{"type":"string"}}}"#, .probably),
            (#"{"type":"object"}"#, #"{"type":"object","additionalProperties":false}"#, .probably),
            (
                #"{"type":"object","additionalProperties":false}"#,
                #"{"type":"object","properties":{"a":{"const":1}}}"#, .compatible
            ),
            (#"{"type":"object","required":["a"]}"#, #"{"type":"object"}"#, .compatible),
            (#"{"type":"object"}"#, #"{"type":"object","required":["a"]}"#, .incompatible),
            (
                #"{"type":"object","properties":{"a":{}},"additionalProperties":false}"#,
                #"{"type":"object","additionalProperties":false}"#, .incompatible
            ),
            (
                #"{"type":"array","items":{"type":"string"}}"#, #"{"type":"array","items":{"maxLength":3}}"#,
                .incompatible
            ),
            (#"{"type":"array","minItems":2}"#, #"{"type":"array","minItems":1}"#, .compatible),
            (#"{"type":"array"}"#, #"{"type":"array","uniqueItems":true}"#, .incompatible),
            ("true", #"{"type":"object"}"#, .incompatible), (#"{"type":"object"}"#, "true", .compatible),
        ])
    func keywords(old: String, new: String, verdict: InputFit.Verdict) throws {
        let fit = InputFit(old: try JSON(parsing: old), new: try JSON(parsing: new))
        #expect(fit.verdict == verdict, "\(fit.lines)")
    }

    /// Without its bounds, which must never be told as narrower.
    private func loosened(_ schema: JSON) -> JSON {
        guard case .object(let object) = schema else { return schema }
        var looser = JSON.Object()
        for (name, value) in object where !["minLength", "minimum", "required", "pattern"].contains(name) {
            looser[name] = value
        }
        return .object(looser)
    }
}
