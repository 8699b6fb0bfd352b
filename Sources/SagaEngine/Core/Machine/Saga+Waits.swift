public import SagaValues

/// Something that a saga waits for, and until when.
public struct Wait: Sendable, Hashable {
    /// The step that it is about; nil where it is the saga as a whole.
    public let step: Int?
    public let reason: Reason
    /// When it will go on by itself; nil if it will not.
    public let until: Timestamp?

    public enum Reason: Sendable, Hashable {
        /// Its turn for its lock keys.
        case locks
        /// Somebody to resume it.
        case resumption
        /// The participant's reply to a command. The attempts of a do and of an undo count on over all rounds;
        /// of a probe it is the how-manieth asking of this round.
        case reply(Direction, attempt: Int)
        /// The pause before the next attempt, counted likewise.
        case nextAttempt(Direction, after: Int)
        /// The participant's turn to get the next command: it was held back.
        case turn(Direction, HeldBack.Cause)
        /// The participant's queue, which is not there.
        case participant(Direction)
        /// A person.
        case person(Incident)
        /// Time to pass.
        case time
        /// One of these events.
        case event([String])
        /// The consent of somebody in this role.
        case approval(role: String)
        /// Child sagas: so many run, or undo themselves, of so many in all.
        case children(Direction, running: Int, of: Int)
    }
}

extension Saga {
    /// What it waits for at present. Never empty for a saga that has not ended, or it would be lost.
    public func waits(_ plan: Plan) -> [Wait] {
        guard !status.isTerminal else { return [] }
        let halt = isPaused ? [Wait(step: nil, reason: .resumption, until: nil)] : []
        if status == .queued { return halt + [Wait(step: nil, reason: .locks, until: isPaused ? nil : deadline)] }
        return halt
            + steps.indices.compactMap { index in
                steps[index].waitReason(plan.steps[index]).map { reason in
                    // Children are looked after from time to time; that is not when the saga goes on.
                    let isLook = plan.steps[index].isCarriedOutByChildren && steps[index].phase.directionInFlight != nil
                    return Wait(step: index, reason: reason, until: isLook || isPaused ? nil : steps[index].due)
                }
            }
    }
}

extension StepState {
    fileprivate func waitReason(_ step: Step) -> Wait.Reason? {
        switch phase {
        case .doing: step.isCarriedOutByChildren ? children(.do) : .reply(.do, attempt: attempt)
        case .probing: .reply(.probe, attempt: spent)
        case .undoing: step.isCarriedOutByChildren ? children(.undo) : .reply(.undo, attempt: attempt)
        case .pausing: .time
        case .listening: listening(step)
        case .retrying: pause(.do)
        case .reprobing: pause(.probe)
        case .reundoing: pause(.undo)
        case .held, .undoHeld: incident.map { .person($0) }
        case .waiting, .done, .failed, .unknown, .undone, .deciding, .skipped: nil
        }
    }

    private func children(_ direction: Direction) -> Wait.Reason {
        guard let items else { return .children(direction, running: 1, of: 1) }
        return .children(
            direction, running: items.count(direction == .do ? .doing : .undoing), of: items.phases.count)
    }

    private func listening(_ step: Step) -> Wait.Reason? {
        switch step.kind {
        case .listen(let listen): .event(listen.alternatives.map(\.event))
        case .approval(let approval): .approval(role: approval.role)
        case .action, .emit, .choice, .pause, .run, .each: nil
        }
    }

    private func pause(_ direction: Direction) -> Wait.Reason {
        if let heldBack { return .turn(direction, heldBack) }
        return incident?.cause == .unroutable
            ? .participant(direction) : .nextAttempt(direction, after: direction == .probe ? spent : attempt)
    }
}
