import Foundation
import SagaCore
import SagaValues
import Testing

@testable import Workflows

/// Files that are made to be slow or to overflow a stack. Each has 256 KiB at most.
@Suite("Hostile files")
struct BoundsTests {
    private func codes(_ source: String) -> Set<Finding.Code> {
        let source = String(source.prefix(Workflow.sourceLimit))
        // Without optimisation; what is not bounded takes hours. Sizes are such that it would still end.
        return expectWork(under: .seconds(8)) { Set(findings(of: source).map(\.code)) }
    }

    @Test("An alias bomb is refused before anything is copied, as values and as keys")
    func aliasBomb() {
        let levels = (1...24).map { "  - &a\($0) [*a\($0 - 1), *a\($0 - 1)]\n" }.joined()
        #expect(codes("workflow: x\noutput:\n  - &a0 [x, x]\n" + levels) == [.yamlFeature])
        #expect(codes("workflow: x\noutput:\n  - &a0 [x, x]\n" + levels + "  - ? *a24\n    : x\n") == [.yamlFeature])
        #expect(codes("output: [&a [x], [*a,*a,*a]]") == [.yamlFeature])
        #expect(codes("output: {? &a [x] : {? *a : 1}}") == [.yamlFeature])
    }

    @Test(
        "Deep nesting is refused in every style",
        arguments: ["[", "{", "{a: ", "[[], ", "- ", "? ", "{? ", "a: [", "- - ? "])
    func deep(_ opening: String) {
        let deep = String(repeating: opening, count: Workflow.sourceLimit / opening.utf8.count)
        #expect(!codes(deep).isEmpty)
        let closing = opening.reversed().compactMap { ["[": "]", "{": "}"][$0] }.joined()
        for depth in [65, 500, 999, 1001, 3000] {
            let balanced = String(repeating: opening, count: depth) + "x" + String(repeating: closing, count: depth)
            #expect(!codes("output:\n  " + balanced).isEmpty)
        }
    }

    @Test(
        "Deep nesting fits the smallest stack that glibc gives a thread by itself: 2 MiB",
        arguments: [("[", "]"), ("{a: ", "}"), ("{? ", "}"), ("- ", "")])
    func smallStack(_ opening: String, _ closing: String) async {
        // libyaml itself stops at a thousand.
        let deep = String(repeating: opening, count: 995) + "x" + String(repeating: closing, count: 995)
        let found = await withCheckedContinuation { continuation in
            let thread = Thread { continuation.resume(returning: codes("output:\n  " + deep)) }
            thread.stackSize = 2 * 1024 * 1024
            thread.start()
        }
        #expect(!found.isEmpty)
    }

    @Test("Large keys in large keys are not hashed again and again")
    func largeKeys() {
        let leaf = "[" + String(repeating: "x, ", count: 20_000) + "]"
        #expect(codes("output:\n  " + String(repeating: "? ", count: 60) + leaf) == [.keyNotText, .missingKey])
        #expect(codes("output:\n  " + String(repeating: "? ", count: 600) + leaf) == [.keyNotText])
        let flow = String(repeating: "{? ", count: 600) + leaf + String(repeating: "}", count: 600)
        #expect(codes("output: " + flow) == [.keyNotText])
        let simple = (0..<1000).map { _ in
            String(repeating: "[", count: 80) + String(repeating: "]: 1]", count: 80) + ","
        }
        #expect(!codes("output: [" + simple.joined() + "]").isEmpty)
    }

    @Test("A thousand steps compile, with a reference each; one more is refused")
    func manySteps() throws {
        func source(_ count: Int) -> String {
            let steps = (0..<count).map { index in
                let before = index == 0 ? "input" : "s\(index - 1)"
                return "  - s\(index): { do: a.b, readonly: true, with: { a: \"${\(before).x}\" } }\n"
            }
            return "workflow: test\nversion: 1\nsteps:\n" + steps.joined()
        }
        #expect(try Workflow.compile(source(1000)).plan.steps.count == 1000)
        #expect(codes(source(1001)) == [.limitPassed])
    }

    @Test("A thousand branches compile")
    func manyBranches() throws {
        let branches = (0..<1000).map { "        - b\($0): { do: a.b, readonly: true }\n" }.joined()
        #expect(try workflow(steps: "  - all:\n      parallel:\n" + branches).plan.steps.count == 1000)
    }

    @Test("Parallel in parallel has its limit")
    func deepParallel() {
        func source(_ depth: Int) -> String {
            let open = (0..<depth).map { "{ p\($0): { parallel: [" }.joined()
            return "workflow: test\nversion: 1\nsteps: [" + open + "{ one: { do: a.b, readonly: true } }"
                + String(repeating: "] } }", count: depth) + "]\n"
        }
        #expect(codes(source(20)) == [])
        #expect(codes(source(21)) == [.limitPassed])
    }

