internal import SagaValues

/// A person halts a saga, lets it go on, or closes it.
extension Saga {
    mutating func paused() -> Transition.Ignored? {
        guard !isPaused else { return .duplicate }
        isPaused = true
        return nil
    }

    /// What became due meanwhile is acted on at once.
    mutating func resumed(_ context: inout Context) -> Transition.Ignored? {
        guard isPaused else { return .duplicate }
        isPaused = false
        _ = timerFired(&context)
        for index in steps.indices { carryOnItems(index, &context) }
        return nil
    }

    /// Nothing is undone, and nothing waited for: where each step stood remains to be seen.
    mutating func abandoned(_ context: inout Context) -> Transition.Ignored? {
        isPaused = false
        for index in steps.indices {
            stopListening(index, &context)
            resolveIncident(index, &context)
        }
        end(.abandoned, &context)
        return nil
    }
}
