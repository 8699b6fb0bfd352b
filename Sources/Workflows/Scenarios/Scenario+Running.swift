internal import SagaCore
internal import SagaValues

extension Scenario {
    /// Plays it, in virtual time.
    ///
    /// - Parameter crashes: when the orchestrator crashes, which must make no difference.
    public func run(_ crashes: Crashes = .asWritten) -> ScenarioOutcome {
        guard inputFlaws.isEmpty else {
            let story = inputFlaws.map { StoryLine(at: .zero, text: "   refused: \($0)") }
            return ScenarioOutcome(
                name: name, line: line, result: ScenarioOutcome.Result(ending: .refused),
                differences: expected.ending == .refused ? [] : ["the input does not fit the schema"], story: story)
        }
        var stage = Stage(self, crashes)
        stage.run()
        let result = stage.result()
        let comparison = Comparison(scenario: self, result: result, record: stage.record, saga: stage.rootSaga)
        return ScenarioOutcome(
            name: name, line: line, result: result, differences: comparison.differences, story: stage.record.story)
    }
}

extension Scenario {
    /// When the orchestrator crashes and comes back.
    public enum Crashes: Sendable, Hashable, CaseIterable {
        /// Where the scenario says so.
        case asWritten
        /// After every event, when what follows from it is stored but not sent.
        case beforeSending
        /// After every event, when all is sent, and will be sent again.
        case afterSending
    }
}

extension Stage {
    var rootSaga: Saga? { parts[.root]?.process.saga }

    func result() -> ScenarioOutcome.Result {
        var result = ScenarioOutcome.Result(ending: ending)
        guard var process = parts[.root]?.process else { return result }
        if process.saga.status == .completed { result.output = process.output() }
        if let failure = process.saga.failure {
            let step = failure.step.map { ", \(process.plan.steps[$0].name)" } ?? ""
            let code = failure.error?.code ?? failure.kind.rawValue
            result.failure = "\(code) (\(failure.kind.rawValue)\(step))"
        }
        result.commands = record.commands
        result.events = record.events.map(\.name)
        result.incidents = record.incidents
        result.isOverdue = record.isOverdue
        result.took = (record.endedAt ?? process.updatedAt) - Stage.beginning
        for path in order {
            guard let part = parts[path] else { continue }
            if !path.items.isEmpty { result.states[path.text] = part.process.saga.status.rawValue }
            for (step, state) in zip(part.process.plan.steps, part.process.saga.steps) {
                result.states[path.step(step.name)] = state.phase.name
            }
        }
        return result
    }

    private var ending: Scenario.Ending {
        switch rootSaga?.status {
        case .completed: .completed
        case .compensated: .compensated
        case .queued, .running, .compensating, .abandoned, nil:
            parts.values.contains { $0.process.saga.hasOpenIncident } ? .held : .waiting
        }
    }
}
