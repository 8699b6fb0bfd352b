internal import SagaValues

/// What can be said of many steps at once: all of a step's state but where its output is. In its place stands how many
/// rows of history lie between its output and that of the step before that has one.
///
/// Steps that nothing is under way of are of few kinds, however many they are: done at the first attempt and a row
/// later than the one before, passed over, not reached. So a state describes each kind once and names it by a letter,
/// see ``StepLetters``.
struct StepKind: Hashable {
    private let phase: StepState.Phase
    private let attempt: Int
    private let spent: Int
    private let round: Int
    private let wentUnanswered: Bool
    private let chosen: Int?
    private let ruling: StepState.Ruling?
    private let error: StepError?
    /// From the output before it to its own; nil if it has none. Branches of a `parallel` end in any order, so that it
    /// may be negative; it is never 0.
    private let distance: Int?

    /// Nil of what is written step by step: there is a time, an incident or a list that only it has.
    ///
    /// - Parameter row: where the step before it that has an output has it; the input's row if none has.
    init?(_ step: StepState, after row: Int) {
        guard step.due == nil, step.incident == nil, step.items == nil, step.bodyRevision == nil,
            step.heldBack == nil, !step.hasGoneOut
        else { return nil }
        phase = step.phase
        attempt = step.attempt
        spent = step.spent
        round = step.round
        wentUnanswered = step.wentUnanswered
        chosen = step.chosen
        ruling = step.ruling
        error = step.error
        distance = step.outputRevision.map { $0 - row }
    }

    /// In the form of a step, with the distance in the place of its output's row.
    var asStep: StepState {
        var step = StepState()
        step.phase = phase
        step.attempt = attempt
        step.spent = spent
        step.round = round
        step.wentUnanswered = wentUnanswered
        step.chosen = chosen
        step.ruling = ruling
        step.error = error
        step.outputRevision = distance
        return step
    }

    /// Where outputs are counted from: the input is in the first row.
    static let firstRow = 1
}
