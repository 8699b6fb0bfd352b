import SagaCore
import SagaValues

extension World {
    /// All that can happen next.
    func moves(_ plan: Plan) -> [Move] {
        guard saga.revision > 0 else {
            return left.startsQueued ? [.start(queued: false), .start(queued: true)] : [.start(queued: false)]
        }
        var moves: [Move] = []
        if saga.status == .queued { moves.append(.grantLocks) }
        for due in saga.dues { moves.append(.due(due)) }
        for step in participants.indices {
            appendWork(step, plan, &moves)
            appendReplies(step, &moves)
            if left.retries > 0 { moves.append(.askForRetry(step: step)) }
        }
        if left.returns > 0 {
            for command in saga.inFlight { moves.append(.returnCommand(step: command.step, command.direction)) }
        }
        if left.undoRequests > 0 { moves.append(.askForUndo) }
        return moves
    }

    /// What the participant of a step may do with the commands on their way to it.
    private func appendWork(_ step: Int, _ plan: Plan, _ moves: inout [Move]) {
        let participant = participants[step]
        if participant.doSent != 0 {
            let rounds = Participant.rounds.filter { participant.wouldDo(round: $0) }
            if !rounds.isEmpty { moves.append(.carryOut(step: step)) }
            for round in rounds { moves.append(.refuse(step: step, round: round)) }
        }
        if participant.undoSent != 0, participant.undo == .none { moves.append(.carryOutUndo(step: step)) }
    }

    /// What may arrive from it. A `retry` may answer any delivery: the participant's database may be away
    /// even if an earlier one was carried out.
    private func appendReplies(_ step: Int, _ moves: inout [Move]) {
        let participant = participants[step]
        let last = saga.steps[step].attempt
        func append(_ sent: UInt16, _ direction: Direction, _ reply: SagaEvent.Reply) {
            var rest = sent
            while rest != 0 {
                let attempt = rest.trailingZeroBitCount
                rest &= rest - 1
                moves.append(.reply(step: step, direction, attempt: left.statesAttempts ? attempt : nil, reply))
                if !left.statesAttempts { return }
            }
        }
        let doSent = participant.doSentInAnyRound
        if doSent != 0 {
            append(doSent, .do, .retry(.busy, after: nil))
            if participant.outcome == .done { append(doSent, .do, .done) }
            append(participant.saidRejected, .do, .rejected(.no))
        }
        if participant.probeSent != 0 {
            append(participant.probeSent, .probe, .retry(.busy, after: nil))
            if participant.outcome == .done { append(participant.probeSent, .probe, .done) }
            append(participant.saidNotDone, .probe, .rejected(.no))
        }
        if participant.undoSent != 0 {
            append(participant.undoSent, .undo, .retry(.busy, after: nil))
            if participant.undo != .none { append(participant.undoSent, .undo, .done) }
        }
        // Time is taken out, so all that is left of `working` is that it closes an incident.
        if saga.steps[step].incident?.cause == .unroutable {
            for direction in Direction.allCases {
                moves.append(.reply(step: step, direction, attempt: last, .working))
            }
        }
    }
}
