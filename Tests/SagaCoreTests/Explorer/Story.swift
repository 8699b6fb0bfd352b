import SagaCore
import SagaValues

/// How something went wrong, as few lines as can be.
struct Story: Sendable, CustomStringConvertible {
    let plan: Plan
    let bounds: Explorer.Bounds
    let moves: [Move]
    let end: String

    var description: String {
        var world = World(plan, bounds)
        var lines = ["plan: \(plan.root.text(plan))"]
        for (number, move) in moves.enumerated() {
            let transition = world.apply(move, plan)
            world.normalise()
            let led = transition.map { " -> \($0.text(plan))" } ?? ""
            lines.append("\(number + 1). \(move.text(plan))\(led)")
        }
        let states = plan.steps.indices.map { "\(plan.steps[$0].name) \(world.saga.steps[$0].phase)" }
        lines.append("Then: \(end). The saga is \(world.saga.status); \(states.joined(separator: ", ")).")
        return lines.joined(separator: "\n")
    }
}

extension Move {
    func text(_ plan: Plan) -> String {
        func name(_ step: Int) -> String { plan.steps[step].name }
        switch self {
        case .start(let queued): return queued ? "it starts in line for its locks" : "it starts"
        case .grantLocks: return "it gets its locks"
        case .carryOut(let step): return "\(name(step)) is carried out"
        case .refuse(let step, let round): return "\(name(step)) is refused" + (round > 1 ? " in round \(round)" : "")
        case .carryOutUndo(let step): return "the undo of \(name(step)) is carried out"
        case .reply(let step, let direction, let attempt, let reply):
            let number = attempt.map { " #\($0)" } ?? ""
            return "an answer arrives: \(direction.rawValue) \(name(step))\(number) \(Column.Answer(reply).rawValue)"
        case .due(.step(let step)): return "\(name(step)) is due"
        case .due(.deadline): return "the deadline passes"
        case .due(.all): return "everything is due"
        case .returnCommand(let step, let direction): return "\(direction.rawValue) \(name(step)) comes back: no queue"
        case .askForRetry(let step): return "a person asks for another attempt of \(name(step))"
        case .askForUndo: return "a person asks for the saga to be undone"
        }
    }
}

extension PlanNode {
    func text(_ plan: Plan) -> String {
        switch self {
        case .step(let index):
            let step = plan.steps[index]
            var words: [String] = []
            if step.pivot { words.append("pivot") }
            if step.readonly { words.append("readonly") }
            if step.optional { words.append("optional") }
            if step.undo == nil, !step.pivot, !step.readonly { words.append("onward") }
            if step.onUnknown != .undo { words.append(step.onUnknown.rawValue) }
            if step.onUndoFailure == .continue { words.append("continue") }
            return words.isEmpty ? step.name : "\(step.name)(\(words.joined(separator: " ")))"
        case .sequence(let nodes): return nodes.map { $0.text(plan) }.joined(separator: " -> ")
        case .parallel(_, let branches): return "[" + branches.map { $0.text(plan) }.joined(separator: " | ") + "]"
        }
    }
}
