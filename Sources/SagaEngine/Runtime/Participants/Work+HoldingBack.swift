internal import SagaCore
internal import SagaValues

extension Work {
    /// Takes back what was about to be sent and may not go. What follows from that is asked for as well.
    mutating func holdBack(_ admission: inout Admission) {
        guard missing.isEmpty else { return }
        let isReturning = inputs.contains { input in
            switch input {
            case .timer, .release: true
            default: false
            }
        }
        var next = 0
        while next < outgoing.commands.count {
            let command = outgoing.commands[next]
            next += 1
            guard let step = loaded.plan.stepIndex(named: command.id.step) else { continue }
            let place = CommandPlace(saga: saga.id, step: step, direction: command.id.direction)
            let participant = Step.participant(of: command.action)
            guard let how = admission.ask(participant, place, isReturning: isReturning) else { continue }
            // It has moved on within this batch: then it goes, and is answered for nothing.
            guard apply(.heldBack(step: step, direction: place.direction, how), how.json.bytes, at: admission.now)
            else {
                continue
            }
            next -= 1
            outgoing.takeBack(next)
            held.append((participant, place))
        }
    }
}
