internal import SagaValues

/// Steps that the saga carries out by itself: it decides, lets time pass, or waits for what happens elsewhere.
extension Saga {
    /// Asks for an expression. The answer comes before anything else, so that no other event meets the step deciding.
    mutating func ask(_ index: Int, _ question: SagaEffect.Question, _ context: inout Context) {
        steps[index].phase = .deciding
        steps[index].attempt = max(steps[index].attempt, 1)
        steps[index].due = nil
        context.effects.append(.decide(step: index, question))
    }

    mutating func decided(
        _ index: Int, _ decision: SagaEvent.Decision, _ context: inout Context
    ) -> Transition.Ignored? {
        guard steps.indices.contains(index) else { return .illegal }
        guard steps[index].phase == .deciding else { return .late }
        switch (decision, context.plan.steps[index].kind) {
        case (.failed(let error), _):
            refused(index, error, &context)
        case (.skip, _):
            settle(index, .skipped, &context)
        case (.proceed, _):
            steps[index].chosen = 0
            perform(index, &context)
        case (.chosen(let chosen), .choice(let cases)):
            guard chosen.map(cases.indices.contains) ?? true else { return .illegal }
            steps[index].chosen = chosen
            settle(index, .done, &context)
        case (.until(let time), .pause):
            pause(index, until: time, &context)
        case (.items(let count), .each):
            guard 0...Each.itemLimit ~= count else { return .illegal }
            steps[index].items = Items(count: count)
            beginItems(index, &context)
        case (.chosen, _), (.until, _), (.items, _):
            return .illegal
        }
        return nil
    }

    // MARK: Time

    mutating func pause(_ index: Int, until time: Timestamp, _ context: inout Context) {
        steps[index].attempt = max(steps[index].attempt, 1)
        guard time > context.time else { return settle(index, .done, &context) }
        steps[index].phase = .pausing
        steps[index].due = time
    }

    // MARK: What happens elsewhere

    mutating func listen(_ index: Int, timeout: Duration?, _ context: inout Context) {
        steps[index].phase = .listening
        steps[index].attempt += 1
        steps[index].due = timeout.map { context.time + $0 }
        if case .listen = context.plan.steps[index].kind { context.effects.append(.listen(step: index)) }
    }

    mutating func stopListening(_ index: Int, _ context: inout Context) {
        guard steps[index].phase == .listening, case .listen = context.plan.steps[index].kind else { return }
        context.effects.append(.stopListening(step: index))
    }

    mutating func signalled(_ index: Int, _ signal: SagaEvent.Signal, _ context: inout Context) -> Transition.Ignored? {
        guard steps.indices.contains(index), context.plan.steps[index].waitsForSignal else { return .illegal }
        switch steps[index].phase {
        case .listening: break
        case .waiting: return .early
        case .done, .failed, .skipped: return .duplicate
        case .doing, .retrying, .probing, .reprobing, .unknown, .held, .undoing, .reundoing, .undone, .undoHeld,
            .deciding, .pausing:
            return .illegal
        }
        switch signal {
        case .accepted: succeeded(index, &context)
        case .refused(let error): refused(index, error, &context)
        }
        return nil
    }
}
