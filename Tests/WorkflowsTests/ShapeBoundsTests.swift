import Foundation
import Testing
import Workflows

/// 256 KiB of each shape of the language, right and wrong: whatever is said about it, it is said in time.
@Suite("Files full of one shape")
struct ShapeBoundsTests {
    struct Full: Sendable, CustomStringConvertible {
        let what: String
        /// What is said of it; nothing if it is right.
        let codes: Set<Finding.Code>
        let source: String

        var description: String { what }

        init(_ what: String, _ codes: Set<Finding.Code> = [], top: String = "", steps: String? = nil) {
            self.what = what
            self.codes = codes
            source =
                "workflow: test\nversion: 1\n\(top)\nsteps:\n" + (steps ?? "  - one: { do: a.b, readonly: true }\n")
        }
    }

    private static let size = 250_000

    /// As many as there is room for, and no more than `most`.
    private static func many(_ most: Int = .max, _ part: (Int) -> String) -> String {
        var text = ""
        var index = 0
        while index < most, text.utf8.count < size {
            text += part(index)
            index += 1
        }
        return text
    }

    private static func times(_ count: Int, _ part: (Int) -> String, _ separator: String = "") -> String {
        (0..<count).map(part).joined(separator: separator)
    }

    private static func with(_ value: String) -> String {
        "  - one: { do: a.b, readonly: true, with: { a: \(value) } }\n"
    }

    private static let first = "  - first: { do: a.b, readonly: true }\n"

    static let shapes: [Full] = [
        Full(
            "listens for sixteen events",
            steps: first
                + many(999) { step in
                    "  - s\(step): { timeout: 1s, listen: ["
                        + times(16) { "{event: a.b,where: \"${event.a\($0) == first.x}\"}," } + "] }\n"
                }),
        Full(
            "questions to people",
            steps: first
                + many(999) {
                    "  - s\($0): { approval: { role: a, title: \"Is ${first.a\($0)} it?\" }, timeout: 1d }\n"
                }),
        Full(
            "one question with very many expressions",
            steps: first + "  - s: { approval: { role: a, title: \"" + many { "${first.a\($0)} " }
                + "\" }, timeout: 1d }\n"),
        Full("waits until", steps: first + many(999) { "  - s\($0): { wait: { until: \"${first.a\($0)}\" } }\n" }),
        Full(
            "announcements", steps: many(1000) { "  - s\($0): { emit: a.b\($0), with: { a: \"${input.a\($0)}\" } }\n" }),
        Full("children", steps: many(1000) { "  - s\($0): { run: child-\($0), with: { a: \"${input.a\($0)}\" } }\n" }),
        Full("more steps than there may be", [.limitPassed], steps: many { "  - s\($0): { wait: 1s }\n" }),
        Full(
            "levels of cases, each with many", [],
            steps: {
                var inner = "{ last: { wait: 1s } }"
                for level in 0..<11 {
                    let cases = times(
                        40, { "{ when: \"${input.a\(level) == \($0)}\", steps: [{ s\(level)x\($0): { wait: 1s } }] }" },
                        ", ")
                    inner = "{ way\(level): { switch: [\(cases), { else: [\(inner)] }] } }"
                }
                return "  - \(inner)\n"
            }()),
        Full(
            "one condition in many words", [],
            steps: many(1000) { step in
                "  - s\(step): { do: a.b, readonly: true, when: \"${"
                    + times(250, { "input.a\($0) == \(step)" }, " && ").prefix(4000).split(separator: " && ").dropLast()
                    .joined(separator: " && ") + "}\" }\n"
            }),
        Full(
            "steps under long conditions that read what is under the same", [],
            steps: many(1000) { step in
                "  - s\(step): { do: a.b, readonly: true, when: \"${" + times(20, { "input.b\($0)" }, " && ")
                    + (step == 0 ? "" : " && input.c\(step)") + "}\""
                    + (step == 0 ? "" : ", with: { a: \"${s0.x}\" }") + " }\n"
            }),
        Full(
            "a step that reads very many that may not have run", [.stepMayNotHaveRun],
            steps: times(600) { "  - s\($0): { do: a.b, readonly: true, when: \"${input.a\($0)}\" }\n" }
                + with("[" + times(6000, { "\"${s\($0 % 600).x}\"" }, ",") + "]")),
        Full(
            "items of items, with what they see",
            steps: first
                + many(900) {
                    "  - e\($0): { each: \"${input.l\($0)}\", as: v, steps: [{ f\($0): { each: \"${v.m}\", as: w, steps: "
                        + "[{ s\($0): { run: x, with: { a: \"${w}\", b: \"${v}\", c: \"${first.x}\" } } }] } }] }\n"
                }.split(separator: "\n").prefix(300).joined(separator: "\n") + "\n"),
        Full(
            "branches in branches",
            steps: many(60) { top in
                "  - p\(top): { parallel: ["
                    + times(
                        8,
                        {
                            "{ q\(top)x\($0): { parallel: [{ s\(top)x\($0): { wait: 1s } }, { t\(top)x\($0): { wait: 1s } }] } }"
                        }, ", ") + "] }\n"
            }),
    ]

