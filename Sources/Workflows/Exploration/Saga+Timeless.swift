import SagaCore
import SagaValues

/// Any due time may come before any other, so times are taken out of a state, and so is what only names a row or tells
/// a person something.
extension Saga {
    private static let later = Timestamp(microseconds: .max / 2)

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

    /// Each output in a row of its own, as it is in a history: states that count as one do not tell where.
    var withRows: Saga {
        var saga = self
        for index in steps.indices where steps[index].outputRevision != nil {
            saga.steps[index].outputRevision = 2 + index
        }
        return saga
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
}

extension StepState {
    mutating func forgetTimes() {
        if due != nil { due = .later }
        if outputRevision != nil { outputRevision = 1 }
        bodyRevision = nil
        // The machine does not ask why it was held back.
        if heldBack != nil { heldBack = .breaker }
        if let incident { self.incident = Incident(cause: incident.cause, openedRevision: 1) }
        error = nil
    }

    /// Leaves of the numbers of attempts only how many are left, where they have an end: a late answer to one is no
    /// worse than one in time. The attempts of a round all bear its number.
    mutating func forgetAttempts(_ step: Step) {
        guard phase != .waiting else { return }
        let isUndo = isBeingUndone
        attempt = isUndo ? 1 : round
        let policy = isUndo ? step.undoRetry : step.retry
        if step.isCarriedOutByChildren || policy.attempts == nil { spent = 1 }
    }

    /// Takes out how it got where it is, where that has no influence any more.
    mutating func forgetPast() {
        // Where the output stands is only for those who read the history.
        outputRevision = nil
        // That it may have happened counts on, and that the saga did not wait for it.
        if phase != .unknown || ruling != .passedOver { ruling = nil }
        switch phase {
        case .done, .failed, .unknown, .undone, .skipped:
            // Whatever follows begins with a budget and numbers of its own.
            (attempt, spent, round, wentUnanswered) = (1, 1, 1, false)
        case .undoing, .reundoing:
            // It does not go forward again, so what became of its attempts to do is of no use.
            (round, wentUnanswered) = (1, false)
        case .undoHeld:
            (spent, round, wentUnanswered) = (1, 1, false)
        case .held:
            // The next attempt is one of a new round.
            spent = 1
        case .waiting, .doing, .retrying, .probing, .reprobing, .deciding, .pausing, .listening: break
        }
    }

    private var isBeingUndone: Bool {
        switch phase {
        case .undoing, .reundoing, .undoHeld: true
        case .waiting, .doing, .retrying, .probing, .reprobing, .done, .failed, .unknown, .held, .undone, .deciding,
            .pausing, .listening, .skipped:
            false
        }
    }

    /// All that is left of a state without times: two that differ have different ones.
    var word: UInt64 {
        precondition(0..<256 ~= attempt && 0..<256 ~= spent + 1 && 0..<32 ~= round, "bounds too wide")
        var word = UInt64(phase.rawValue)
        word |= UInt64(attempt) << 5 | UInt64(spent + 1) << 13 | UInt64(round) << 21
        if heldBack != nil { word |= 1 << 26 }
        if hasGoneOut { word |= 1 << 27 }
        if due != nil { word |= 1 << 28 }
        if wentUnanswered { word |= 1 << 29 }
        if outputRevision != nil { word |= 1 << 30 }
        switch ruling {
        case nil: break
        case .resolved: word |= 1 << 31
        case .passedOver: word |= 1 << 35
        }
        switch incident?.cause {
        case nil: break
        case .rejected: word |= 1 << 32
        case .exhausted: word |= 2 << 32
        case .unknown: word |= 3 << 32
        case .undoFailed: word |= 4 << 32
        case .unroutable: word |= 5 << 32
        }
        precondition(chosen ?? 0 < 255, "more cases than can be told apart")
        word |= UInt64(1 + (chosen ?? -1)) << 36
        guard let items else { return word }
        precondition(items.phases.count <= World.itemLimit, "bounds too wide")
        word |= 1 << 44
        for (place, phase) in items.phases.enumerated() {
            let round = items.round(of: place)
            precondition(round < 8, "bounds too wide")
            word |= (UInt64(phase.rawValue) | UInt64(round) << 3 | 1 << 6) << (45 + UInt64(place) * 7)
        }
        return word
    }
}
