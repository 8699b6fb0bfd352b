internal import SagaValues

extension Saga {
    /// Undoes, once nothing is in flight forward, whatever comes next in reverse order.
    mutating func unwind(_ context: inout Context) {
        for index in steps.indices where steps[index].phase == .retrying {
            tryAgain(index, after: nil, &context)
        }
        if isPastPivot(context.plan) {
            // The pivot was in flight when the saga failed, and it succeeded: there is no way back.
            failure = nil
            if isLate { context.effects.append(.reportLate) }
            if goForward(context.plan.root, &context) { end(.completed, &context) }
            return
        }
        guard !steps.contains(where: \.phase.isSettlingForward) else { return }

        let isClear = undo(context.plan.root, &context)
        if isClear, !steps.contains(where: { $0.phase == .undoHeld }) {
            end(.compensated, &context)
        } else {
            status = .compensating
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
        }
    }

    private mutating func undoStep(_ index: Int, _ context: inout Context) -> Bool {
        let step = context.plan.steps[index]
        switch steps[index].phase {
        case .done, .unknown:
            guard step.undo != nil else { return true }
            turn(index, to: .undo, &context)
            return false
        case .undoing, .reundoing:
            return false
        case .undoHeld:
            return step.onUndoFailure == .continue
        case .waiting, .failed, .undone:
            return true
        case .doing, .retrying, .probing, .reprobing, .held:
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
