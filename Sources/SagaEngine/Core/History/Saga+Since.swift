internal import SagaValues

/// What an event has changed, for those who tell of it: past events in a ``Narrative``, possible ones in an
/// ``Explanation``.
extension Saga {
    /// The steps that have been settled.
    func settled(since before: Saga) -> [Int] {
        steps.indices.filter { steps[$0].phase.isSettled && steps[$0].phase != before.steps[$0].phase }
    }

    /// The attempts that have been put off.
    ///
    /// - Parameter time: of the event.
    func planned(since before: Saga, at time: Timestamp) -> [Narrative.Planned] {
        steps.indices.compactMap { index in
            let (old, new) = (before.steps[index], steps[index])
            guard new.phase != old.phase || new.due != old.due, let due = new.due,
                let direction = new.phase.directionAhead
            else { return nil }
            return Narrative.Planned(step: index, direction: direction, after: due - time)
        }
    }
}
