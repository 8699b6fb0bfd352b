internal import SagaValues

/// The items of an `each`. Each is carried out and undone by a child saga, which answers once: that it has completed,
/// or that it could not and has undone itself.
extension Saga {
    /// The items are counted, or failed ones are started anew: as many as may run at once do.
    mutating func beginItems(_ index: Int, _ context: inout Context) {
        steps[index].phase = .doing
        expectAnswer(index, &context)
        carryOn(index, &context)
    }

    /// Starts further items or undoes them, as many as may be under way: none were while the saga was paused.
    mutating func carryOnItems(_ index: Int, _ context: inout Context) {
        guard steps[index].items != nil else { return }
        switch steps[index].phase {
        case .doing: if failure == nil { carryOn(index, &context) }
        case .undoing: carryOnUndoing(index, &context)
        case .waiting, .retrying, .probing, .reprobing, .done, .failed, .unknown, .held, .reundoing, .undone, .undoHeld,
            .deciding, .pausing, .listening, .skipped:
            break
        }
    }

    /// Starts further items; settles the step when there are none.
    private mutating func carryOn(_ index: Int, _ context: inout Context) {
        guard !isPaused, case .each(let each) = context.plan.steps[index].kind else { return }
        startItems(index, to: .doing, .do, atOnce: each.atOnce, &context)
        guard let items = steps[index].items, items.count(.doing) == 0 else { return }
        if items.count(.failed) > 0, each.onFailure == .undoAll {
            hold(index, .rejected, &context)
        } else {
            settle(index, .done, &context)
        }
    }

    /// The next items in order, undoing from the end, as long as fewer than `atOnce` are under way.
    private mutating func startItems(
        _ index: Int, to new: Items.Phase, _ direction: Direction, atOnce: Int, _ context: inout Context
    ) {
        while steps[index].items.map({ $0.count(new) < atOnce }) ?? false,
            let next = steps[index].items?.next(direction)
        {
            steps[index].items?.set(next, new)
            context.effects.append(.dispatch(dispatch(index, item: next, direction)))
        }
    }

    mutating func itemReplied(
        _ index: Int, _ item: Int, _ direction: Direction, round: Int?, _ reply: SagaEvent.Reply,
        _ context: inout Context
    ) -> Transition.Ignored? {
        guard let items = steps[index].items else { return .illegal }
        guard round.map({ $0 >= items.round(of: item) }) ?? true else { return .late }
        switch (direction, items.phases[item], reply) {
        case (.do, .doing, .done):
            steps[index].items?.set(item, .done)
            expectAnswer(index, &context)
            carryOn(index, &context)
        case (.do, .doing, .rejected(let error)):
            steps[index].items?.set(item, .failed)
            steps[index].error = error
            expectAnswer(index, &context)
            itemFailed(index, error, &context)
        case (.undo, .undoing, .done):
            steps[index].items?.set(item, .undone)
            expectAnswer(index, &context)
            carryOnUndoing(index, &context)
        case (.undo, .undoing, .rejected(let error)):
            steps[index].items?.set(item, .stuck)
            steps[index].error = error
            expectAnswer(index, &context)
            carryOnUndoing(index, &context)
        case (.undo, .stuck, .done):
            steps[index].items?.set(item, .undone)
            if steps[index].phase == .undoing || items.count(.stuck) == 1 { carryOnUndoing(index, &context) }
        case (.do, .done, .done), (.do, .failed, .rejected), (.undo, .undone, .done), (.undo, .stuck, .rejected):
            return .duplicate
        case (_, _, .retry), (_, _, .unknown), (_, _, .working), (.probe, _, _), (.do, _, .done), (.do, _, .rejected),
            (.undo, _, .done),
            (.undo, _, .rejected):
            return .late
        }
        return nil
    }

    private mutating func itemFailed(_ index: Int, _ error: StepError, _ context: inout Context) {
        guard case .each(let each) = context.plan.steps[index].kind else { return }
        switch each.onFailure {
        case .undoItem:
            carryOn(index, &context)
        case .undoAll where isPastPivot(context.plan):
            openIncident(index, .rejected, &context)
            carryOn(index, &context)
        case .undoAll:
            // The saga unwinds, and with it the other items.
            fail(.rejected, step: index, error: error)
        }
    }

    // MARK: Undo

    /// Turns round: what runs is told to undo itself, and so is what has completed.
    mutating func beginUndoOfItems(_ index: Int, _ context: inout Context) {
        steps[index].phase = .undoing
        steps[index].attempt += 1
        expectAnswer(index, &context)
        for item in steps[index].items?.phases.indices ?? 0..<0 where steps[index].items?.phases[item] == .doing {
            steps[index].items?.set(item, .undoing)
            context.effects.append(.dispatch(dispatch(index, item: item, .undo)))
        }
        carryOnUndoing(index, &context)
    }

    /// A person asks for the undo of those that could not be undone.
    mutating func undoItemsAgain(_ index: Int, _ context: inout Context) {
        for item in steps[index].items?.phases.indices ?? 0..<0 where steps[index].items?.phases[item] == .stuck {
            steps[index].items?.set(item, .done)
        }
        beginUndoOfItems(index, &context)
    }

    private mutating func carryOnUndoing(_ index: Int, _ context: inout Context) {
        guard !isPaused, case .each(let each) = context.plan.steps[index].kind else { return }
        startItems(index, to: .undoing, .undo, atOnce: each.atOnce, &context)
        guard let items = steps[index].items, items.count(.undoing) == 0 else { return }
        if items.count(.stuck) > 0 {
            hold(index, .undoFailed, &context)
        } else {
            settle(index, .undone, &context)
        }
    }

    // MARK: Asking again

    /// Children tell by themselves when they end. Whether that was lost is found out by asking again, seldomer and
    /// seldomer as long as nothing is heard.
    mutating func askChildrenAgain(_ index: Int, _ direction: Direction, _ context: inout Context) {
        // A saga that has failed tells them to turn round in this very event.
        if direction == .do, failure != nil, !context.plan.steps[index].pivot { return }
        guard let items = steps[index].items else {
            let spent = steps[index].spent
            send(index, direction, &context)
            steps[index].due = context.time + RetryPolicy.own.askingPause(after: spent)
            return
        }
        steps[index].attempt += 1
        steps[index].spent += 1
        steps[index].due = context.time + RetryPolicy.own.askingPause(after: steps[index].spent)
        for (item, direction) in items.inFlight {
            context.effects.append(.dispatch(dispatch(index, item: item, direction)))
        }
    }

    /// Something was heard, or begins: the next look is soon.
    private mutating func expectAnswer(_ index: Int, _ context: inout Context) {
        steps[index].attempt = max(steps[index].attempt, 1)
        steps[index].spent = 1
        steps[index].due = context.time + RetryPolicy.own.timeout
    }
}
