internal import SagaCore
internal import SagaValues

extension Stage {
    mutating func deliver(_ delivery: Delivery) {
        switch delivery {
        case .start:
            begin(.root, scenario.plan, child: nil)
            take(.root, .started(queued: scenario.queued != nil), scenario.input.bytes)
            if let queued = scenario.queued { schedule.add(.locks, at: now + queued) }
        case .locks:
            take(.root, .locksGranted)
        case .reply(let command, let answer):
            guard let (reply, body) = answer.reply else { return }
            self.reply(reply, body, to: command, attempt: command.dispatch.attempt, answer.text)
        case .returned(let command):
            guard isThere(command) else { return }
            tell("<- \(place(command)): no queue takes it")
            take(command.saga, .returned(step: command.dispatch.step, direction: command.dispatch.direction))
        case .published(let command):
            guard isThere(command) else { return }
            let body = JSON.object([:]).bytes
            take(
                command.saga,
                .replied(step: command.dispatch.step, direction: .do, attempt: nil, reply: .done), body)
        case .startItem(let command, let input): startItem(command, input)
        case .undoItem(let command): undoItem(command)
        case .ended(let child, let end):
            for (direction, reply, body) in end.replies {
                take(
                    child.parent,
                    .replied(
                        step: child.step, item: child.item, direction: direction, attempt: child.round, reply: reply),
                    body, isTold: false)
            }
        case .childReply(let command, let answer):
            guard participants.tells(command), let (reply, body) = answer.reply else { return }
            self.reply(reply, body, to: command, attempt: command.dispatch.round, answer.text)
        case .happening(let index):
            happen(index)
        }
    }

    private mutating func reply(
        _ reply: SagaEvent.Reply, _ body: [UInt8], to command: Delivery.Command, attempt: Int, _ text: String
    ) {
        guard isThere(command) else { return }
        let direction = command.dispatch.direction
        let asked = direction == .do ? "" : "\(direction.rawValue) "
        tell("<- \(asked)\(place(command)): \(text)")
        take(
            command.saga,
            .replied(step: command.dispatch.step, direction: direction, attempt: attempt, reply: reply), body)
    }

    /// Whether the saga that sent it is still the one in its place.
    func isThere(_ command: Delivery.Command) -> Bool { parts[command.saga]?.process.saga.id == command.id }

    func place(_ command: Delivery.Command) -> String {
        command.saga.step(parts[command.saga]?.process.plan.steps[command.dispatch.step].name ?? "")
    }

    // MARK: Items

    private mutating func startItem(_ command: Delivery.Command, _ input: JSON) {
        guard isThere(command), let (path, child, plan) = item(command) else { return }
        if let known = parts[path], (known.child?.round ?? 0) >= child.round {
            // Asked again how far it is.
            if let end = ChildEnd(known.process) { schedule.add(.ended(child, end), at: now) }
            return
        }
        begin(path, plan, child: child)
        take(path, .started(queued: false), input.bytes)
    }

    private mutating func undoItem(_ command: Delivery.Command) {
        guard isThere(command), let (path, child, plan) = item(command) else { return }
        let reason = StepError.undoneWithParent
        guard parts[path] != nil else {
            // Its start is still on the way, and must find its place taken.
            begin(path, plan, child: child)
            for (event, payload) in SagaEvent.neverBegun(reason) { take(path, event, payload) }
            return
        }
        let isTaken = take(path, .cancelledByParent(reason), reason.body)
        if let answer = parts[path]?.process.answerToUndo(isTaken: isTaken) {
            schedule.add(.ended(child, answer), at: now)
        }
    }

    private func item(_ command: Delivery.Command) -> (SagaPath, Child, Plan)? {
        guard let plan = parts[command.saga]?.process.plan,
            case .each(let each) = plan.steps[command.dispatch.step].kind
        else { return nil }
        let path = command.saga.item(plan.steps[command.dispatch.step].name, command.dispatch.item)
        let child = Child(
            parent: command.saga, step: command.dispatch.step, item: command.dispatch.item,
            round: command.dispatch.round)
        return (path, child, each.body)
    }

    // MARK: What happens by itself

    private mutating func happen(_ index: Int) {
        let happening = scenario.happenings[index]
        tell("*  \(happening.text)")
        let isEffective: Bool
        switch happening.what {
        case .event(let name, let data):
            events.append((name, data, index))
            // Whoever comes to wait for it later finds it.
            for path in order { find(events[(events.count - 1)...], in: path) }
            return
        case .approve(let place, let data):
            isEffective = signal(place, .accepted, data.bytes)
        case .refuse(let place, let reason):
            let error = StepError(code: "refused", message: reason)
            isEffective = signal(place, .refused(error), error.body)
        case .retry(let place):
            isEffective = retry(place)
        case .compensate(let text):
            let reason = person(text)
            isEffective = take(.root, .compensationRequested(StepError(body: reason)), reason)
        case .crash:
            crash()
            isEffective = true
        }
        if isEffective { record.effective.insert(index) }
    }

    private mutating func retry(_ place: Place) -> Bool {
        guard let step = stepIndex(of: place) else { return false }
        return take(place.saga, .retryRequested(step: step), person("asked to try again"))
    }

    private func person(_ reason: String) -> [UInt8] {
        JSON.object(["code": "operator", "message": .string(reason)]).bytes
    }

    private mutating func signal(_ place: Place, _ signal: SagaEvent.Signal, _ body: [UInt8]) -> Bool {
        guard let step = stepIndex(of: place) else { return false }
        return take(place.saga, .signalled(step: step, signal), body)
    }

    private func stepIndex(of place: Place) -> Int? {
        place.step.flatMap { parts[place.saga]?.process.plan.stepIndex(named: $0) }
    }

    /// Looks among events for what a saga listens for.
    mutating func find(_ events: ArraySlice<(name: String, data: JSON, happening: Int)>, in path: SagaPath) {
        for step in parts[path]?.process.saga.listening ?? [] {
            for event in events {
                guard let signal = parts[path]?.process.signal(of: event.data, named: event.name, for: step) else {
                    continue
                }
                let body = if case .refused(let error) = signal { error.body } else { event.data.bytes }
                if take(path, .signalled(step: step, signal), body) { record.effective.insert(event.happening) }
                break
            }
        }
    }
}
