internal import SagaValues

extension Saga {
    /// Whether the point of no return has been passed.
    func isPastPivot(_ plan: Plan) -> Bool {
        // By index, for a step of a plan is dear to copy.
        steps.indices.contains { steps[$0].phase == .done && plan.steps[$0].pivot }
    }

    /// Starts every step whose turn it is; true once everything below `node` is complete.
    mutating func goForward(_ node: PlanNode, _ context: inout Context) -> Bool {
        switch node {
        case .step(let index):
            switch steps[index].phase {
            case .waiting:
                begin(index, &context)
                // What is over at once lets the next step begin at once.
                return steps[index].phase == .done
            case .done, .skipped:
                return true
            case .failed, .unknown:
                return context.plan.steps[index].optional || steps[index].ruling == .passedOver
            case .doing, .retrying, .probing, .reprobing, .held, .undoing, .reundoing, .undone, .undoHeld, .deciding,
                .pausing, .listening:
                return false
            }
        case .sequence(let nodes):
            for node in nodes {
                guard goForward(node, &context) else { return false }
            }
            return true
        case .choice(let index, let cases):
            guard goForward(.step(index), &context) else { return false }
            return steps[index].chosen.map { goForward(cases[$0], &context) } ?? true
        case .parallel(_, let branches):
            var isComplete = true
            for branch in branches where !goForward(branch, &context) {
                isComplete = false
            }
            return isComplete
        }
    }

    /// A step's turn has come, or a person wants it to be tried again: its condition is asked for once.
    mutating func begin(_ index: Int, _ context: inout Context) {
        if context.plan.steps[index].condition != nil, steps[index].chosen == nil {
            ask(index, .condition, &context)
        } else {
            perform(index, &context)
        }
    }

    /// Does what the step is there for.
    mutating func perform(_ index: Int, _ context: inout Context) {
        switch context.plan.steps[index].kind {
        case .action, .emit, .run: send(index, .do, &context)
        case .choice: ask(index, .choice, &context)
        case .pause(.fixed(let duration)): pause(index, until: context.time + duration, &context)
        case .pause(.computed): ask(index, .pause, &context)
        case .listen(let listen): self.listen(index, timeout: listen.timeout, &context)
        case .approval(let approval): listen(index, timeout: approval.timeout, &context)
        case .each: steps[index].items == nil ? ask(index, .items, &context) : beginItems(index, &context)
        }
    }

    /// Sends the next attempt of a step in a direction; while the saga is paused, as soon as it goes on.
    mutating func send(_ index: Int, _ direction: Direction, _ context: inout Context) {
        if isPaused {
            steps[index].forgetHolding()
            steps[index].phase = direction.phaseAhead
            steps[index].due = context.time
            return
        }
        let step = context.plan.steps[index]
        let policy: RetryPolicy
        steps[index].hasGoneOut = direction == .do && steps[index].mayHaveGoneOut
        steps[index].heldBack = nil
        switch direction {
        case .do: (steps[index].phase, policy) = (.doing, step.retry)
        case .probe: (steps[index].phase, policy) = (.probing, step.retry)
        case .undo: (steps[index].phase, policy) = (.undoing, step.undoRetry)
        }
        steps[index].attempt += 1
        steps[index].spent += 1
        steps[index].due = context.time + policy.timeout
        context.effects.append(.dispatch(dispatch(index, direction)))
    }

    /// Turns to another direction, with a fresh budget. A do may follow a probe, so these two share their
    /// numbers: an answer to an old attempt is never taken for one to the last.
    mutating func turn(_ index: Int, to direction: Direction, _ context: inout Context) {
        if direction == .undo { steps[index].attempt = 0 }
        steps[index].spent = 0
        if steps[index].items == nil {
            send(index, direction, &context)
        } else {
            beginUndoOfItems(index, &context)
        }
    }

    /// The step is settled in `phase`: nothing of it is in flight, and nobody has to look at it any more.
    mutating func settle(_ index: Int, _ phase: StepState.Phase, _ context: inout Context) {
        stopListening(index, &context)
        steps[index].forgetHolding()
        steps[index].phase = phase
        steps[index].due = nil
        resolveIncident(index, &context)
    }

