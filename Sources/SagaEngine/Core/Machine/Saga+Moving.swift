internal import SagaValues

extension Saga {
    /// How often a saga may move: each is kept with its state.
    public static let moveLimit = 100

    /// It goes on by the plan of the context, which is another version than it went by so far.
    mutating func migrated(_ move: VersionMove, _ context: inout Context) -> Transition.Ignored? {
        guard revision > 1, left.count < Saga.moveLimit, let moved = moved(by: move, to: context.plan) else {
            return .illegal
        }
        self = moved
        left.append(Leaving(revision: revision, version: move.from))
        return nil
    }

    /// The saga by another plan, as far as it has got; nil if something would be left behind, or does not fit there.
    package func moved(by move: VersionMove, to plan: Plan) -> Saga? {
        guard plan.version == move.to else { return nil }
        var moved = self
        moved.steps = plan.steps.map { _ in StepState() }
        var (taken, filled) = (Set<Int>(), Set<Int>())
        for kept in move.kept {
            guard steps.indices.contains(kept.from), plan.steps.indices.contains(kept.to),
                taken.insert(kept.from).inserted, filled.insert(kept.to).inserted,
                steps[kept.from].phase != .waiting
            else { return nil }
            let state = steps[kept.from].moved(kept, to: plan.steps[kept.to])
            guard state.fits(plan.steps[kept.to], status) else { return nil }
            moved.steps[kept.to] = state
        }
        guard steps.indices.allSatisfy({ taken.contains($0) || steps[$0].phase.mayBeLeft }) else { return nil }
        moved.deadline = plan.deadline.map { startedAt + $0 }
        // Who was late is told so again only where there is more time than there was.
        let isSooner = deadline.map { old in moved.deadline.map { $0 <= old } ?? false } ?? false
        moved.isLate = isLate && (failure != nil || isSooner)
        moved.failure = failure.map { Failure($0.kind, step: $0.step.flatMap(move.place), error: $0.error) }
        return moved
    }
}

extension StepState {
    fileprivate func moved(_ kept: VersionMove.Kept, to step: Step) -> StepState {
        var moved = self
        if phase == .skipped {
            // Nothing of it counts but that it was passed over, and in which attempt.
            moved = StepState()
            (moved.phase, moved.attempt) = (.skipped, attempt)
        } else if case .choice = step.kind {
            return moved
        } else if step.condition == nil {
            moved.chosen = nil
        } else if kept.isPastCondition {
            moved.chosen = 0
        }
        return moved
    }
}

extension StepState.Phase {
    /// Whether another version may do without it: it has no effect, and none to come.
    fileprivate var mayBeLeft: Bool {
        switch self {
        case .waiting, .failed, .undone, .skipped: true
        case .doing, .retrying, .probing, .reprobing, .done, .unknown, .held, .undoing, .reundoing, .undoHeld,
            .deciding,
            .pausing, .listening:
            false
        }
    }
}
