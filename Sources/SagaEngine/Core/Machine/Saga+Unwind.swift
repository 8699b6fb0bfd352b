internal import SagaValues

extension Saga {
    /// Undoes, once nothing is in flight forward, whatever comes next in reverse order.
    mutating func unwind(_ context: inout Context) {
        for index in steps.indices { stopAtOnce(index, &context) }
        if isPastPivot(context.plan) {
            // The pivot was in flight when the saga failed, and it succeeded: there is no way back.
            failure = nil
            if isLate { context.effects.append(.reportLate) }
            if goForward(context.plan.root, &context) { end(.completed, &context) }
            return
        }
        guard !steps.indices.contains(where: { steps[$0].phase.isSettlingForward }) else { return }

        let isClear = undo(context.plan.root, &context)
        if isClear, !steps.indices.contains(where: { steps[$0].phase == .undoHeld }) {
            end(.compensated, &context)
        } else {
            status = .compensating
        }
    }

    /// Ends whatever need not be waited for.
    private mutating func stopAtOnce(_ index: Int, _ context: inout Context) {
        switch steps[index].phase {
        case .retrying where steps[index].isUntouched:
            // Nobody was ever asked, so there is nobody to wait for and nothing to undo.
            settle(index, .skipped, &context)
        case .retrying:
            tryAgain(index, after: nil, &context)
        case .deciding, .pausing, .listening:
            settle(index, .skipped, &context)
        case .doing where context.plan.steps[index].isCarriedOutByChildren && !context.plan.steps[index].pivot:
            // A child saga may take days; it is told to turn round rather than waited for.
            turn(index, to: .undo, &context)
        case .waiting, .doing, .probing, .reprobing, .done, .failed, .unknown, .held, .undoing, .reundoing, .undone,
            .undoHeld, .skipped:
            break
        }
    }

    /// Undoes what is next below `node`; true once nothing below it stands in the way of what came before.
    private mutating func undo(_ node: PlanNode, _ context: inout Context) -> Bool {
        switch node {
        case .step(let index):
            return undoStep(index, &context)
        case .sequence(let nodes):
            for node in nodes.reversed() {
                guard undo(node, &context) else { return false }
            }
            return true
        case .parallel(_, let branches):
            var isClear = true
            for branch in branches where !undo(branch, &context) {
                isClear = false
            }
            return isClear
        case .choice(let index, let cases):
            return steps[index].chosen.map { undo(cases[$0], &context) } ?? true
        }
    }

    private mutating func undoStep(_ index: Int, _ context: inout Context) -> Bool {
        let step = context.plan.steps[index]
        switch steps[index].phase {
        case .done, .unknown:
            guard step.undo != nil else { return true }
            turn(index, to: .undo, &context)
            // Of a list without items there was nothing to undo.
            return steps[index].phase == .undone
        case .undoing, .reundoing:
            return false
        case .undoHeld:
            return step.onUndoFailure == .continue
        case .waiting, .failed, .undone, .skipped:
            return true
        case .doing, .retrying, .probing, .reprobing, .held, .deciding, .pausing, .listening:
            // Nothing is undone while a step is in flight forward.
            return false
        }
    }

    /// An attempt to undo did not succeed: an undo cannot be refused, only be late.
    mutating func undoAgain(_ index: Int, after: Duration?, _ context: inout Context) {
        let policy = context.plan.steps[index].undoRetry
        if let attempts = policy.attempts, steps[index].spent >= attempts {
            hold(index, .undoFailed, &context)
        } else {
            wait(index, .reundoing, policy, after: after, &context)
        }
    }
}
