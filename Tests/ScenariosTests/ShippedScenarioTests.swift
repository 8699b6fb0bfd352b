import SagaValues
import Scenarios
import TestSupport
import Testing

@Suite("The platform's scenarios")
struct ShippedScenarioTests {
    @Test("Each workflow has them") func complete() {
        #expect(shippedFiles.count == 11, "\(shippedFiles)")
    }

    @Test("All of them pass", arguments: shippedFiles)
    func pass(_ name: String) throws {
        let file = try shipped(name)
        #expect(file.scenarios.count >= 8)
        for scenario in file.scenarios {
            let outcome = scenario.run()
            #expect(outcome.hasPassed, "\(outcome)")
        }
    }

    @Test("An orchestrator that crashes after every event makes no difference", arguments: shippedFiles)
    func crashes(_ name: String) throws {
        for scenario in try shipped(name).scenarios {
            let calm = scenario.run()
            for crashes in [Scenario.Crashes.beforeSending, .afterSending] { expectSame(calm, scenario.run(crashes)) }
        }
    }

    @Test("A scenario is over after few happenings, however long it takes in virtual time", arguments: shippedFiles)
    func quick(_ name: String) throws {
        for scenario in try shipped(name).scenarios {
            let outcome = scenario.run()
            #expect(outcome.story.count < 2_000, "\(scenario.name): \(outcome.story.count)")
        }
    }

    @Test(
        "They say everything that they say for a reason: each workflow's endings are among them",
        arguments: shippedFiles)
    func endings(_ name: String) throws {
        let endings = Set(try shipped(name).scenarios.map { $0.run().result.ending })
        #expect(endings.isSuperset(of: [.completed, .compensated]), "\(endings)")
    }
}

/// Between sagas that run at the same time the order may be another one; within each it is not.
func expectSame(
    _ calm: ScenarioOutcome, _ crashing: ScenarioOutcome, sourceLocation: SourceLocation = #_sourceLocation
) {
    func inOrder(_ outcome: ScenarioOutcome) -> [String: [String]] {
        Dictionary(grouping: outcome.result.commands, by: \.saga).mapValues { commands in
            commands.map { "\($0.text) \($0.body.text)" }
        }
    }
    func rest(_ outcome: ScenarioOutcome) -> ScenarioOutcome.Result {
        var result = outcome.result
        result.commands = []
        result.incidents.sort()
        result.events.sort()
        return result
    }
    #expect(rest(calm) == rest(crashing), "\(calm.name)", sourceLocation: sourceLocation)
    #expect(inOrder(calm) == inOrder(crashing), "\(calm.name)", sourceLocation: sourceLocation)
    let faults = crashing.differences.filter { $0.contains("stored") || $0.contains("history") }
    #expect(faults.isEmpty, "\(calm.name): \(faults)", sourceLocation: sourceLocation)
}
