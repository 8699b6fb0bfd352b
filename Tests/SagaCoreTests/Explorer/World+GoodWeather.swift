import SagaCore
import SagaValues

extension World {
    /// What becomes of the saga when from here on every command is carried out and answered at once, and a
    /// person has every incident tried again. It should end.
    func inGoodWeather(_ plan: Plan) -> World {
        var world = self
        for _ in 0..<16 * (plan.steps.count + 1) {
            guard let moves = world.goodMoves else { break }
            for move in moves { _ = world.apply(move, plan) }
        }
        return world
    }

    /// What a helpful world does next; nil if it has ended, or nobody can help.
    private var goodMoves: [Move]? {
        if saga.status.isTerminal { return nil }
        if saga.status == .queued { return [.grantLocks] }
        if let command = saga.inFlight.first { return answer(command) }
        if let due = saga.dues.first(where: { $0 != .deadline }) { return [.due(due)] }
        guard let held = saga.steps.firstIndex(where: { $0.incident != nil }),
            saga.steps[held].round < Participant.rounds.upperBound
        else { return nil }
        return [.askForRetry(step: held)]
    }

    private func answer(_ command: Dispatch) -> [Move] {
        let participant = participants[command.step]
        let work: [Move]
        let isDone: Bool
        switch command.direction {
        case .do:
            let isWilling = participant.wouldDo(round: command.round)
            work = isWilling ? [.carryOut(step: command.step)] : []
            isDone = isWilling || participant.outcome == .done
        case .probe:
            work = []
            isDone = participant.outcome == .done
        case .undo:
            work = participant.undo == .none ? [.carryOutUndo(step: command.step)] : []
            isDone = true
        }
        return work + [
            .reply(step: command.step, command.direction, attempt: command.attempt, isDone ? .done : .rejected(.no))
        ]
    }
}
