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
        /// The participant's reply to a command. The attempts of a do and of an undo count on over all rounds;
        /// of a probe it is the how-manieth asking of this round.
        case reply(Direction, attempt: Int)
        /// The pause before the next attempt, counted likewise.
        case nextAttempt(Direction, after: Int)
        /// The participant's queue, which is not there.
        case participant(Direction)
        /// A person.
        case person(Incident)
    }
}

extension Saga {
    /// What it waits for at present. Never empty for a saga that has not ended, or it would be lost.
    public var waits: [Wait] {
        guard !status.isTerminal else { return [] }
        if status == .queued { return [Wait(step: nil, reason: .locks, until: deadline)] }
        return steps.indices.compactMap { index in
            steps[index].waitReason.map { Wait(step: index, reason: $0, until: steps[index].due) }
        }
    }
}

extension StepState {
    fileprivate var waitReason: Wait.Reason? {
        switch phase {
        case .doing: .reply(.do, attempt: attempt)
        case .probing: .reply(.probe, attempt: spent)
        case .undoing: .reply(.undo, attempt: attempt)
        case .retrying: pause(.do)
        case .reprobing: pause(.probe)
        case .reundoing: pause(.undo)
        case .held, .undoHeld: incident.map { .person($0) }
        case .waiting, .done, .failed, .unknown, .undone: nil
        }
    }

    private func pause(_ direction: Direction) -> Wait.Reason {
        incident?.cause == .unroutable
            ? .participant(direction) : .nextAttempt(direction, after: direction == .probe ? spent : attempt)
    }
}
