internal import SagaCore
internal import SagaValues

extension Stage {
    /// Hands over what a saga wants sent.
    ///
    /// - Parameter isAgain: whether it may have been sent before, by an orchestrator that crashed.
    mutating func send(_ message: SagaMessage, of path: SagaPath, isAgain: Bool = false) {
        guard let saga = parts[path]?.process.saga else { return }
        func command(_ dispatch: Dispatch) -> Delivery.Command {
            Delivery.Command(saga: path, id: saga.id, dispatch: dispatch)
        }
        switch message {
        case .command(let dispatch, let action, let body):
            let command = command(dispatch)
            let verb = Verb(dispatch.direction)
            let isNew = participants.isNew(command)
            tellOf(command, verb, body, isNew: isNew, isAgain: isAgain)
            let name = verb == .probe ? "probe \(action)" : action
            let answer = participants.answer(to: command, keys(command, verb, name), scenario, now, &record)
            isNew ? schedule(answer, for: command) : scheduleAgain(answer, for: command)
        case .event(let dispatch, let name, let data):
            let command = command(dispatch)
            if participants.isNew(command) { record.events.append((name, data)) }
            tellOf(command, .emit, data, isNew: participants.isNew(command), isAgain: isAgain)
            participants.note(command, now)
            schedule.add(.published(command), at: now)
        case .startChild(let dispatch, .workflow(let name), let input):
            ask(command(dispatch), .do, "run \(name)", input, isAgain)
        case .startChild(let dispatch, .body, let input):
            schedule.add(.startItem(command(dispatch), input: input), at: now)
        case .undoChild(let dispatch):
            guard case .run(let child) = parts[path]?.process.plan.steps[dispatch.step].kind else {
                schedule.add(.undoItem(command(dispatch)), at: now)
                return
            }
            ask(command(dispatch), .undo, "compensate \(child.workflow)", .null, isAgain)
        case .listen:
            find(events[...], in: path)
        case .stopListening: break
        }
    }

    /// What a command is called in a script: the exact one first.
    private func keys(_ command: Delivery.Command, _ verb: Verb, _ name: String) -> [String] {
        let prefix = verb == .do ? "" : "\(verb.rawValue) "
        let step = parts[command.saga]?.process.plan.steps[command.dispatch.step].name ?? ""
        return [prefix + command.saga.step(step), prefix + step, name]
    }

    private mutating func schedule(_ answer: Answer, for command: Delivery.Command) {
        if let pause = answer.working, answer.after > pause {
            // A participant tells nobody more often than this.
            for count in 1...Swift.min(Int(answer.after / pause), 1000) where pause * count < answer.after {
                schedule.add(.reply(command, Answer(kind: .working)), at: now + pause * count)
            }
        }
        switch answer.kind {
        case .silence: break
        case .returned: schedule.add(.returned(command), at: now + answer.after)
        case .done, .rejected, .retry, .unknown, .working:
            for _ in 0..<(answer.isTwice ? 2 : 1) { schedule.add(.reply(command, answer), at: now + answer.after) }
        }
    }

    /// To a command that it knows a participant says what it said before. If it is still at it, that comes anyway.
    private mutating func scheduleAgain(_ answer: Answer, for command: Delivery.Command) {
        switch answer.kind {
        case .silence, .working: break
        case .returned: schedule.add(.returned(command), at: now + answer.after)
        case .done, .rejected, .retry, .unknown:
            guard participants.hasAnswered(command, now) else { return }
            schedule.add(.reply(command, answer), at: now)
        }
    }

    /// Asks a child saga that is not played here: it answers as a participant would, once for each round.
    private mutating func ask(
        _ command: Delivery.Command, _ verb: Verb, _ name: String, _ input: JSON, _ isAgain: Bool
    ) {
        switch participants.look(at: command, now) {
        case .underWay: return
        case .ended(let answer): schedule.add(.childReply(command, answer), at: now)
        case .new:
            tellOf(command, verb, input, isNew: true, isAgain: isAgain)
            let answer = participants.answer(to: command, keys(command, verb, name), scenario, now, &record)
            participants.began(command, answer, until: now + answer.after)
            if case .silence = answer.kind { return }
            for _ in 0..<(answer.isTwice ? 2 : 1) { schedule.add(.childReply(command, answer), at: now + answer.after) }
        }
    }

    /// Writes down what is sent, and lets happen what waits for it.
    private mutating func tellOf(
        _ command: Delivery.Command, _ verb: Verb, _ body: JSON, isNew: Bool, isAgain: Bool
    ) {
        let sent = SentCommand(
            verb: verb.rawValue, saga: command.saga.text, place: place(command), body: body, at: elapsed)
        let attempt = command.dispatch.attempt > 1 ? ", attempt \(command.dispatch.attempt)" : ""
        tell("-> \(sent.text)\(attempt)\(isAgain ? ", sent again" : "")")
        guard isNew else { return }
        let isFirst = !record.commands.contains { $0.text == sent.text }
        record.commands.append(sent)
        guard isFirst else { return }
        for (index, happening) in scenario.happenings.enumerated() {
            guard case .upon(sent.text, after: let after) = happening.when else { continue }
            schedule.add(.happening(index), at: now + after)
        }
    }

    // MARK: Crashes

    /// All that is only in memory is lost: sagas are read again as they are stored, and send what they have in flight.
    mutating func crash() {
        schedule.removeAll(where: \.isInMemory)
        for path in order {
            guard let part = parts[path] else { continue }
            let (saga, plan) = (part.process.saga, part.process.plan)
            guard let stored = saga.decoded(plan), stored == saga else {
                return fault("the stored state of \(name(path)) does not give it again")
            }
            // When it crashes after every event, that is found out after every event as well.
            let folded =
                crashes != .asWritten ? part.folded : try? Saga(folding: part.history, id: saga.id, plan: plan)
            guard folded == saga else {
                return fault("the history of \(name(path)) does not fold to its state")
            }
            let kept = stored.payloadRevisions
            let payloads = part.history.filter { kept.contains($0.revision) }.map { ($0.revision, $0.data) }
            parts[path]?.process = SagaProcess(
                saga: stored, data: SagaData(payloads: Dictionary(uniqueKeysWithValues: payloads)), plan: plan,
                updatedAt: part.process.updatedAt)
            for message in parts[path]?.process.messagesInFlight() ?? [] { send(message, of: path, isAgain: true) }
        }
    }
}

extension Verb {
    init(_ direction: Direction) {
        self =
            switch direction {
            case .do: .do
            case .undo: .undo
            case .probe: .probe
            }
    }
}
