import SagaCore
import SagaValues
import Testing

/// What every kind of event does to a step in every phase that it can be in, as text.
///
/// A column a phase, a line an event. A cell is the phase afterwards, or why the event was ignored
/// (`late`, `dupl`, `early`, `illeg`). Marks: `>` a command of the step is sent, `!` an incident is
/// opened, `~` one is resolved.
struct Grid: Sendable, CustomStringConvertible {
    let situation: Situation
    let phases: [StepState.Phase]
    /// By the event's description; the cells stand in the order of `phases`.
    let lines: [String: [String]]

    init(_ situation: Situation, _ text: String) {
        self.situation = situation
        var lines = text.split(separator: "\n")
        phases = lines.removeFirst().split(separator: " ").compactMap { code in
            StepState.Phase.allCases.first { $0.code == code }
        }
        self.lines = Dictionary(
            lines.map { line in
                let parts = line.split(separator: "|").map { $0.split(separator: " ") }
                return (parts[0].joined(separator: " "), parts[1].map(String.init))
            }, uniquingKeysWith: { _, _ in [] })
    }

    func cell(_ phase: StepState.Phase, _ column: Column) -> String? {
        guard let index = phases.firstIndex(of: phase), let line = lines[column.description] else { return nil }
        return line.indices.contains(index) ? line[index] : nil
    }

    var description: String { situation.rawValue }
}

extension Run {
    /// What the machine does, in the manner of a grid's cell. This run itself stays as it is.
    func cell(_ situation: Situation, _ column: Column) -> String {
        let index = situation.step
        let isOld = situation == .oldAttempt || situation == .earlierRound
        let attempt = saga.steps[index].attempt - (isOld ? 1 : 0)
        let time = column == .timer ? saga.steps[index].due ?? now : now
        var saga = saga
        switch saga.handle(column.event(step: index, attempt: attempt), at: time, plan: plan) {
        case .ignored(let why): return why.code
        case .applied(let effects):
            return effects.reduce(saga.steps[index].phase.code) { text, effect in
                switch effect {
                case .dispatch(let command) where command.step == index: text + ">"
                case .openIncident(index, _): text + "!"
                case .resolveIncident(index, _): text + "~"
                case .dispatch, .decide, .listen, .stopListening, .openIncident, .resolveIncident, .reportLate, .end:
                    text
                }
            }
        }
    }
}

extension StepState.Phase {
    var code: String {
        switch self {
        case .waiting: "wait"
        case .doing: "doing"
        case .retrying: "retry"
        case .probing: "probe"
        case .reprobing: "reprb"
        case .done: "done"
        case .failed: "fail"
        case .unknown: "unkn"
        case .held: "held"
        case .undoing: "undo"
        case .reundoing: "reund"
        case .undone: "undn"
        case .undoHeld: "uheld"
        case .deciding: "decid"
        case .pausing: "pause"
        case .listening: "listn"
        case .skipped: "skip"
        }
    }
}

extension Transition.Ignored {
    fileprivate var code: String {
        switch self {
        case .duplicate: "dupl"
        case .late: "late"
        case .early: "early"
        case .illegal: "illeg"
        }
    }
}
