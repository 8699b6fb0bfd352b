internal import SagaValues

/// A person speaks for a step that waits for one: what became of it, that the saga can do without it, or what to ask
/// for instead.
extension Saga {
    /// The word of a person counts where nobody else's is to be had: for a step that is held or was given up, and for
    /// an undo that is held. Of child sagas each has its own.
    mutating func resolved(
        _ index: Int, _ resolution: SagaEvent.Resolution, _ context: inout Context
    ) -> Transition.Ignored? {
        guard steps.indices.contains(index), context.plan.steps[index].canBeResolved else { return .illegal }
        switch (resolution, steps[index].phase) {
        case (.done, .held), (.done, .unknown):
            succeeded(index, &context)
        case (.notDone, .held):
            // Behind the pivot it has to be done, or to be passed over.
            guard !isPastPivot(context.plan) || context.plan.steps[index].optional else { return .illegal }
            settle(index, .failed, &context)
            if !context.plan.steps[index].optional {
                fail(.rejected, step: index, error: steps[index].error ?? .notDone)
            }
        case (.notDone, .unknown) where steps[index].ruling == .passedOver:
            settle(index, .skipped, &context)
            return nil
        case (.notDone, .unknown):
            settle(index, .failed, &context)
        case (.undone, .undoHeld):
            settle(index, .undone, &context)
        case (.done, .done), (.notDone, .failed), (.undone, .undone):
            return .duplicate
        case (_, .waiting), (_, .doing), (_, .retrying), (_, .probing), (_, .reprobing), (_, .done), (_, .failed),
            (_, .unknown), (_, .held), (_, .undoing), (_, .reundoing), (_, .undone), (_, .undoHeld), (_, .deciding),
            (_, .pausing), (_, .listening), (_, .skipped):
            return .illegal
        }
        steps[index].ruling = .resolved
        return nil
    }

    /// The saga goes on as if the step were done, with the output that the person gives.
    ///
    /// It may have happened all the same: unless it was refused it is undone if the saga unwinds. A pivot is never
    /// passed over: whether there is a way back hangs on what became of it, and that can be said.
    mutating func skipRequested(
        _ index: Int, isForced: Bool, _ context: inout Context
    ) -> Transition.Ignored? {
        guard steps.indices.contains(index), failure == nil else { return .illegal }
        let step = context.plan.steps[index]
        guard steps[index].phase == .held, !step.pivot, step.skippable || isForced else { return .illegal }
        let mayHaveHappened = steps[index].incident?.cause != .rejected && step.canBe(.unknown)
        settle(index, mayHaveHappened ? .unknown : .skipped, &context)
        steps[index].outputRevision = revision
        steps[index].ruling = .passedOver
        return nil
    }

    /// The next command of the step has the body that the person gives, and so has its undo.
    mutating func patched(_ index: Int, _ plan: Plan) -> Transition.Ignored? {
        guard steps.indices.contains(index), steps[index].phase == .held, failure == nil,
            plan.steps[index].input != nil
        else { return .illegal }
        steps[index].bodyRevision = revision
        return nil
    }
}

extension Step {
    /// Whether a person can know what became of it: somebody else was asked, or something was to happen elsewhere.
    fileprivate var canBeResolved: Bool {
        switch kind {
        case .action, .emit, .listen: true
        case .choice, .pause, .approval, .run, .each: false
        }
    }
}

extension StepError {
    static let notDone = StepError(code: "not-done", message: "a person says that it has not happened")
}
