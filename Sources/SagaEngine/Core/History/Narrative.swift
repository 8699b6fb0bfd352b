public import SagaValues

/// A history row together with what it led to: how a person reads a saga.
public struct Narrative: Sendable, Hashable {
    public let entry: HistoryEntry
    /// What followed at once, in order. Never stored: it follows from the event.
    public let effects: [SagaEffect]
    /// The steps that it settled: done, refused, given up, or undone.
    public let settled: [Int]
    /// Where the saga stood after it.
    public let status: Saga.Status

    /// Tells a history from its first row on.
    public static func tell(
        _ history: [HistoryEntry], id: UUID, plan: Plan
    ) throws(HistoryError) -> [Narrative] {
        guard let first = history.first else { return [] }
        var saga = Saga(id: id, plan: plan, at: first.at)
        var told: [Narrative] = []
        for entry in history {
            let before = saga.steps
            let effects = try saga.apply(entry, plan: plan)
            let settled = before.indices.filter {
                saga.steps[$0].phase.isSettled && saga.steps[$0].phase != before[$0].phase
            }
            told.append(Narrative(entry: entry, effects: effects, settled: settled, status: saga.status))
        }
        return told
    }
}

/// When a step began and ended, and how often it was attempted, as the history tells it.
public struct StepTiming: Sendable, Hashable {
    public internal(set) var startedAt: Timestamp?
    /// When it was settled: done, refused, given up, or undone.
    public internal(set) var endedAt: Timestamp?
    public internal(set) var attempts = 0
    public internal(set) var undoAttempts = 0
}

extension Narrative {
    /// The timing of each step of the plan.
    public static func timings(_ narratives: [Narrative], plan: Plan) -> [StepTiming] {
        var timings = [StepTiming](repeating: StepTiming(), count: plan.steps.count)
        for narrative in narratives {
            for step in narrative.settled { timings[step].endedAt = narrative.entry.at }
            for case .dispatch(let dispatch) in narrative.effects {
                timings[dispatch.step].startedAt = timings[dispatch.step].startedAt ?? narrative.entry.at
                timings[dispatch.step].endedAt = nil
                if dispatch.direction == .undo {
                    timings[dispatch.step].undoAttempts += 1
                } else {
                    timings[dispatch.step].attempts += 1
                }
            }
        }
        return timings
    }
}