    @Test("A file of ten thousand lines is read, or refused, in time")
    func manyLines() {
        let comments = String(repeating: "# a line\n", count: 10_000)
        #expect(codes(comments + "workflow: test\nversion: 1\nsteps: [{ one: { do: a.b, readonly: true } }]\n") == [])
        let members = (0..<10_000).map { "          name\($0): ${input.a}\n" }.joined()
        #expect(
            codes(
                "workflow: t\nversion: 1\nsteps:\n  - one:\n      do: a.b\n      readonly: true\n      with:\n"
                    + members) == [])
        let keys = (0..<10_000).map { "key\($0): value\n" }.joined()
        #expect(codes(keys) == [.unknownKey])
        let nonsense = (0..<10_000).map { "  - s\($0)\n" }.joined()
        #expect(codes("workflow: test\nversion: 1\nsteps:\n" + nonsense) == [.wrongShape])
        let properties = (0..<8000).map { "    p\($0): { type: string }\n" }.joined()
        #expect(
            codes(
                "workflow: t\nversion: 1\ninput:\n  properties:\n" + properties
                    + "steps: [{ one: { do: a.b, readonly: true } }]") == [])
    }

    @Test("Text that hides its references does not make the file be searched over and over")
    func hiddenReferences() {
        let items = String(repeating: "\"\\x24{a\",", count: 25_000)
        #expect(codes("output: [" + items + "]").contains(.badExpression))
    }

    @Test("Names, keys and numbers as long as the file are cut in messages")
    func longTexts() {
        let long = String(repeating: "x", count: 200_000)
        for source in [
            "workflow: \(long)", "\"\(long)\": 1", "version: \(String(repeating: "9", count: 200_000))",
            "title: \(long)", "output: \"${\(long)\"", "output: \"${\(long)+1}\"", "onBusy: \(long)",
            "deadline: \(long)",
            "steps: [{ \(long): 1 }]", "input: { pattern: \(long) }", "input: { \"\(long)\": 1 }",
            "input: { minimum: \(String(repeating: "9", count: 200_000)), maximum: 1 }",
        ] {
            for finding in findings(of: source) {
                #expect(finding.description.utf8.count < 2000, "\(source.prefix(30))")
            }
        }
    }

    // MARK: The shapes that hold steps, and expressions

    @Test("Bodies in bodies have their limit, and see through all of it")
    func deepBodies() throws {
        func source(_ depth: Int) -> String {
            let open = (0..<depth).map {
                "{ e\($0): { each: \"${\($0 == 0 ? "input.l" : "v\($0 - 1).l")}\", as: v\($0), steps: ["
            }
            let reads = (0..<depth).map { "v\($0).x" }.joined(separator: " + ")
            return "workflow: test\nversion: 1\nsteps: [" + open.joined()
                + "{ one: { wait: \"${\(reads) + input.z}\" } }" + String(repeating: "] } }", count: depth)
                + "]\n"
        }
        #expect(codes(source(6)) == [])
        #expect(codes(source(7)).contains(.limitPassed))
    }

    @Test("Hundreds of bodies, cases and conditions are checked in time")
    func manyShapes() {
        let head = "workflow: test\nversion: 1\nsteps:\n"
        let bodies = (0..<500).map {
            "  - e\($0): { each: \"${input.l}\", as: v, steps: [{ s\($0): { run: x, with: { a: \"${v}\", b: \"${input.b}\" } } }] }\n"
        }
        #expect(codes(head + bodies.joined()) == [])
        let cases = (0..<999).map { "        - { when: \"${input.n == \($0)}\", steps: [{ s\($0): { wait: 1s } }] }\n" }
        #expect(codes(head + "  - way:\n      switch:\n" + cases.joined()) == [])
        let conditions = (0..<1000).map { index in
            "  - s\(index): { do: a.b, readonly: true, when: \"${input.f\(index)}\", with: { a: \"${has(s\(max(index - 1, 0)).x) ? 1 : 2}\" } }\n"
        }
        #expect(!codes(head + conditions.joined()).isEmpty, "the first looks at itself")
        let parts = (0..<400).map { "event.a\($0) == 1" }.joined(separator: "&&")
        #expect(
            codes(head + "  - one: { listen: { event: a.b, where: \"${\(parts)}\" }, timeout: 1s }\n").isEmpty
                == (parts.utf8.count <= 4096))
    }

    @Test("Thousands of expressions over a large schema, right ones and wrong ones")
    func manyExpressions() {
        let properties = (0..<3000).map { "    p\($0): { type: string }\n" }.joined()
        let required = (0..<3000).map { "p\($0)" }.joined(separator: ",")
        func source(_ value: (Int) -> String) -> String {
            let members = (0..<4000).map { "        m\($0): ${\(value($0))}\n" }.joined()
            return "workflow: t\nversion: 1\ninput:\n  type: object\n  required: [\(required)]\n  properties:\n"
                + properties
                + "steps:\n  - one:\n      do: a.b\n      readonly: true\n      with:\n" + members
        }
        #expect(codes(source { "input.p\($0 % 3000)" }) == [])
        #expect(codes(source { "input.p\($0 % 3000) + 'x'" }) == [])
        #expect(codes(source { _ in "size(input)" }) == [])
        #expect(codes(source { _ in "[input, input]" }) == [])
        #expect(codes(source { "input.q\($0)" }) == [.inputNotDeclared])
        #expect(codes(source { "input.p\($0 % 3000) - 1" }) == [.wrongType])
    }

    @Test("What is called wrongly a thousand times is not compared with a thousand names each time")
    func manyUnknownNames() {
        let steps = (0..<900).map { "  - step-number-\($0): { wait: 1s }\n" }.joined()
        let members = (0..<6000).map { "        m\($0): ${stop-numbr.x}\n" }.joined()
        let source =
            "workflow: t\nversion: 1\nsteps:\n" + steps + "  - one:\n      do: a.b\n      readonly: true\n      with:\n"
            + members
        #expect(codes(source) == [.unknownName])
    }
}
