public import SagaValues

/// Why a command was not sent when its turn had come, and when it is asked for again.
public struct HeldBack: Sendable, Hashable {
    public let cause: Cause
    /// When it is tried again at the latest.
    public let until: Timestamp

    public init(_ cause: Cause, until: Timestamp) {
        self.cause = cause
        self.until = until
    }

    public enum Cause: String, Sendable, Hashable, CaseIterable {
        /// The participant's circuit breaker lets no commands through.
        case breaker
        /// As many commands are in flight at the participant as may be.
        case inFlight = "in-flight"
        /// The participant gets as many commands a second as it may.
        case rate
    }
}

/// What others say about sending: not now, or now after all. Nothing is counted against a step for it.
extension Saga {
    /// The command was not sent. So it was no attempt: its number and its place in the budget are given back, and no
    /// timeout runs.
    mutating func heldBack(
        _ index: Int, _ direction: Direction, _ heldBack: HeldBack, _ context: inout Context
    ) -> Transition.Ignored? {
        guard steps.indices.contains(index), case .action = context.plan.steps[index].kind else { return .illegal }
        guard steps[index].phase.directionInFlight == direction else { return .late }
        steps[index].phase = direction.phaseAhead
        steps[index].attempt -= 1
        steps[index].spent -= 1
        steps[index].due = max(heldBack.until, context.time)
        steps[index].heldBack = heldBack.cause
        return nil
    }

    mutating func released(_ index: Int, _ direction: Direction, _ context: inout Context) -> Transition.Ignored? {
        guard steps.indices.contains(index) else { return .illegal }
        guard steps[index].heldBack != nil, steps[index].phase.directionAhead == direction else { return .late }
        // As it does for what becomes due.
        guard !isPaused else { return .early }
        send(index, direction, &context)
        return nil
    }
}

extension StepState {
    /// Whether a command to do it may have gone out by the time that the next one is sent.
    var mayHaveGoneOut: Bool {
        switch phase {
        case .waiting, .deciding: false
        case .retrying where heldBack != nil: hasGoneOut
        case .doing, .retrying, .probing, .reprobing, .done, .failed, .unknown, .held, .undoing, .reundoing, .undone,
            .undoHeld, .pausing, .listening, .skipped:
            true
        }
    }

    /// Whether it waits for its first command to be sent, so that there is nothing to be undone or found out.
    var isUntouched: Bool { phase == .retrying && heldBack != nil && !hasGoneOut }

    /// It is no longer about a command that may be held back. If it was, somebody has spoken for it whom it did not ask: it
    /// counts as asked.
    mutating func forgetHolding() {
        if heldBack != nil { attempt = max(attempt, 1) }
        heldBack = nil
        hasGoneOut = false
    }
}
