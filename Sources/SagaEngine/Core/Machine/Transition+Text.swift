internal import SagaValues

extension Transition {
    /// In one line, for people and for tests: `undo b #2, incident b: exhausted`; `nothing`; `(late)`.
    package func text(_ plan: Plan) -> String {
        switch self {
        case .ignored(let why): return "(\(why.rawValue))"
        case .applied(let effects):
            return effects.isEmpty ? "nothing" : effects.map { $0.text(plan) }.joined(separator: ", ")
        }
    }

    package var effects: [SagaEffect] {
        switch self {
        case .applied(let effects): effects
        case .ignored: []
        }
    }

    package var isApplied: Bool {
        switch self {
        case .applied: true
        case .ignored: false
        }
    }
}

extension SagaEffect {
    package func text(_ plan: Plan) -> String {
        switch self {
        case .dispatch(let command):
            let attempt = command.attempt > 1 ? " #\(command.attempt)" : ""
            let round = command.round > 1 ? " round \(command.round)" : ""
            let item = if case .each = plan.steps[command.step].kind { "[\(command.item)]" } else { "" }
            return "\(command.direction.rawValue) \(plan.steps[command.step].name)\(item)\(attempt)\(round)"
        case .decide(let step, let question): return "decide \(plan.steps[step].name): \(question.rawValue)"
        case .listen(let step): return "listen \(plan.steps[step].name)"
        case .stopListening(let step): return "stop listening \(plan.steps[step].name)"
        case .openIncident(let step, let incident):
            return "incident \(plan.steps[step].name): \(incident.cause.rawValue)"
        case .resolveIncident(let step, let incident):
            return "resolved \(plan.steps[step].name): \(incident.cause.rawValue)"
        case .reportLate: return "late"
        case .end(let status): return status.rawValue
        }
    }
}
