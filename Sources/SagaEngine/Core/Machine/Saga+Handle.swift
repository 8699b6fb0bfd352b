public import SagaValues

extension Saga {
    /// Applies one event. Every pair of state and event has its answer; late and repeated messages are
    /// values, not errors.
    ///
    /// - Parameters:
    ///   - time: when it happened, by the clock of the database.
    ///   - plan: the version of the workflow that the saga goes by; of a move the one that it goes by from then on.
    public mutating func handle(_ event: SagaEvent, at time: Timestamp, plan: Plan) -> Transition {
        guard !status.isTerminal || mayReopen(for: event) else { return .ignored(.late) }
        let before = self
        revision += 1
        var context = Context(plan: plan, time: time)
        let ignored: Transition.Ignored? =
            switch event {
            case .started(let queued): started(queued: queued, &context)
            case .locksGranted: locksGranted(&context)
            case .replied(let step, let item, let direction, let attempt, let reply):
                replied(step, item: item, direction, attempt: attempt, reply, &context)
            case .returned(let step, let direction): returned(step, direction, &context)
            case .heldBack(let step, let direction, let how): heldBack(step, direction, how, &context)
            case .released(let step, let direction): released(step, direction, &context)
            case .timerFired: timerFired(&context)
            case .retryRequested(let step): retryRequested(step, &context)
            case .compensationRequested(let reason): compensationRequested(reason, &context)
            case .cancelledByParent(let reason): cancelledByParent(reason, &context)
            case .decided(let step, let decision): decided(step, decision, &context)
            case .signalled(let step, let signal): signalled(step, signal, &context)
            case .resolved(let step, let resolution): resolved(step, resolution, &context)
            case .skipRequested(let step, let isForced): skipRequested(step, isForced: isForced, &context)
            case .patched(let step): patched(step, context.plan)
            case .paused: paused()
            case .resumed: resumed(&context)
            case .abandoned: abandoned(&context)
            case .migrated(let move): migrated(move, &context)
            }
        if let ignored {
            self = before
            return .ignored(ignored)
        }
        advance(&context)
        return .applied(context.effects)
    }

    /// What one event is handled with: the plan, the time, and the effects so far.
    struct Context {
        let plan: Plan
        let time: Timestamp
        var effects: [SagaEffect] = []
    }

    private mutating func started(queued: Bool, _ context: inout Context) -> Transition.Ignored? {
        guard revision == 1 else { return .duplicate }
        status = queued ? .queued : .running
        return nil
    }

    private mutating func locksGranted(_ context: inout Context) -> Transition.Ignored? {
        guard status == .queued else { return .duplicate }
        status = .running
        return nil
    }

    /// After every event: start, undo or end whatever has become possible.
    private mutating func advance(_ context: inout Context) {
        guard !isPaused else { return }
        switch status {
        case .running where failure == nil:
            if goForward(context.plan.root, &context) { end(.completed, &context) }
        case .running, .compensating, .queued:
            guard failure != nil else { return }
            unwind(&context)
        case .completed, .compensated, .abandoned:
            return
        }
    }

    mutating func end(_ status: Status, _ context: inout Context) {
        self.status = status
        context.effects.append(.end(status))
    }
}
