import SagaCore
import SagaValues
import Scenarios
import Workflows

/// A test file: it is read or refused with findings, and what is read is played to an end.
enum ScenarioTarget {
    /// What the files are about, whatever name they give it: every kind of step.
    private static let workflow = try? Workflow.compile(
        """
        workflow: errand
        version: 1
        deadline: 2h
        input: { type: object, required: [who], properties: { who: { type: string }, fast: { type: boolean } } }
        steps:
          - order: { do: shop.order, undo: shop.cancel, with: { who: "${input.who}" }, retry: { attempts: 3 } }
          - way: { switch: [{ when: "${has(input.fast) && input.fast}", steps: [{ nap: { wait: 1m } }] }] }
          - called: { listen: [{ event: shop.called, where: "${event.number == order.number}" }], timeout: 30m }
          - rooms: { each: "${order.rooms}", as: room, atOnce: 2, steps: [{ clean: { do: a.b, undo: a.c, with: { room: "${room}" } } }] }
          - agree: { approval: { role: boss, title: "Pay?" }, timeout: 30m }
          - parcel: { run: parcel-sending, with: { number: "${order.number}" } }
          - pay: { do: bank.pay, pivot: true, onUnknown: probe, retry: { attempts: 2 } }
          - file: { do: office.file }
          - tell: { emit: errand.finished, with: { number: "${order.number}" } }
        output: { number: "${order.number}" }
        """)

    static func take(_ bytes: [UInt8]) {
        guard let workflow else { return promise(false, "the workflow of the target does not compile") }
        do throws(WorkflowErrors) {
            let file = try ScenarioFile.read(bytes) { name throws(WorkflowErrors) in name.isEmpty ? nil : workflow }
            promise(file.workflow == "errand", "scenarios of \(file.workflow)")
            promise(file.scenarios.count <= ScenarioFile.scenarioLimit, "\(file.scenarios.count) scenarios")
            for scenario in file.scenarios.prefix(3) { play(scenario) }
        } catch {
            promise(!error.errors.isEmpty, "refused without an error")
            promise(error.findings.count <= 100, "\(error.findings.count) findings")
            FindingCheck.check(error.findings, bytes)
        }
    }

    private static func play(_ scenario: Scenario) {
        let outcome = scenario.run()
        promise(outcome.hasPassed == outcome.differences.isEmpty, "passed, and different")
        promise(!outcome.description.isEmpty && !outcome.json.bytes.isEmpty, "an outcome without words")
        // It tells nothing but what the file says, so it always comes out the same way.
        promise(scenario.run().result == outcome.result, "'\(scenario.name)' comes out in two ways")
    }
}
