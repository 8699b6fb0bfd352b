import Foundation
import SagaCore
import SagaValues
import Testing
import Workflows

@testable import Scenarios

/// Scenarios are played, what happened is exported, and scenarios are made of that.
@Suite("A scenario made of what happened")
struct RetellingTests {
    /// What a scenario's saga leaves, as `saga export` would write it, but for what is masked.
    ///
    /// - Parameter late: how much later its last event was taken in.
    private func record(
        _ scenario: Scenario, _ workflow: Workflow, source: String? = nil, late: Duration = .zero
    ) throws -> SagaRecord {
        var stage = Stage(scenario, .asWritten)
        stage.run()
        let part = try #require(stage.parts[.root])
        let saga = part.process.saga
        var history = part.history.map { $0.json(try? JSON(parsing: $0.data)) }
        if late > .zero, var row = history.last?.objectValue, let time = part.history.last?.at {
            row["at"] = .string("\(time + late)")
            history[history.count - 1] = .object(row)
        }
        return try SagaRecord([
            "record": .string(SagaRecord.kind), "format": JSON(SagaRecord.format),
            "workflow": [
                "name": .string(workflow.plan.workflow), "version": JSON(workflow.plan.version),
                "digest": .string(workflow.digest), "source": .string(source ?? workflow.source),
            ],
            "saga": [
                "id": .string(saga.id.description), "status": .string(saga.status.rawValue),
                "revision": JSON(saga.revision),
            ],
            "state": .string(String(decoding: saga.encodedState(), as: UTF8.self)), "history": .array(history),
        ])
    }

    private func draft(_ scenario: Scenario, _ workflow: Workflow) throws -> ScenarioDraft {
        try ScenarioDraft(
            record(scenario, workflow), file: "made.test.yaml", workflowFile: "\(workflow.plan.workflow).yaml")
    }

