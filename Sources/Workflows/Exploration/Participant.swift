import SagaCore
import SagaValues

/// What a participant's barrier holds about one step, and which commands were ever sent to it.
///
/// The network is the worst that there can be: a command or reply, once sent, may arrive at any time, any
/// number of times, in any order, or never. So nothing is ever taken out of it, and a loss, a duplicate,
/// a redelivery after a crash and a reordering need no moves of their own.
///
/// An effect at a provider, of which the barrier has no record since the provider's answer was lost, needs no outcome of
/// its own either: the next attempt, the probe and the undo find it there by its id, and a refusal is said only after it
/// was looked for there. So from the first command on it is what the barrier knows, however late it is learned.
struct Participant: Hashable {
    enum Outcome: UInt8 {
        case none, done, rejected, tombstone
    }

    enum Undo: UInt8 {
        case none
        /// The effect was reversed.
        case reversed
        /// There was no effect to reverse.
        case nothing
    }

    private(set) var outcome = Outcome.none
    /// The round that was refused: a later one is tried again.
    private(set) var refusedRound: UInt8 = 0
    private(set) var undo = Undo.none

    /// Attempts by their bits, sixteen for each of four rounds.
    private(set) var doSent: UInt64 = 0
    private(set) var probeSent: UInt16 = 0
    private(set) var undoSent: UInt16 = 0
    /// Attempts that were, or may have been, answered like this when it was true.
    private(set) var saidRejected: UInt16 = 0
    private(set) var saidNotDone: UInt16 = 0

    /// The attempts to do of a round, or of all of them.
    func doSent(round: Int) -> UInt16 { UInt16(truncatingIfNeeded: doSent >> (UInt64(round - 1) * 16)) }
    var doSentInAnyRound: UInt16 { doSent(round: 1) | doSent(round: 2) | doSent(round: 3) | doSent(round: 4) }
    static let rounds = 1...4
    static let attempts = 0..<16

    mutating func take(_ command: Dispatch) {
        precondition(Participant.attempts ~= command.attempt && Participant.rounds ~= command.round, "bounds too wide")
        let bit = UInt16(1) << UInt16(command.attempt)
        switch command.direction {
        case .do: doSent |= UInt64(bit) << (UInt64(command.round - 1) * 16)
        case .probe: probeSent |= bit
        case .undo: undoSent |= bit
        }
        answerDuplicates()
    }

    func hasBeenSent(_ command: Dispatch) -> Bool {
        let bit = UInt16(1) << UInt16(command.attempt)
        return switch command.direction {
        case .do: doSentInAnyRound & bit != 0
        case .probe: probeSent & bit != 0
        case .undo: undoSent & bit != 0
        }
    }

    /// Whether a command of this round would be carried out, and not answered from the barrier.
    func wouldDo(round: Int) -> Bool {
        guard doSent(round: round) != 0 else { return false }
        return switch outcome {
        case .none: true
        case .rejected: round > Int(refusedRound)
        case .done, .tombstone: false
        }
    }

    /// Whether any command on its way could still bring the effect about.
    var mayStillDo: Bool { Participant.rounds.contains(where: wouldDo) }

    /// The effect is there and will not go away by what was sent so far.
    var hasEffect: Bool { outcome == .done && undo != .reversed }

    mutating func carryOut() {
        outcome = .done
        answerDuplicates()
    }

    mutating func refuse(round: Int) {
        outcome = .rejected
        refusedRound = UInt8(round)
        answerDuplicates()
    }

    mutating func carryOutUndo() {
        undo = outcome == .done ? .reversed : .nothing
        if outcome != .done { outcome = .tombstone }
        answerDuplicates()
    }

    /// What any command on its way would be answered right now may be on its way already.
    private mutating func answerDuplicates() {
        switch outcome {
        case .none, .done: break
        case .rejected: for round in 1...Int(refusedRound) { saidRejected |= doSent(round: round) }
        case .tombstone: saidRejected |= doSentInAnyRound
        }
        if outcome != .done { saidNotDone |= probeSent }
    }

    // MARK: What has no influence any more

    /// Of the attempts of a round only that there were any matters: each bears the number of its round.
    ///
    /// - Parameter round: the present one, in which the participant may have been asked.
    mutating func forgetAttempts(round: Int) {
        var (sent, rejected) = (UInt64(0), UInt16(0))
        for round in Participant.rounds where doSent(round: round) != 0 {
            sent |= (1 << UInt64(round)) << (UInt64(round - 1) * 16)
            if saidRejected & doSent(round: round) != 0 { rejected |= 1 << UInt16(round) }
        }
        (doSent, saidRejected) = (sent, rejected)
        if probeSent != 0 { probeSent = 1 << UInt16(round) }
        if saidNotDone != 0 { saidNotDone = probeSent }
        if undoSent != 0 { undoSent = 2 }
    }

    /// The step is settled, so only what can still come of commands on their way matters.
    mutating func forget(_ phase: StepState.Phase) {
        var kept = Participant()
        kept.doSent = doSent == 0 ? 0 : 2
        switch phase {
        case .done:
            kept.outcome = outcome
        case .unknown, .undoing, .reundoing, .undoHeld:
            // What it answers to being done or asked is passed over, but that it is done. So all that is left is
            // whether it is, may yet be, or never will be.
            kept.undoSent = undoSent == 0 ? 0 : 2
            if undo != .none {
                kept.outcome = .tombstone
                kept.undo = .nothing
            } else if outcome == .done {
                kept.outcome = .done
            } else if outcome == .rejected, !mayStillDo {
                kept.outcome = .rejected
                kept.refusedRound = 1
            }
        case .undone:
            kept.outcome = .tombstone
            kept.undo = .nothing
            kept.undoSent = 2
        case .failed where outcome == .rejected || outcome == .tombstone:
            kept.outcome = outcome
            kept.refusedRound = outcome == .rejected ? 1 : 0
        default: return
        }
        self = kept
    }

    /// All that it holds; the last has 32 bits.
    var words: (UInt64, UInt64, UInt64) {
        (
            doSent,
            UInt64(outcome.rawValue) | UInt64(undo.rawValue) << 2 | UInt64(refusedRound) << 4
                | UInt64(probeSent) << 16 | UInt64(undoSent) << 32,
            UInt64(saidRejected) | UInt64(saidNotDone) << 16
        )
    }
}