    /// Records why the saga cannot finish; the first reason stays.
    mutating func fail(_ kind: Failure.Kind, step: Int?, error: StepError?) {
        guard failure == nil else { return }
        failure = Failure(kind, step: step, error: error)
    }

    // MARK: When a step does not succeed

    /// The participant refused: it has not happened and never will.
    mutating func refused(_ index: Int, _ error: StepError, _ context: inout Context) {
        steps[index].error = error
        let step = context.plan.steps[index]
        if step.optional {
            settle(index, .failed, &context)
        } else if isPastPivot(context.plan) {
            hold(index, .rejected, &context)
        } else {
            settle(index, .failed, &context)
            fail(.rejected, step: index, error: error)
        }
    }

    /// Nobody knows what became of an attempt to do: no reply came in time, or the participant does not know either.
    mutating func leftInDoubt(_ index: Int, _ error: StepError, after: Duration?, _ context: inout Context) {
        steps[index].wentUnanswered = true
        steps[index].error = error
        tryAgain(index, after: after, &context)
    }

    /// An attempt to do did not succeed, for now: try again, or see what to do without.
    mutating func tryAgain(_ index: Int, after: Duration?, _ context: inout Context) {
        let policy = context.plan.steps[index].retry
        let isSpent = policy.attempts.map { steps[index].spent >= $0 } ?? false
        // Once the saga has failed, a further attempt could only make work that must be undone again.
        if isSpent || failure != nil {
            ranOut(index, &context)
        } else {
            wait(index, .retrying, policy, after: after, &context)
        }
    }

    /// No attempt is left. Unless a refusal was recorded, a redelivered command could still make it happen.
    ///
    /// What to do about not knowing goes before what to do about failing: an optional step is asked about, or
    /// left to a person, if its workflow says so. Left out, `onUnknown` is `undo`, and then it is passed over.
    private mutating func ranOut(_ index: Int, _ context: inout Context) {
        let step = context.plan.steps[index]
        if steps[index].wentUnanswered {
            switch step.onUnknown {
            case .probe: turn(index, to: .probe, &context)
            case .incident: hold(index, .unknown, &context)
            case .undo: giveUp(index, .unknown, &context)
            }
        } else {
            giveUp(index, .exhausted, &context)
        }
    }

    /// The step is left as it is: it may have happened, so it is undone if the saga unwinds.
    mutating func giveUp(_ index: Int, _ kind: Failure.Kind, _ context: inout Context) {
        let step = context.plan.steps[index]
        if step.optional {
            settle(index, .unknown, &context)
        } else if step.pivot || isPastPivot(context.plan) {
            hold(index, kind == .unknown ? .unknown : .exhausted, &context)
        } else {
            settle(index, .unknown, &context)
            fail(kind, step: index, error: steps[index].error)
        }
    }

    /// Nobody but a person can say how to go on.
    mutating func hold(_ index: Int, _ cause: Incident.Cause, _ context: inout Context) {
        stopListening(index, &context)
        steps[index].forgetHolding()
        steps[index].phase = cause == .undoFailed ? .undoHeld : .held
        steps[index].due = nil
        openIncident(index, cause, &context)
    }

    mutating func openIncident(_ index: Int, _ cause: Incident.Cause, _ context: inout Context) {
        guard steps[index].incident?.cause != cause else { return }
        resolveIncident(index, &context)
        let incident = Incident(cause: cause, openedRevision: revision)
        steps[index].incident = incident
        context.effects.append(.openIncident(step: index, incident))
    }

    mutating func resolveIncident(_ index: Int, _ context: inout Context) {
        guard let incident = steps[index].incident else { return }
        steps[index].incident = nil
        context.effects.append(.resolveIncident(step: index, incident))
    }

    /// Waits in `phase` for the next attempt.
    mutating func wait(
        _ index: Int, _ phase: StepState.Phase, _ policy: RetryPolicy, after: Duration?, _ context: inout Context
    ) {
        let backoff = policy.backoff(after: steps[index].spent, seed: id, step: index)
        steps[index].forgetHolding()
        steps[index].phase = phase
        steps[index].due = context.time + Swift.max(backoff, Swift.min(after ?? .zero, RetryPolicy.longestRetryAfter))
    }
}