    @Test(
        "Every scenario of the platform is told again, and comes to the same; only items say what they need",
        arguments: shippedFiles)
    func shippedOnes(_ name: String) throws {
        let file = try shipped(name)
        let source = try Data(contentsOf: workflowFolder.appending(path: name.replacing(".test.yaml", with: ".yaml")))
        let workflow = try Workflow.compile([UInt8](source))
        for scenario in file.scenarios where scenario.expected.ending != .refused {
            let draft = try draft(scenario, workflow)
            let first = scenario.run().result
            if let outcome = draft.outcome, outcome.hasPassed {
                #expect(
                    outcome.result.ending == first.ending && outcome.result.failure == first.failure, "\(draft.text)")
                #expect(outcome.result.incidents == first.incidents || !draft.remarks.isEmpty, "\(draft.text)")
            } else {
                let needsItems = draft.remarks.contains { $0.contains("is a saga of its own") }
                #expect(
                    needsItems,
                    "\(scenario.name):\n\(draft.text)\n\(draft.outcome?.description ?? "")\(draft.findings.map { "\($0)" } ?? "")"
                )
            }
        }
    }

    @Test("An export whose workflow is not the one that the saga ran is refused")
    func forged() throws {
        let workflow = try Workflow.compile(Self.drawn)
        let scenario = try read("workflow: d.yaml\nscenarios: [{ name: n, expect: completed }]\n")
        let other = try Workflow.compile(Self.drawn.replacing("timeout: 10s", with: "timeout: 11s"))
        let record = try record(scenario, workflow, source: other.source)
        let flaw = #expect(throws: SagaRecord.Flaw.self) {
            try ScenarioDraft(record, file: "t", workflowFile: "drawn.yaml")
        }
        #expect(flaw?.description.contains("digests differ") ?? false)
    }

    /// One step with a pause before its second attempt that is drawn.
    private static let drawn = """
        workflow: drawn
        version: 1
        steps:
          - a: { do: x.a, undo: x.b, retry: { attempts: 3, initial: 100s, max: 1000s, timeout: 10s } }
        """

    private func read(_ text: String, _ source: String = drawn) throws -> Scenario {
        let file = try ScenarioFile.read(text, file: "t") { _ throws(WorkflowErrors) in try Workflow.compile(source) }
        return try #require(file.scenarios.first)
    }

    @Test("An answer that a busy node took in late, before it looked for what had waited too long, was in time")
    func takenInLate() throws {
        let workflow = try Workflow.compile(Self.drawn)
        let scenario = try read(
            "workflow: d.yaml\nscenarios: [{ name: n, replies: { a: { done: {}, after: 3s } }, expect: completed }]\n")
        let record = try record(scenario, workflow, late: .seconds(20))
        let draft = try ScenarioDraft(record, file: "t", workflowFile: "drawn.yaml")
        #expect(draft.text.contains("after: 9s999ms"), "\(draft.text)")
        #expect(draft.outcome?.hasPassed == true, "\(draft.outcome?.description ?? "")")
    }

    @Test("The pauses of a scenario are those of the saga that it names")
    func pauses() throws {
        func took(_ id: String) throws -> Duration {
            try read(
                """
                workflow: drawn.yaml
                scenarios:
                  - { name: n, \(id) replies: { a: [retry, retry, done] }, expect: completed }
                """
            ).run().result.took
        }
        let one = try took("id: 0193e0c0-0000-7000-8000-000000000001,")
        #expect(try took("id: 0193e0c0-0000-7000-8000-000000000001,") == one)
        #expect(try took("id: 0193e0c0-0000-7000-8000-000000000002,") != one)
        #expect(try took("") != one)
        let findings = #expect(throws: WorkflowErrors.self) { _ = try took("id: seven,") }
        #expect(findings?.description.contains("no saga's id") ?? false)
    }

    @Test("A late reply, one that comes while another attempt is out, work reported meanwhile, and a line for locks")
    func late() throws {
        let workflow = try Workflow.compile(Self.drawn)
        let texts = [
            ("a: [{ done: { n: 1.50 }, after: 12s }, silence]", "after: 12s"),
            ("a: [silence, { done: , after: 3s }]", "silence, { done: , after: 3s }"),
            ("a: { done: , after: 25s, working: 6s }", "working: "),
            ("a: [retry, { retry: 9m }, { rejected: \"n: o\" }]", "9m"),
        ]
        for (replies, word) in texts {
            let text = """
                workflow: drawn.yaml
                scenarios:
                  - { name: n, queued: 90s, until: 2h, replies: { \(replies) }, expect: completed }
                """
            let draft = try draft(read(text), workflow)
            #expect(draft.outcome?.hasPassed ?? false, "\(draft.text)\n\(draft.outcome?.description ?? "")")
            #expect(draft.text.contains(word) && draft.text.contains("queued: 1m30s"), "\(draft.text)")
            #expect(draft.remarks.isEmpty)
        }
    }

    @Test("What stands in it is read as it was, whatever it is")
    func values() throws {
        let hard =
            #"{ "a b": [1.50, -0, 1e5, null, true, "yes", "1:30", "", " x "], "${x}": "${input.a} # no", "q": "\"\\ \n\té\u001Fü\u2028" }"#
        let text = """
            workflow: drawn.yaml
            scenarios:
              - name: n
                input: { "n: 1": "- a", "k": \(hard) }
                replies: { a: { done: \(hard) } }
                expect: completed
            """
        let (scenario, workflow) = (try read(text), try Workflow.compile(Self.drawn))
        let draft = try draft(scenario, workflow)
        #expect(draft.outcome?.hasPassed ?? false, "\(draft.text)\n\(draft.findings.map { "\($0)" } ?? "")")
        let again = try read(draft.text)
        #expect(again.input == scenario.input, "\(draft.text)")
        #expect(again.script.entries["a"]?.answers == scenario.script.entries["a"]?.answers)
    }
}
