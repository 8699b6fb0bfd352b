internal import SagaValues

extension Saga {
    /// A person asks for an attempt now: legal where the step waits for a person or for its next attempt.
    mutating func retryRequested(_ index: Int, _ context: inout Context) -> Transition.Ignored? {
        guard steps.indices.contains(index) else { return .illegal }
        let direction: Direction
        switch steps[index].phase {
        case .held, .retrying:
            // Once the saga has failed, a step is not done any more, only found out about.
            direction = failure == nil ? .do : .probe
        case .reprobing: direction = .probe
        case .undoHeld, .reundoing: direction = .undo
        case .waiting, .doing, .probing, .done, .failed, .unknown, .undoing, .undone: return .illegal
        }
        resolveIncident(index, &context)
        steps[index].round += 1
        steps[index].spent = 0
        send(index, direction, &context)
        return nil
    }

    /// A person asks for the saga to be undone: legal until the pivot is done or may have been done.
    mutating func compensationRequested(_ reason: StepError, _ context: inout Context) -> Transition.Ignored? {
        guard failure == nil else { return .duplicate }
        guard !isPastPivot(context.plan) else { return .illegal }
        for index in steps.indices where steps[index].phase == .held {
            guard !context.plan.steps[index].pivot else { return .illegal }
            settle(index, .unknown, &context)
        }
        fail(.cancelled, step: nil, error: reason)
        return nil
    }
}
