import Scenarios
import Testing
import Workflows

/// A file with one mistake. `‸` marks where the finding must point, and is taken out.
struct BadScenario: Sendable, CustomStringConvertible {
    let code: Finding.Code
    let text: String
    let line: Int
    let column: Int
    let says: String

    init(_ code: Finding.Code, _ marked: String, says: String) {
        self.code = code
        self.says = says
        let before = marked.prefix { $0 != "‸" }
        text = String(before) + marked.dropFirst(before.count + 1)
        line = before.count(where: \.isNewline) + 1
        let lastLine = before.lastIndex(where: \.isNewline).map { before[before.index(after: $0)...] } ?? before[...]
        column = lastLine.unicodeScalars.count + 1
    }

    /// Keys of a scenario that is right otherwise.
    init(_ code: Finding.Code, in scenario: String, expect: String = "completed", says: String) {
        self.init(
            code,
            "workflow: errand.yaml\nscenarios:\n  - name: One\n    input: { who: Ann }\n    \(scenario)\n"
                + "    expect: \(expect)\n", says: says)
    }

    /// What is expected of a scenario that is right otherwise.
    init(_ code: Finding.Code, expect: String, says: String) {
        self.init(
            code, "workflow: errand.yaml\nscenarios:\n  - name: One\n    input: { who: Ann }\n    expect: \(expect)\n",
            says: says)
    }

    var description: String { "\(code.rawValue): \(says)" }

    static let all = [
        // The file.
        BadScenario(.notReadable, "workflow: ‸\"x", says: "quote"),
        BadScenario(.wrongShape, "‸- workflow", says: "a test file is a map"),
        BadScenario(.missingKey, "‸scenarios: []", says: "'workflow' is missing"),
        BadScenario(.unknownName, "workflow: ‸other.yaml", says: "no file 'other.yaml'"),
        BadScenario(.missingKey, "‸workflow: errand.yaml", says: "'scenarios' is missing"),
        BadScenario(.missingKey, "workflow: errand.yaml\nscenarios: ‸[]", says: "no scenario"),
        BadScenario(.wrongShape, "workflow: errand.yaml\nscenarios: ‸x", says: "must be a list"),
        BadScenario(
            .unknownKey, "workflow: errand.yaml\n‸scenario: []\nscenarios: [{ name: a, expect: refused }]",
            says: "did you mean 'scenarios'"),
        BadScenario(
            .unknownKey,
            "workflow: errand.yaml\ndefaults: { ‸inputs: {} }\nscenarios: [{ name: a, expect: refused }]",
            says: "did you mean 'input'"),
        BadScenario(
            .nameUsedTwice,
            "workflow: errand.yaml\nscenarios: [{ name: a, expect: refused }, { name: ‸a, expect: refused }]",
            says: "two scenarios"),
        BadScenario(
            .missingKey, "workflow: errand.yaml\nscenarios: [‸{ expect: refused }]", says: "'name' is missing"),
        BadScenario(.missingKey, "workflow: errand.yaml\nscenarios: [‸{ name: a }]", says: "'expect' is missing"),
        BadScenario(
            .inputDoesNotFit, "workflow: errand.yaml\nscenarios: [‸{ name: a, expect: completed }]", says: "/who"),
        BadScenario(
            .inputDoesNotFit,
            "workflow: errand.yaml\nscenarios: [{ name: a, input: ‸{ who: 1 }, expect: completed }]", says: "/who"),
        BadScenario(
            .contradiction, "workflow: errand.yaml\nscenarios: [{ name: a, input: ‸{ who: x }, expect: refused }]",
            says: "nobody refuses it"),
        // Answers.
        BadScenario(.unknownName, in: "replies: { ‸shop.ordr: done }", says: "did you mean 'shop.order'"),
        BadScenario(.unknownName, in: "replies: { ‸probe tell: done }", says: "nothing in 'errand' asks"),
        BadScenario(.wrongValue, in: "replies: { shop.order: ‸don }", says: "did you mean 'done'"),
        BadScenario(.missingKey, in: "replies: { shop.order: ‸rejected }", says: "needs its code"),
        BadScenario(
            .missingKey, in: "replies: { shop.order: ‸{ after: 1s } }", says: "done, rejected, retry or unknown"),
        BadScenario(
            .conflictingKeys, in: "replies: { shop.order: { done: {}, ‸rejected: x } }", says: "one thing only"),
        BadScenario(
            .unknownKey, in: "replies: { shop.order: { done: {}, ‸affter: 1s } }", says: "did you mean 'after'"),
        BadScenario(.wrongValue, in: "replies: { shop.order: { done: {}, after: ‸soon } }", says: "a duration"),
        BadScenario(.ambiguousScalar, in: "replies: { shop.order: { done: { a: ‸yes } } }", says: "'yes'"),
        BadScenario(.wrongShape, in: "replies: { shop.order: ‸[] }", says: "an empty list"),
        BadScenario(.wrongValue, in: "replies: { run parcel-sending: ‸retry }", says: "a child saga does not say this"),
        BadScenario(
            .wrongValue, in: "replies: { run parcel-sending: ‸unknown }", says: "a child saga does not say this"),
        BadScenario(
            .conflictingKeys, in: "replies: { shop.order: { unknown: , ‸retry: 1s } }", says: "one thing only"),
        BadScenario(.duplicateKey, in: "replies: { shop.order: done, ‸shop.order: retry }", says: "twice"),
        // What happens.
        BadScenario(.missingKey, in: "happens: [‸{ at: 1h }]", says: "nothing happens"),
        BadScenario(.missingKey, in: "happens: [‸{ crash: true }]", says: "when this happens"),
        BadScenario(.conflictingKeys, in: "happens: [{ at: 1h, crash: true, ‸retry: file }]", says: "two things"),
        BadScenario(.conflictingKeys, in: "happens: [{ at: 1h, ‸upon: do pay, crash: true }]", says: "both say when"),
        BadScenario(.conflictingKeys, in: "happens: [{ at: 1h, ‸after: 1s, crash: true }]", says: "'upon'"),
        BadScenario(.unknownName, in: "happens: [{ at: 1h, event: ‸shop.caled }]", says: "did you mean 'shop.called'"),
        BadScenario(.unknownName, in: "happens: [{ at: 1h, approve: ‸agre }]", says: "did you mean 'agree'"),
        BadScenario(.wrongValue, in: "happens: [{ at: 1h, approve: ‸pay }]", says: "not an approval"),
        BadScenario(.wrongValue, in: "happens: [{ upon: ‸pay, crash: true }]", says: "nothing that is sent"),
        BadScenario(.wrongValue, in: "happens: [{ upon: ‸undo pay, crash: true }]", says: "something to undo"),
        // Expectations.
        BadScenario(.wrongValue, expect: "‸complete", says: "did you mean 'completed'"),
        BadScenario(.missingKey, expect: "‸{ takes: 1s }", says: "'ending' is missing"),
        BadScenario(.unknownKey, expect: "{ ending: completed, ‸comands: [] }", says: "did you mean 'commands'"),
        BadScenario(.unknownName, expect: "{ ending: completed, commands: [‸do ordr] }", says: "did you mean 'order'"),
        BadScenario(.wrongValue, expect: "{ ending: completed, commands: [‸emit pay] }", says: "something to emit"),
        BadScenario(.wrongShape, expect: "{ ending: completed, commands: [‸[a]] }", says: "do charge x3"),
        BadScenario(.unknownName, expect: "{ ending: completed, steps: { ‸payy: done } }", says: "did you mean 'pay'"),
        BadScenario(.wrongValue, expect: "{ ending: completed, steps: { pay: ‸dne } }", says: "did you mean 'done'"),
        BadScenario(.wrongValue, expect: "{ ending: held, incidents: [‸pay] }", says: "the causes are"),
        BadScenario(
            .unknownName, expect: "{ ending: completed, events: [‸errand.finishd] }",
            says: "did you mean 'errand.finished'"),
        BadScenario(
            .wrongValue, expect: "{ ending: compensated, failure: { kind: ‸refused } }", says: "'rejected'"),
    ]
}

