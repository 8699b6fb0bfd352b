import SagaCore
import SagaValues

extension Transition {
    /// In one line, so that a test is one line: `undo b #2, incident b: exhausted`; `nothing`; `(late)`.
    func text(_ plan: Plan) -> String {
        switch self {
        case .ignored(let why): return "(\(why.rawValue))"
        case .applied(let effects):
            return effects.isEmpty ? "nothing" : effects.map { $0.text(plan) }.joined(separator: ", ")
        }
    }

    var effects: [SagaEffect] {
        switch self {
        case .applied(let effects): effects
        case .ignored: []
        }
    }

    var isApplied: Bool {
        switch self {
        case .applied: true
        case .ignored: false
        }
    }
}

extension SagaEffect {
    func text(_ plan: Plan) -> String {
        switch self {
        case .dispatch(let command):
            let attempt = command.attempt > 1 ? " #\(command.attempt)" : ""
            let round = command.round > 1 ? " round \(command.round)" : ""
            return "\(command.direction.rawValue) \(plan.steps[command.step].name)\(attempt)\(round)"
        case .openIncident(let step, let incident):
            return "incident \(plan.steps[step].name): \(incident.cause.rawValue)"
        case .resolveIncident(let step, let incident):
            return "resolved \(plan.steps[step].name): \(incident.cause.rawValue)"
        case .reportLate: return "late"
        case .end(let status): return status.rawValue
        }
    }
}