    static let values: [Full] = [
        Full("a value of many maps", steps: with("[" + many { "{ a: { b: \($0) } }," } + "]")),
        Full(
            "a value in sixty lists",
            steps: with(String(repeating: "[", count: 55) + "1" + String(repeating: "]", count: 55))),
        Full("a number of very many digits", steps: with(String(repeating: "9", count: size))),
        Full("a number with a very large exponent", steps: with("1e" + String(repeating: "9", count: size))),
        Full("a text of dollars", steps: with("\"" + String(repeating: "$", count: size) + "\"")),
        Full("a text of escaped expressions", steps: with("\"" + String(repeating: "$${", count: size / 3) + "\"")),
        Full(
            "an expression without an end", [.badExpression],
            steps: with("\"" + String(repeating: "${", count: size / 2) + "\"")),
        Full(
            "quotes around the ends of expressions", [],
            steps: with("\"" + String(repeating: "${'}", count: size / 4) + "\"")),
        Full(
            "a very long expression", [.limitPassed],
            steps: with("\"${" + String(repeating: "a+", count: size / 2) + "a}\"")),
        Full(
            "sixty long expressions", [],
            steps: with("[" + times(60, { "\"${" + String(repeating: "1 + ", count: 900) + "\($0)}\"" }, ",") + "]")),
        Full(
            "macros in macros", [],
            steps: with(
                "["
                    + times(
                        200,
                        {
                            "\"${" + String(repeating: "[\($0), 2].map(x, ", count: 15) + "x"
                                + String(repeating: ")", count: 15) + "}\""
                        }, ",") + "]")),
        Full("one key very often", [.duplicateKey], steps: with("{" + many { _ in "a: 1," } + "}")),
        Full("one step very often", [.nameUsedTwice], steps: many(1000) { _ in "  - one: { wait: 1s }\n" }),
        Full("one key of a step very often", [.duplicateKey], steps: "  - one: {" + many { _ in "wait: 1s," } + "}\n"),
        Full(
            "very many keys that a step does not have", [.unknownKey],
            steps: "  - one: { wait: 1s," + many(6000) { "wiat\($0): 1," } + "}\n"),
        Full(
            "very many keys of other shapes", [.keyElsewhere],
            steps: many(1000) { "  - s\($0): { wait: 1s, retry: {}, undo: a.b, as: x, steps: [] }\n" }),
    ]

    static let tops: [Full] = [
        Full("very many locks", [.limitPassed], top: "locks: [" + many { "a\($0)," } + "]"),
        Full(
            "long locks",
            top: "locks: [" + times(16, { lock in "\"\(lock)" + times(900) { "${input.a\($0)}" } + "\"" }, ",") + "]"),
        Full(
            "very many events", [.limitPassed],
            top: "on: [" + many { "{ event: a.b, key: \"${event.a\($0)}\" }," } + "]"),
        Full(
            "events with large inputs",
            top: "on: ["
                + times(
                    16,
                    { start in
                        "{ event: a.b\(start), key: \"${event.a}\", input: {"
                            + times(500) { "m\($0): \"${event.m\($0)}\"," } + "} }"
                    }, ",") + "]"),
        Full(
            "a schedule with a large input",
            top: "schedule: { cron: \"0 3 * * *\", input: {" + many { "m\($0): [\($0)]," } + "} }"),
        Full(
            "a schedule of very many fields", [.badSchedule],
            top: "schedule: \"" + String(repeating: "* ", count: size / 2) + "\""),
        Full(
            "a schedule of very many values", [.badSchedule],
            top: "schedule: \"" + String(repeating: "1,", count: size / 2) + "1 * * * *\""),
        Full("very many sensitive places", [.limitPassed], top: "sensitive: [" + many { "input.a\($0)," } + "]"),
        Full(
            "deep sensitive places",
            top: "sensitive: [" + times(100, { place in "input" + times(31) { ".a\(place)x\($0)" } }, ",") + "]"),
        Full(
            "a sensitive place of very many parts", [.badExpression],
            top: "sensitive: [input" + many { ".a\($0)" } + "]"),
        Full(
            "a version of very many digits", [.wrongValue, .outOfRange],
            top: "defaults: { retry: { attempts: " + String(repeating: "9", count: 100_000) + ", factor: "
                + String(repeating: "9", count: 100_000) + " } }\ndeadline: " + String(repeating: "9", count: 50_000)
                + "d"),
        Full("a long title", [.outOfRange], top: "title: " + String(repeating: "x ", count: size / 2)),
    ]

