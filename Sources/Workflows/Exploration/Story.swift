import SagaCore
import SagaValues

/// How something went wrong, as few lines as can be.
public struct Story: Sendable, CustomStringConvertible {
    let plan: Plan
    let bounds: Explorer.Bounds
    let moves: [Move]
    /// What is wrong at the end.
    public let end: String

    /// One line for each thing that happens.
    public var lines: [String] {
        var world = World(plan, bounds)
        var lines = ["plan: \(plan.root.text(plan))"]
        for (number, move) in moves.enumerated() {
            let transition = world.apply(move, plan)
            world.normalise(plan)
            let led = transition.map { " -> \($0.text(plan))" } ?? ""
            lines.append("\(number + 1). \(move.text(plan))\(led)")
        }
        let states = plan.steps.indices.map { "\(plan.steps[$0].name) \(world.saga.steps[$0].phase)" }
        lines.append("Then: \(end). The saga is \(world.saga.status); \(states.joined(separator: ", ")).")
        return lines
    }

    public var description: String { lines.joined(separator: "\n") }
}

extension Move {
    func text(_ plan: Plan) -> String {
        func name(_ step: Int, _ item: Int = 0) -> String {
            if case .each = plan.steps[step].kind { return "\(plan.steps[step].name)[\(item)]" }
            return plan.steps[step].name
        }
        switch self {
        case .start(let queued): return queued ? "it starts in line for its locks" : "it starts"
        case .grantLocks: return "it gets its locks"
        case .carryOut(let step, let item): return "\(name(step, item)) is carried out"
        case .refuse(let step, let item, let round):
            return "\(name(step, item)) is refused" + (round > 1 ? " in round \(round)" : "")
        case .carryOutUndo(let step, let item): return "the undo of \(name(step, item)) is carried out"
        case .reply(let step, let item, let direction, let attempt, let reply):
            let number = attempt.map { " #\($0)" } ?? ""
            return "an answer arrives: \(direction.rawValue) \(name(step, item))\(number) \(reply.word)"
        case .decide(let step, let decision): return "\(name(step)): \(decision.text)"
        case .signal(let step, .accepted): return "what \(plan.steps[step].name) waits for comes"
        case .signal(let step, .refused): return "what comes for \(plan.steps[step].name) is a refusal"
        case .due(.step(let step)): return "\(name(step)) is due"
        case .due(.deadline): return "the deadline passes"
        case .due(.all): return "everything is due"
        case .returnCommand(let step, let direction): return "\(direction.rawValue) \(name(step)) comes back: no queue"
        case .holdBack(let move, let step): return "\(move.text(plan)); what is sent to \(name(step)) is held back"
        case .askForRetry(let step): return "a person asks for another attempt of \(name(step))"
        case .rule(let step, let resolution?): return "a person says that \(name(step)) is \(resolution.rawValue)"
        case .rule(let step, nil): return "a person has \(name(step)) passed over"
        case .pause: return "a person pauses it"
        case .resume: return "a person resumes it"
        case .abandon: return "a person abandons it"
        case .cancel: return "its parent asks for it to be undone"
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
        case .choice(let index, let cases):
            return "\(plan.steps[index].name)?" + cases.map { "(\($0.text(plan)))" }.joined()
        case .sequence(let nodes): return nodes.map { $0.text(plan) }.joined(separator: " -> ")
        case .parallel(_, let branches): return "[" + branches.map { $0.text(plan) }.joined(separator: " | ") + "]"
        }
    }
}

extension SagaEvent.Reply {
    fileprivate var word: String {
        switch self {
        case .done: "done"
        case .rejected: "rejected"
        case .retry: "retry"
        case .unknown: "unknown"
        case .working: "working"
        }
    }
}

extension SagaEvent.Decision {
    fileprivate var text: String {
        switch self {
        case .proceed: "its condition holds"
        case .skip: "its condition does not hold"
        case .chosen(let index?): "case \(index + 1) is taken"
        case .chosen(nil): "no case is taken"
        case .until(let time): time == .later ? "it is a pause" : "it is no pause"
        case .items(let count): count == 1 ? "1 item" : "\(count) items"
        case .failed: "the expression has no value"
        }
    }
}
