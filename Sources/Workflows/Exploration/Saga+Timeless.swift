import SagaCore
import SagaValues

/// Any due time may come before any other, so times are taken out of a state, and so is what only names a row or tells
/// a person something.
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

    /// Takes out of a step how it got where it is, where that has no influence any more.
    ///
    /// - Parameter isEndless: its attempts have no end, so their number means nothing.
    mutating func forgetAttempts(_ index: Int, isEndless: Bool) {
        switch steps[index].phase {
        case .done, .failed, .unknown, .undone, .skipped:
            steps[index].attempt = 1
            steps[index].spent = 1
            steps[index].wentUnanswered = false
        case .doing, .retrying, .probing, .reprobing, .held, .undoing, .reundoing, .undoHeld, .deciding, .pausing,
            .listening:
            // How many are left matters, not what they are called: a late answer to one is no worse than one in time.
            let isUndo = [.undoing, .reundoing, .undoHeld].contains(steps[index].phase)
            steps[index].attempt = isUndo ? 1 : steps[index].round
            if isEndless { steps[index].spent = 1 }
        case .waiting: break
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
        word |= UInt64(step.attempt) << 5 | UInt64(step.spent) << 13 | UInt64(step.round) << 21
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
        word |= UInt64(1 + (step.chosen ?? -1)) << 36
        if let items = step.items {
            word |= 1 << 44
            for (place, phase) in items.phases.enumerated() {
                word |=
                    (UInt64(phase.rawValue) + UInt64(items.round(of: place)) << 3 + 1 << 5) << (45 + UInt64(place) * 6)
            }
        }
        return word
    }
}
