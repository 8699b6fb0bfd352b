internal import SagaValues

extension Saga {
    /// Acts on every due time that has passed.
    mutating func timerFired(_ context: inout Context) -> Transition.Ignored? {
        // What becomes due meanwhile waits with the saga.
        guard !isPaused else { return .early }
        var hasFired = false
        if let deadline, !isLate, deadline <= context.time {
            isLate = true
            hasFired = true
            if isPastPivot(context.plan) {
                context.effects.append(.reportLate)
            } else {
                fail(.deadline, step: nil, error: nil)
            }
        }
        let due = steps.indices.filter { index in steps[index].due.map { $0 <= context.time } ?? false }
        // Those without an answer first: they may fail the saga, and then no attempt is made that would only have to be
        // undone, and no child is asked how far it is that will be told to turn round.
        let waiting = due.filter { steps[$0].phase.directionInFlight == nil }
        var unanswered = due.filter { steps[$0].phase.directionInFlight != nil }
        let plan = context.plan
        let firstChild = unanswered.partition { plan.steps[$0].isCarriedOutByChildren }
        for index in unanswered[..<firstChild] { dueTimePassed(index, &context) }
        for index in waiting { dueTimePassed(index, &context) }
        for index in unanswered[firstChild...] { dueTimePassed(index, &context) }
        return hasFired || !due.isEmpty ? nil : .early
    }

    private mutating func dueTimePassed(_ index: Int, _ context: inout Context) {
        switch steps[index].phase {
        case .doing where context.plan.steps[index].isCarriedOutByChildren:
            askChildrenAgain(index, .do, &context)
        case .undoing where context.plan.steps[index].isCarriedOutByChildren:
            askChildrenAgain(index, .undo, &context)
        case .pausing:
            settle(index, .done, &context)
        case .listening:
            refused(index, .expired, &context)
        case .doing:
            leftInDoubt(index, .unanswered, after: nil, &context)
        case .retrying:
            if failure == nil { send(index, .do, &context) }
        case .probing:
            steps[index].error = .unanswered
            probeAgain(index, after: nil, &context)
        case .reprobing:
            send(index, .probe, &context)
        case .undoing:
            steps[index].error = .unanswered
            undoAgain(index, after: nil, &context)
        case .reundoing:
            send(index, .undo, &context)
        case .waiting, .done, .failed, .unknown, .held, .undone, .undoHeld, .deciding, .skipped:
            preconditionFailure("a settled step has no due time")
        }
    }

    mutating func probeAgain(_ index: Int, after: Duration?, _ context: inout Context) {
        let step = context.plan.steps[index]
        let policy = step.retry
        if let attempts = policy.attempts, steps[index].spent >= attempts {
            if step.optional {
                // The saga can do without it, so it can do without an answer too.
                giveUp(index, .unknown, &context)
            } else {
                hold(index, .unknown, &context)
            }
        } else {
            wait(index, .reprobing, policy, after: after, &context)
        }
    }

    /// No queue took the command: an incident that names the participant, and another try until it appears.
    ///
    /// The attempt does not count, since nobody can have seen it.
    mutating func returned(_ index: Int, _ direction: Direction, _ context: inout Context) -> Transition.Ignored? {
        guard steps.indices.contains(index) else { return .illegal }
        guard steps[index].phase.directionInFlight == direction else { return .late }
        steps[index].phase = direction.phaseAhead
        steps[index].forgetHolding()
        steps[index].spent -= 1
        steps[index].due = context.time + RetryPolicy.unroutablePause
        // A failed saga does not try to do it again: what becomes of the step is decided in this very event.
        if direction != .do || failure == nil { openIncident(index, .unroutable, &context) }
        return nil
    }
}

extension StepError {
    static let unanswered = StepError(code: "no-reply", message: "no reply within the attempt's timeout")
    static let expired = StepError(code: "expired", message: "what it waited for did not come in time")
}
