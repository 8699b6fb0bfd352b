import SagaCore
import SagaValues

/// One step as it stands in a ``World``: in the saga, at its participants, and what it has asked for.
struct StepPart: Hashable {
    var state: StepState
    var first: Participant
    /// Of the other item of an `each`.
    var second: Participant
    var question: SagaEffect.Question?

    /// Takes out what has no influence on what can happen from here on.
    ///
    /// - Parameter bounds: how much may go wrong, from the beginning.
    mutating func normalise(_ step: Step, _ bounds: Explorer.Bounds) {
        let merging = bounds.merging
        state.forgetTimes()
        // Whether the first command went out is asked only of one that is held back, or may yet be.
        if bounds.holds == 0 { state.hasGoneOut = false }
        guard merging >= .attempts else { return }
        let round = min(state.round, Participant.rounds.upperBound)
        state.forgetAttempts(step)
        first.forgetAttempts(round: round)
        second.forgetAttempts(round: round)
        guard merging >= .past else { return }
        state.forgetPast()
        if state.items == nil { first.forget(state.phase) }
    }

    var key: Key {
        let (one, two) = (first.words, second.words)
        return Key(
            step: state.word | UInt64(question?.number ?? 0) << 60, first: one.0, first2: one.1, second: two.0,
            second2: two.1, said: one.2 | two.2 << 32)
    }

    /// All that a part says: two parts are equal exactly when their keys are.
    struct Key: Hashable {
        let step: UInt64
        let first: UInt64
        let first2: UInt64
        let second: UInt64
        let second2: UInt64
        let said: UInt64

        func fingerprint(_ index: Int) -> UInt64 {
            var print = Fingerprint(seed: index + 1)
            for word in [step, first, first2, second, second2, said] { print.add(word) }
            return print.value
        }
    }
}

extension SagaEffect.Question {
    var number: UInt8 {
        switch self {
        case .condition: 1
        case .choice: 2
        case .pause: 3
        case .items: 4
        }
    }
}