@Suite("The format of test files")
struct FormatTests {
    @Test("A bad file gives its one finding, at its place, with its way out", arguments: BadScenario.all)
    func finding(_ bad: BadScenario) throws {
        let errors = #expect(throws: WorkflowErrors.self) { try file(bad.text) }
        let all = errors?.findings ?? []
        try #require(all.count == 1, "\(all.map(\.description).joined(separator: "\n"))")
        #expect(all[0].code == bad.code, "\(all[0])")
        #expect(all[0].line == bad.line && all[0].column == bad.column, "\(all[0])")
        #expect("\(all[0].message) \(all[0].help)".contains(bad.says), "\(all[0])")
        #expect(!all[0].help.isEmpty)
    }

    @Test("What is wrong in the workflow is told of the workflow")
    func workflow() {
        let errors = #expect(throws: WorkflowErrors.self) {
            try file("workflow: errand.yaml\nscenarios: [{ name: a, expect: refused }]", "workflow: x")
        }
        #expect(errors?.findings.allSatisfy { $0.file == "errand.yaml" } == true)
    }

    @Test("Files that are too long, or no text, are findings as well")
    func bounds() {
        let long = "# " + String(repeating: "x", count: Workflow.sourceLimit)
        #expect(throws: WorkflowErrors.self) { try file(long) }
        #expect(throws: WorkflowErrors.self) { try ScenarioFile.read([0xFF]) { _ throws(WorkflowErrors) in nil } }
        let many =
            "workflow: errand.yaml\nscenarios:\n"
            + (0...ScenarioFile.scenarioLimit).map { "- { name: s\($0), expect: refused }\n" }.joined()
        let errors = #expect(throws: WorkflowErrors.self) { try file(many) }
        #expect(errors?.findings.map(\.code) == [.limitPassed])
    }
}
