import Foundation
import Scenarios
import Testing
import Workflows

/// The workflows of the platform, from where this file stands.
let workflowFolder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "workflows")

/// The scenarios that stand beside a workflow of the platform.
func shipped(_ name: String) throws -> ScenarioFile {
    let url = workflowFolder.appending(path: name)
    return try ScenarioFile.read([UInt8](Data(contentsOf: url)), file: name) { file throws(WorkflowErrors) in
        guard let data = try? Data(contentsOf: workflowFolder.appending(path: file)) else { return nil }
        return try Workflow.compile([UInt8](data), file: file)
    }
}

/// The files with scenarios of the platform.
let shippedFiles: [String] = {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: workflowFolder.path)) ?? []
    return names.filter { $0.hasSuffix(".test.yaml") }.sorted()
}()

/// A workflow with each kind of step, for the tests of the runner.
let errand = """
    workflow: errand
    version: 1
    deadline: 1h
    input: { type: object, required: [who], properties: { who: { type: string }, fast: { type: boolean } } }
    steps:
      - look: { do: shop.look, with: { who: "${input.who}" }, readonly: true }
      - order: { do: shop.order, undo: shop.cancel, with: { who: "${input.who}" }, retry: { attempts: 3, jitter: none } }
      - called:
          listen: [{ event: shop.called, where: "${event.number == order.number}" }]
          timeout: 30m
      - agree: { approval: { role: boss, title: "Pay?" }, timeout: 30m }
      - parcel: { run: parcel-sending, with: { number: "${order.number}" } }
      - pay: { do: bank.pay, pivot: true, onUnknown: probe, with: { number: "${order.number}" }, retry: { attempts: 2, jitter: none } }
      - file: { do: office.file }
      - tell: { emit: errand.finished, with: { number: "${order.number}" } }
    output: { number: "${order.number}" }
    """

/// Three items, two at once.
func rounds(onFailure: String) -> String {
    """
    workflow: rounds
    version: 1
    steps:
      - start: { do: hall.open, undo: hall.close }
      - each-room:
          each: "${start.rooms}"
          as: room
          atOnce: 2
          onFailure: \(onFailure)
          steps:
            - clean: { do: room.clean, undo: room.soil, with: { room: "${room}" } }
            - check: { do: room.check, undo: room.uncheck, with: { room: "${room}" } }
      - finish: { do: hall.report, undo: hall.withdraw, with: { done: "${each-room.done}" } }
    """
}

/// What a person does at a desk while an errand is run, so that it goes through.
let goodDay = """
          - { upon: do order, after: 1m, event: shop.called, data: { number: 7 } }
          - { at: 2m, approve: agree }
    """

func file(_ text: String, _ workflow: String = errand) throws(WorkflowErrors) -> ScenarioFile {
    try ScenarioFile.read(text, file: "errand.test.yaml") { name throws(WorkflowErrors) in
        name == "errand.yaml" ? try Workflow.compile(workflow, file: name) : nil
    }
}

/// One scenario of a file that is right otherwise; its lines are indented by four.
func outcome(_ scenario: String, of workflow: String = errand, _ crashes: Scenario.Crashes = .asWritten) throws
    -> ScenarioOutcome
{
    let text = """
        workflow: errand.yaml
        defaults:
          input: { who: Ann }
          replies:
            \(workflow == errand ? "shop.order: { done: { number: 7 } }" : "hall.open: { done: { rooms: [a, b, c] } }")
        scenarios:
          - name: One
        \(scenario)
        """
    return try #require(file(text, workflow).scenarios.first).run(crashes)
}
