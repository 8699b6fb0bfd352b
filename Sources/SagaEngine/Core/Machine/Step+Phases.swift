extension Step {
    /// Whether a step of this kind ever is in a phase. What is stored otherwise is no state of its plan.
    func canBe(_ phase: StepState.Phase) -> Bool {
        switch phase {
        case .waiting, .deciding, .done, .failed, .held, .skipped: true
        case .doing: hasCommands || isEach
        case .retrying, .probing, .reprobing, .unknown: hasCommands
        case .undoing, .reundoing, .undone, .undoHeld: undo != nil
        case .pausing: if case .pause = kind { true } else { false }
        case .listening: waitsForSignal
        }
    }

    /// Whether it leaves something behind that has to be undone.
    package var hasEffect: Bool {
        switch kind {
        case .action, .run, .each: !readonly
        case .emit, .choice, .pause, .listen, .approval: false
        }
    }

    /// Whether somebody else carries it out, attempt by attempt.
    private var hasCommands: Bool {
        switch kind {
        case .action, .emit, .run: true
        case .choice, .pause, .listen, .approval, .each: false
        }
    }

    private var isEach: Bool { if case .each = kind { true } else { false } }
}
