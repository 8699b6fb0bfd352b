import SagaCore
import SagaValues

extension World {
    /// What becomes of the saga when from here on every command is carried out and answered at once, and a
    /// person has every incident tried again. It should end.
    func inGoodWeather(_ plan: Plan) -> World {
        var world = self
        for _ in 0..<16 * (plan.steps.count * World.itemLimit + 1) {
            guard let moves = world.goodMoves(plan) else { break }
            for move in moves { _ = world.apply(move, plan) }
        }
        return world
    }

    /// What a helpful world does next; nil if it has ended, or nobody can help.
    private func goodMoves(_ plan: Plan) -> [Move]? {
        if saga.status.isTerminal { return nil }
        if saga.isPaused { return [.resume] }
        if saga.status == .queued { return [.grantLocks] }
        if saga.steps.contains(where: { $0.phase == .deciding }) {
            // The last but one, since the last is that there is no value.
            return undisturbedMoves(plan).dropLast().last.map { [$0] }
        }
        if let step = saga.listening.first { return [.signal(step: step, .accepted)] }
        if let command = saga.inFlight.first { return answer(command, plan) }
        if let due = saga.dues.first(where: { $0 != .deadline }) { return [.due(due)] }
        guard let held = saga.steps.firstIndex(where: { $0.incident != nil }),
            saga.steps[held].round < Participant.rounds.upperBound
        else { return nil }
        return [.askForRetry(step: held)]
    }

    private func answer(_ command: Dispatch, _ plan: Plan) -> [Move] {
        let (step, item) = (command.step, command.item)
        let participant = participant(step, item)
        let work: [Move]
        let isDone: Bool
        switch command.direction {
        case .do:
            let isWilling = participant.wouldDo(round: command.round)
            work = isWilling ? [.carryOut(step: step, item: item)] : []
            isDone = isWilling || participant.outcome == .done
        case .probe:
            work = []
            isDone = participant.outcome == .done
        case .undo:
            work = participant.undo == .none ? [.carryOutUndo(step: step, item: item)] : []
            isDone = true
        }
        let number = plan.steps[step].isCarriedOutByChildren ? command.round : command.attempt
        return work + [
            .reply(step: step, item: item, command.direction, attempt: number, isDone ? .done : .rejected(.no))
        ]
    }
}
