public import SagaValues

/// When a step began and ended, and how often it was attempted, as the history tells it.
public struct StepTiming: Sendable, Hashable {
    public internal(set) var startedAt: Timestamp?
    /// When it was settled: done, refused, given up, or undone.
    public internal(set) var endedAt: Timestamp?
    public internal(set) var attempts = 0
    /// How often the participant was asked whether it happened.
    public internal(set) var probes = 0
    public internal(set) var undoAttempts = 0
}

extension Narrative {
    /// The timing of each step of the plan.
    public static func timings(_ narratives: [Narrative], plan: Plan) -> [StepTiming] {
        var timings = [StepTiming](repeating: StepTiming(), count: plan.steps.count)
        for narrative in narratives {
            for step in narrative.began { timings[step].startedAt = narrative.entry.at }
            for step in narrative.settled { timings[step].endedAt = narrative.entry.at }
            for case .dispatch(let dispatch) in narrative.effects {
                timings[dispatch.step].endedAt = nil
                switch dispatch.direction {
                case .do: timings[dispatch.step].attempts += 1
                case .probe: timings[dispatch.step].probes += 1
                case .undo: timings[dispatch.step].undoAttempts += 1
                }
            }
            timings.takeBack(narrative.entry, plan)
        }
        return timings
    }
}

extension [StepTiming] {
    /// What was held back was no attempt.
    fileprivate mutating func takeBack(_ entry: HistoryEntry, _ plan: Plan) {
        guard entry.kind == .heldBack, let step = entry.step.flatMap(plan.stepIndex(named:)) else { return }
        switch entry.direction {
        case .do: self[step].attempts -= 1
        case .probe: self[step].probes -= 1
        case .undo: self[step].undoAttempts -= 1
        case nil: break
        }
    }
}
