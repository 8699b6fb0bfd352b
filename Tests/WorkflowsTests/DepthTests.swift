import Foundation
import Testing

@testable import Workflows

/// How deep a definition may go: steps first, then values, and only then YAML itself.
@Suite("Depth")
struct DepthTests {
    /// Each in one way: a level of steps within the level before.
    enum Shape: String, CaseIterable {
        case parallel, choice, otherwise, each

        var limit: Int { self == .each ? DefinitionReader.bodyLimit : DefinitionReader.nestingLimit }

        var message: String {
            self == .each
                ? "more than 6 'each' in each other"
                : "more than 20 'parallel', 'switch' and 'each' in each other"
        }

        func wrap(_ inner: String, _ level: Int) -> String {
            switch self {
            case .parallel: "{ p\(level): { parallel: [{ g\(level): { steps: [\(inner)] } }] } }"
            case .choice: "{ w\(level): { switch: [{ when: \"${input.a}\", steps: [\(inner)] }] } }"
            case .each: "{ e\(level): { each: \"${input.a}\", as: v\(level), steps: [\(inner)] } }"
            case .otherwise:
                "{ w\(level): { switch: [{ when: \"${input.a}\", steps: [{ n\(level): { wait: 1s } }] }, { else: [\(inner)] }] } }"
            }
        }
    }

    private func lists(_ depth: Int) -> String {
        String(repeating: "[", count: depth) + "1" + String(repeating: "]", count: depth)
    }

    private func source(_ shapes: [Shape], value: Int = 1) -> String {
        // With `with` the value is in a map already.
        var inner = "{ last: { run: child, with: { a: \(lists(value - 1)) } } }"
        for (level, shape) in shapes.enumerated().reversed() { inner = shape.wrap(inner, level) }
        return "workflow: t\nversion: 1\nsteps: [\(inner)]\n"
    }

    /// On a stack as small as threads of a server may have, without optimisation.
    private func errors(_ source: String) async -> [Finding] {
        await withCheckedContinuation { continuation in
            let thread = Thread {
                continuation.resume(returning: findings(of: source).filter { $0.severity == .error })
            }
            thread.stackSize = 512 * 1024
            thread.start()
        }
    }

    private func all(_ shape: Shape, _ count: Int) -> [Shape] { Array(repeating: shape, count: count) }

    @Test(
        "As many levels of steps as may be, with a value in the innermost as deep as one may be",
        arguments: Shape.allCases)
    func steps(_ shape: Shape) async {
        let bodies = DefinitionReader.bodyLimit
        let value = DefinitionReader.valueDepthLimit
        #expect(await errors(source(all(shape, shape.limit), value: value)) == [])
        guard shape != .each else { return }
        let others = all(shape, DefinitionReader.nestingLimit - bodies)
        #expect(await errors(source(others + all(.each, bodies), value: value)) == [])
        #expect(await errors(source(all(.each, bodies) + others, value: value)) == [])
    }

    @Test("One more is refused, as too many levels of steps", arguments: Shape.allCases)
    func tooManySteps(_ shape: Shape) async {
        for levels in [shape.limit + 1, 25] {
            let found = await errors(source(all(shape, levels)))
            #expect(found.map(\.code) == [.limitPassed], "\(found)")
            #expect(found.first?.message == shape.message)
        }
    }

    @Test("A value has its own limit, wherever it stands")
    func values() async {
        let limit = DefinitionReader.valueDepthLimit
        func all(_ depth: Int) -> [String] {
            let head = "workflow: t\nversion: 1\n"
            let steps = "steps: [{ one: { do: a.b, readonly: true } }]\n"
            return [
                source([], value: depth), source(Array(repeating: .choice, count: 20), value: depth),
                head + steps + "output: \(lists(depth))",
                head + steps + "schedule: { cron: \"0 3 * * *\", input: { a: \(lists(depth - 1)) } }",
                head + steps + "input: { const: \(lists(depth - 1)) }",
                head + steps + "input: " + String(repeating: "{ items: ", count: depth - 1) + "{ type: string }"
                    + String(repeating: " }", count: depth - 1),
            ]
        }
        for source in all(limit) { #expect(await errors(source) == [], "\(source.prefix(200))") }
        for source in all(limit + 1) {
            let found = await errors(source)
            #expect(found.map(\.code) == [.limitPassed], "\(source.prefix(200)): \(found)")
            #expect(found.first?.message.hasSuffix("in a value") == true, "\(found)")
        }
    }

    @Test("What is deeper than all this is refused by YAML's limit, and by nothing else")
    func yaml() async {
        let limit = YAMLReader.depthLimit
        // The outermost map and the list make two.
        #expect(await errors("output: \(lists(limit - 1))").map(\.message).contains { $0.hasSuffix("in a value") })
        let found = await errors("output: \(lists(limit))")
        #expect(found.contains { $0.message == "more than \(limit) lists and maps inside each other" }, "\(found)")
    }
}
