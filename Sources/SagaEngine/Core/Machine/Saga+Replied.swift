internal import SagaValues

extension Saga {
    mutating func replied(
        _ index: Int, item: Int, _ direction: Direction, attempt: Int?, _ reply: SagaEvent.Reply,
        _ context: inout Context
    ) -> Transition.Ignored? {
        guard steps.indices.contains(index) else { return .illegal }
        if let items = steps[index].items {
            guard items.phases.indices.contains(item) else { return .illegal }
            return itemReplied(index, item, direction, round: attempt, reply, &context)
        }
        guard item == 0 else { return .illegal }
        switch direction {
        case .do: return doReplied(index, attempt: attempt, reply, &context)
        case .probe: return probeReplied(index, attempt: attempt, reply, &context)
        case .undo: return undoReplied(index, attempt: attempt, reply, &context)
        }
    }

    private mutating func doReplied(
        _ index: Int, attempt: Int?, _ reply: SagaEvent.Reply, _ context: inout Context
    ) -> Transition.Ignored? {
        let phase = steps[index].phase
        switch (phase, reply) {
        // Done is done, however late it is said, as long as nothing has been built on the contrary.
        case (.doing, .done), (.retrying, .done), (.probing, .done), (.reprobing, .done), (.unknown, .done),
            (.held, .done):
            succeeded(index, &context)

        // A refusal is recorded by the participant: every other attempt of its round will be refused as well, and none
        // of those that nobody knew about has had an effect.
        case (.doing, .rejected(let error)), (.retrying, .rejected(let error)), (.probing, .rejected(let error)),
            (.reprobing, .rejected(let error)):
            guard steps[index].round == 1 || isCurrent(attempt, index, context.plan) else { return .late }
            refused(index, error, &context)

        // It speaks for this attempt alone. If an earlier one is in doubt, that one stays so.
        case (.doing, .retry(let error, let after)):
            guard isCurrent(attempt, index, context.plan) else { return .late }
            steps[index].error = error
            closeUnroutable(index, &context)
            tryAgain(index, after: after, &context)

        case (.doing, .unknown(let error, let after)) where isCurrent(attempt, index, context.plan):
            closeUnroutable(index, &context)
            leftInDoubt(index, error, after: after, &context)

        // Of an older attempt, which may have been delivered twice and been answered otherwise before: the doubt counts.
        case (.doing, .unknown), (.retrying, .unknown):
            guard !steps[index].wentUnanswered else { return .duplicate }
            steps[index].wentUnanswered = true

        case (.doing, .working):
            guard isCurrent(attempt, index, context.plan) else { return .late }
            closeUnroutable(index, &context)
            steps[index].due = context.time + context.plan.steps[index].retry.timeout

        case (.held, .rejected), (.unknown, .rejected): return .late
        case (.done, .done), (.failed, .rejected), (.retrying, .retry): return .duplicate
        case (.waiting, _), (.done, _), (.failed, _), (.undoing, _), (.reundoing, _), (.undone, _), (.undoHeld, _),
            (.retrying, .working), (.probing, .retry), (.probing, .unknown), (.probing, .working),
            (.reprobing, .retry), (.reprobing, .unknown), (.reprobing, .working), (.unknown, .retry),
            (.unknown, .unknown), (.unknown, .working), (.held, .retry), (.held, .unknown), (.held, .working),
            (.deciding, _), (.pausing, _), (.listening, _), (.skipped, _):
            return .late
        }
        return nil
    }

