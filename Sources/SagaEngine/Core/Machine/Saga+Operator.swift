internal import SagaValues

extension Saga {
    /// A person asks for an attempt now: legal where the step waits for a person or for its next attempt.
    mutating func retryRequested(_ index: Int, _ context: inout Context) -> Transition.Ignored? {
        guard steps.indices.contains(index), !isPaused else { return .illegal }
        let direction: Direction
        switch steps[index].phase {
        case .held, .retrying:
            // Once the saga has failed, a step is not done any more, only found out about.
            direction = failure == nil ? .do : .probe
        case .reprobing: direction = .probe
        case .undoHeld, .reundoing: direction = .undo
        // Some of its items have failed, while others still run.
        case .doing where steps[index].incident != nil && steps[index].items != nil: direction = .do
        case .waiting, .doing, .probing, .done, .failed, .unknown, .undoing, .undone, .deciding, .pausing, .listening,
            .skipped:
            return .illegal
        }
        resolveIncident(index, &context)
        steps[index].round += 1
        steps[index].spent = 0
        switch direction {
        case .do:
            let round = steps[index].round
            steps[index].items?.restartFailed(round: round)
            begin(index, &context)
        case .undo where steps[index].items != nil: undoItemsAgain(index, &context)
        case .probe, .undo: send(index, direction, &context)
        }
        return nil
    }

    /// A person asks for the saga to be undone: legal until the pivot is done or may have been done.
    mutating func compensationRequested(_ reason: StepError, _ context: inout Context) -> Transition.Ignored? {
        guard !isPastPivot(context.plan) else { return .illegal }
        let held = steps.indices.filter { steps[$0].phase == .held }
        // One that has failed already may still wait for a person who can say no more than this.
        guard failure == nil || !held.isEmpty else { return .duplicate }
        guard !held.contains(where: { context.plan.steps[$0].pivot }) else { return .illegal }
        for index in held { settle(index, .unknown, &context) }
        fail(.cancelled, step: nil, error: reason)
        return nil
    }

    /// The parent unwinds: as if a person had asked, and legal for a completed child too.
    mutating func cancelledByParent(_ reason: StepError, _ context: inout Context) -> Transition.Ignored? {
        if let ignored = compensationRequested(reason, &context) { return ignored }
        if status == .completed { status = .running }
        return nil
    }

    /// Terminal is terminal, but for a completed child whose parent unwinds.
    func mayReopen(for event: SagaEvent) -> Bool {
        if case .cancelledByParent = event { status == .completed } else { false }
    }
}
