import SagaCore
import SagaValues

extension World {
    /// All that can happen next.
    func moves(_ plan: Plan) -> [Move] {
        let moves = undisturbedMoves(plan)
        return left.holds > 0 ? moves + moves.flatMap { holds($0, plan) } : moves
    }

    /// Each participant's command that a move sends may be held back.
    private func holds(_ move: Move, _ plan: Plan) -> [Move] {
        var then = self
        let effects = then.apply(move, plan)?.effects ?? []
        return plan.steps.indices.filter { step in
            guard case .action = plan.steps[step].kind else { return false }
            return effects.command(of: step) != nil
        }.map { .holdBack(move, step: $0) }
    }

    /// All that can happen next if no command is held back.
    func undisturbedMoves(_ plan: Plan) -> [Move] {
        guard saga.revision > 0 else {
            return left.startsQueued ? [.start(queued: false), .start(queued: true)] : [.start(queued: false)]
        }
        // Expressions are answered before anything else is taken in.
        if let step = saga.steps.firstIndex(where: { $0.phase == .deciding }) { return decisions(step, plan) }
        if saga.status.isTerminal { return left.parentRequests > 0 ? [.cancel] : [] }
        var moves: [Move] = []
        if left.parentRequests > 0 { moves.append(.cancel) }
        if saga.status == .queued { moves.append(.grantLocks) }
        // While it is paused no time counts.
        for due in saga.isPaused ? [] : saga.dues { moves.append(.due(due)) }
        for step in saga.steps.indices {
            if saga.steps[step].phase == .listening { appendSignals(step, plan, &moves) }
            for item in 0..<(saga.steps[step].items?.phases.count ?? 1) {
                appendWork(step, item, plan, &moves)
                appendReplies(step, item, plan, &moves)
            }
            if left.retries > 0 { moves.append(.askForRetry(step: step)) }
        }
        if left.returns > 0 {
            for command in saga.inFlight {
                guard case .action = plan.steps[command.step].kind else { continue }
                moves.append(.returnCommand(step: command.step, command.direction))
            }
        }
        if left.undoRequests > 0 { moves.append(.askForUndo) }
        if saga.isPaused { moves.append(.resume) }
        if left.halts > 0 { moves += [.pause, .abandon] }
        if left.rulings > 0 { for step in saga.steps.indices { appendRulings(step, plan, &moves) } }
        return moves
    }

    /// What a person may say of a step who has found out the truth, and whom nothing on its way proves wrong later.
    private func appendRulings(_ step: Int, _ plan: Plan, _ moves: inout [Move]) {
        moves.append(.rule(step: step, nil))
        let participant = participant(step)
        if participant.hasEffect { moves.append(.rule(step: step, .done)) }
        if !participant.hasEffect, !participant.mayStillDo { moves.append(.rule(step: step, .notDone)) }
        if saga.steps[step].phase == .undoHeld { moves.append(.rule(step: step, .undone)) }
    }

    /// Whatever an expression may come to, and that it has no value.
    private func decisions(_ step: Int, _ plan: Plan) -> [Move] {
        let values: [SagaEvent.Decision] =
            switch (questions[step], plan.steps[step].kind) {
            case (.condition, _): [.skip, .proceed]
            case (.choice, .choice(let cases)):
                cases.indices.map { .chosen($0) } + (cases.contains { $0 == nil } ? [] : [.chosen(nil)])
            case (.pause, _): [.until(saga.startedAt), .until(.later)]
            case (.items, _): (0...World.itemLimit).map { .items($0) }
            case (.choice, _), (nil, _): []
            }
        return (values + [.failed(.no)]).map { .decide(step: step, $0) }
    }

    private func appendSignals(_ step: Int, _ plan: Plan, _ moves: inout [Move]) {
        moves.append(.signal(step: step, .accepted))
        switch plan.steps[step].kind {
        case .listen(let listen) where !listen.alternatives.contains { $0.rejection != nil }: break
        default: moves.append(.signal(step: step, .refused(.no)))
        }
    }

    /// What the participant of a step may do with the commands on their way to it.
    private func appendWork(_ step: Int, _ item: Int, _ plan: Plan, _ moves: inout [Move]) {
        let participant = participant(step, item)
        if participant.doSent != 0 {
            let rounds = Participant.rounds.filter { participant.wouldDo(round: $0) }
            if !rounds.isEmpty { moves.append(.carryOut(step: step, item: item)) }
            if plan.steps[step].mayBeRefused {
                for round in rounds { moves.append(.refuse(step: step, item: item, round: round)) }
            }
        }
        if participant.undoSent != 0, participant.undo == .none { moves.append(.carryOutUndo(step: step, item: item)) }
    }

    /// What may arrive from it. A `retry` or an `unknown` may answer any delivery: the participant's database, or a
    /// provider that it asks, may be away even if an earlier one was carried out.
    private func appendReplies(_ step: Int, _ item: Int, _ plan: Plan, _ moves: inout [Move]) {
        let participant = participant(step, item)
        let last = saga.steps[step].attempt
        let isChild = plan.steps[step].isCarriedOutByChildren
        func append(_ sent: UInt16, _ direction: Direction, _ reply: SagaEvent.Reply) {
            var rest = sent
            while rest != 0 {
                let attempt = rest.trailingZeroBitCount
                rest &= rest - 1
                let number = left.statesAttempts && !isChild ? attempt : nil
                moves.append(.reply(step: step, item: item, direction, attempt: number, reply))
                if number == nil { return }
            }
        }
        func answers(_ sent: UInt16, _ direction: Direction) {
            // Neither a child nor the broker puts anybody off.
            if case .action = plan.steps[step].kind { append(sent, direction, .retry(.busy, after: nil)) }
        }
        let doSent = participant.doSentInAnyRound
        if doSent != 0 {
            answers(doSent, .do)
            // To a probe and to an undo the machine takes it for a `retry`, in one and the same case.
            if case .action = plan.steps[step].kind { append(doSent, .do, .unknown(.lost, after: nil)) }
            if participant.outcome == .done { append(doSent, .do, .done) }
            if isChild {
                // A child names its round, so that what an earlier one said is known for that.
                for round in Participant.rounds where participant.saidRejected & participant.doSent(round: round) != 0 {
                    moves.append(.reply(step: step, item: item, .do, attempt: round, .rejected(.no)))
                }
            } else {
                append(participant.saidRejected, .do, .rejected(.no))
            }
        }
        if participant.probeSent != 0 {
            answers(participant.probeSent, .probe)
            if participant.outcome == .done { append(participant.probeSent, .probe, .done) }
            append(participant.saidNotDone, .probe, .rejected(.no))
        }
        if participant.undoSent != 0 {
            answers(participant.undoSent, .undo)
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

extension Step {
    /// Whether whoever carries it out can say no. The broker cannot.
    var mayBeRefused: Bool { if case .emit = kind { false } else { true } }
}

extension Timestamp {
    /// After everything that has a time of its own.
    static let later = Timestamp(microseconds: .max / 4)
}

extension StepError {
    static let no = StepError(code: "no", message: "it will not be done")
    static let busy = StepError(code: "busy", message: "not now")
    static let lost = StepError(code: "answer-lost", message: "nobody knows")
}
