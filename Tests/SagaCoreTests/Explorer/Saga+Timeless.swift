import SagaValues

@testable import SagaCore

/// All that the explorer needs from inside of the machine: any due time may come before any other, so
/// times are taken out of a state, and so is what only names a row or tells a person something.
extension Saga {
    private static let later = Timestamp(microseconds: .max / 2)

    /// Afterwards two sagas that would do the same from here on are equal.
    mutating func forgetTimes() {
        revision = 1
        failure = failure.map { Failure($0.kind, step: $0.step) }
        for index in steps.indices {
            if steps[index].due != nil { steps[index].due = Saga.later }
            if steps[index].outputRevision != nil { steps[index].outputRevision = 1 }
            if let incident = steps[index].incident {
                steps[index].incident = Incident(cause: incident.cause, openedRevision: 1)
            }
            steps[index].error = nil
        }
    }

    enum Due: Hashable {
        case step(Int)
        case deadline
        case all
    }

    /// What can become due, in any order.
    var dues: [Due] {
        var dues: [Due] = isLate || deadline == nil || status.isTerminal ? [] : [.deadline]
        for index in steps.indices where steps[index].due != nil { dues.append(.step(index)) }
        return dues.count > 1 ? dues + [.all] : dues
    }

    mutating func becomeDue(_ due: Due, plan: Plan) -> Transition {
        switch due {
        case .step(let index):
            steps[index].due = startedAt
            return handle(.timerFired, at: startedAt, plan: plan)
        case .deadline: return handle(.timerFired, at: deadline ?? startedAt, plan: plan)
        case .all: return handle(.timerFired, at: Saga.later, plan: plan)
        }
    }

    /// The states of two steps that differ here behave differently.
    func word(_ index: Int) -> UInt64 {
        let step = steps[index]
        var word = UInt64(step.phase.rawValue)
        word |= UInt64(step.attempt) << 4 | UInt64(step.spent) << 12 | UInt64(step.round) << 20
        if step.due != nil { word |= 1 << 28 }
        if step.wentUnanswered { word |= 1 << 29 }
        if step.outputRevision != nil { word |= 1 << 30 }
        switch step.incident?.cause {
        case nil: break
        case .rejected: word |= 1 << 32
        case .exhausted: word |= 2 << 32
        case .unknown: word |= 3 << 32
        case .undoFailed: word |= 4 << 32
        case .unroutable: word |= 5 << 32
        }
        return word
    }
}