    static let schemas: [Full] = [
        Full(
            "a schema in a schema", [.limitPassed],
            top: "input: " + String(repeating: "{ properties: { a: ", count: 64) + "{}"
                + String(repeating: " } }", count: 64)),
        Full(
            "a schema of lists of lists",
            top: "input: " + String(repeating: "{ items: ", count: 55) + "true" + String(repeating: " }", count: 55)),
        Full(
            "very many required members that are not there", [.badSchema],
            top: "input: { properties: { a: {} }, required: [" + many { "a\($0)," } + "] }"),
        Full("very many values", top: "input: { enum: [" + many { "\($0)," } + "] }"),
        Full(
            "very many values of the wrong type", [.badSchema],
            top: "input: { type: string, enum: [" + many { "\($0)," } + "] }"),
        Full(
            "very many patterns",
            top: "input: { properties: {" + many { "p\($0): { pattern: '^[a-z]{1,40}(x|y|\($0)){0,9}$' }," } + "} }"),
        Full(
            "very many patterns that are too large", [.badPattern],
            top: "input: { properties: {" + many { "p\($0): { pattern: '((a{30}){30}){30}' }," } + "} }"),
        Full("one member very often", [.duplicateKey], top: "input: { properties: {" + many { _ in "a: {}," } + "} }"),
        Full(
            "bounds of very many digits", [.badSchema],
            top: "input: { minimum: " + String(repeating: "9", count: 120_000) + ".5, maximum: "
                + String(repeating: "8", count: 120_000) + " }"),
        Full(
            "bounds with very large exponents", [.badSchema],
            top: "input: { minimum: 1e" + String(repeating: "9", count: 120_000) + ", maximum: 1e-"
                + String(repeating: "9", count: 120_000) + " }"),
        Full("very many keywords that are none", [.badSchema], top: "input: {" + many { "propertis\($0): {}," } + "}"),
    ]

    @Test("are checked in time, and told what is wrong with them", arguments: shapes + values + tops + schemas)
    func full(_ file: Full) {
        #expect(file.source.utf8.count <= Workflow.sourceLimit)
        // Without optimisation, beside other tests; what is not bounded takes minutes.
        let found = expectWork(under: .seconds(8), "\(file.what)") { findings(of: file.source) }
        #expect(
            Set(found.map(\.code)).subtracting([.refusalBehindPivot, .announcedTooEarly]) == file.codes,
            "\(found.first?.description ?? "nothing")")
    }

    @Test("are checked in time together: a thousand children, and a hundred workflows in a circle")
    func together() throws {
        let locks = "locks: [" + (0..<16).map { "\"l\($0):${input.a\($0)}\"" }.joined(separator: ", ") + "]"
        let body = "{ " + (0..<16).map { "a\($0): \"${input.a\($0)}\"" }.joined(separator: ", ") + " }"
        let parent = try workflow(
            locks, steps: (0..<400).map { "  - s\($0): { run: child, with: \(body) }" }.joined(separator: "\n"))
        let child = try Workflow.compile(
            "workflow: child\nversion: 1\n\(locks)\nsteps: [{ one: { run: grandchild, with: \(body) } }]\n")
        let last = try Workflow.compile("workflow: grandchild\nversion: 1\n\(locks)\nsteps: [{ one: { wait: 1s } }]\n")
        let found = expectWork(under: .seconds(8)) { Workflow.checkTogether([parent, child, last]) }
        #expect(Set(found.map(\.code)) == [.lockHeldByParent])

        let circle = try (0..<100).map { index in
            try Workflow.compile(
                "workflow: w\(index)\nversion: 1\nsteps:\n"
                    + (1...9).map { "  - s\($0): { run: w\((index + $0) % 100) }\n" }.joined())
        }
        let circles = expectWork(under: .seconds(8)) { Workflow.checkTogether(circle) }
        #expect(Set(circles.map(\.code)) == [.childCircle])
    }
}