    private mutating func probeReplied(
        _ index: Int, attempt: Int?, _ reply: SagaEvent.Reply, _ context: inout Context
    ) -> Transition.Ignored? {
        switch (steps[index].phase, reply) {
        // As with a late answer to the do: done is done.
        case (.probing, .done), (.reprobing, .done), (.doing, .done), (.retrying, .done), (.unknown, .done),
            (.held, .done):
            succeeded(index, &context)

        // It has not happened yet; a command still under way could make it happen, so it is undone all the same.
        case (.probing, .rejected(let error)), (.reprobing, .rejected(let error)):
            steps[index].error = error
            giveUp(index, .exhausted, &context)

        // A probe changes nothing, so to one that could not tell it makes no difference why.
        case (.probing, .retry(let error, let after)), (.probing, .unknown(let error, let after)):
            guard isCurrent(attempt, index, context.plan) else { return .late }
            steps[index].error = error
            closeUnroutable(index, &context)
            probeAgain(index, after: after, &context)

        case (.probing, .working):
            guard isCurrent(attempt, index, context.plan) else { return .late }
            closeUnroutable(index, &context)
            steps[index].due = context.time + context.plan.steps[index].retry.timeout

        case (.done, .done), (.reprobing, .retry), (.reprobing, .unknown): return .duplicate
        case (.reprobing, .working), (.done, _), (.waiting, _), (.doing, _), (.retrying, _), (.failed, _),
            (.unknown, _), (.held, _), (.undoing, _), (.reundoing, _), (.undone, _), (.undoHeld, _), (.deciding, _),
            (.pausing, _), (.listening, _), (.skipped, _):
            return .late
        }
        return nil
    }

    private mutating func undoReplied(
        _ index: Int, attempt: Int?, _ reply: SagaEvent.Reply, _ context: inout Context
    ) -> Transition.Ignored? {
        switch (steps[index].phase, reply) {
        case (.undoing, .done), (.reundoing, .done), (.undoHeld, .done):
            settle(index, .undone, &context)

        // An undo of which nobody knows whether it happened is not undone: it is asked for again.
        case (.undoing, .retry(let error, let after)), (.undoing, .unknown(let error, let after)):
            guard isCurrent(attempt, index, context.plan) else { return .late }
            steps[index].error = error
            closeUnroutable(index, &context)
            undoAgain(index, after: after, &context)

        case (.undoing, .rejected(let error)):
            guard isCurrent(attempt, index, context.plan) else { return .late }
            steps[index].error = error
            closeUnroutable(index, &context)
            if context.plan.steps[index].isCarriedOutByChildren {
                // It is past its own point of no return: asking again does not help.
                hold(index, .undoFailed, &context)
            } else {
                undoAgain(index, after: nil, &context)
            }

        case (.undoing, .working):
            guard isCurrent(attempt, index, context.plan) else { return .late }
            closeUnroutable(index, &context)
            steps[index].due = context.time + context.plan.steps[index].undoRetry.timeout

        case (.undone, .done), (.reundoing, .retry), (.reundoing, .unknown), (.reundoing, .rejected):
            return .duplicate
        case (.reundoing, .working), (.undone, _), (.undoHeld, _), (.waiting, _), (.doing, _), (.retrying, _),
            (.probing, _), (.reprobing, _), (.done, _), (.failed, _), (.unknown, _), (.held, _), (.deciding, _),
            (.pausing, _), (.listening, _), (.skipped, _):
            return .late
        }
        return nil
    }

    /// The step's effect is committed; its output is in the row of this very event.
    mutating func succeeded(_ index: Int, _ context: inout Context) {
        settle(index, .done, &context)
        steps[index].outputRevision = revision
        steps[index].ruling = nil
    }

    /// A participant that does not say which attempt it answers is taken to answer the last. A child saga is asked
    /// again only how far it is, so it names the round that it was started in.
    private func isCurrent(_ attempt: Int?, _ index: Int, _ plan: Plan) -> Bool {
        let last = plan.steps[index].isCarriedOutByChildren ? steps[index].round : steps[index].attempt
        return attempt.map { $0 >= last } ?? true
    }

    /// Whoever answers is there.
    private mutating func closeUnroutable(_ index: Int, _ context: inout Context) {
        if steps[index].incident?.cause == .unroutable { resolveIncident(index, &context) }
    }
}
