internal import SagaCore
internal import SagaValues
internal import Synchronization

extension Engine {
    /// Takes batch after batch until the inbox is closed and empty, and everything sent is settled.
    func takeRounds(as node: NodeID) async {
        var runner = RoundRunner(engine: parts, node: node)
        await withDiscardingTaskGroup { sends in
            let configuration = parts.configuration
            while let inputs = await parts.inbox.take(
                limit: configuration.batchLimit, bytes: configuration.batchByteLimit)
            {
                for outgoing in await runner.run(inputs) {
                    guard !outgoing.messages.isEmpty else {
                        parts.watermark.withLock { $0.confirm(outgoing.batch) }
                        continue
                    }
                    let delivery = deliver(outgoing)
                    sends.addTask { await self.send(outgoing.messages, delivery) }
                }
            }
        }
    }

    /// Hands what a committed batch asks of this very engine to a later one, and sees to it that the batch counts as
    /// confirmed once everything has arrived.
    private func deliver(_ outgoing: RoundRunner.Outgoing) -> Delivery {
        let messages = outgoing.messages
        let parts = self.parts
        let delivery = Delivery(parts: 1 + messages.children.count + messages.waits.count) { outcome in
            let isLost = outcome == .lost
            parts.watermark.withLock { isLost ? $0.lose(outgoing.batch) : $0.confirm(outgoing.batch) }
            if isLost { parts.commandsLost.signal() }
        }
        parts.postpone(
            messages.children.map { .child($0, delivery) } + messages.waits.map { .listen($0, delivery) })
        return delivery
    }

    /// Sends what a committed batch decided, and notes whether the broker has it.
    private func send(_ messages: Messages, _ delivery: Delivery) async {
        async let published = publish(messages.events)
        let outcomes = messages.commands.isEmpty ? [] : await parts.bus.send(messages.commands)
        var isLost = false
        var news: [Input] = []
        for (command, outcome) in zip(messages.commands, outcomes) {
            switch outcome {
            case .confirmed: break
            case .unroutable: news.append(.returned(command.id))
            case .unconfirmed: isLost = true
            case .tooLarge(let bytes, let limit):
                let problem = "has a body of \(bytes) bytes, and \(limit) are the most that can be sent"
                news.append(.unsendable(command, code: "command-too-large", problem))
            case .invalid(let reason):
                news.append(.unsendable(command, code: "command-invalid", "cannot be sent: \(reason)"))
            }
        }
        if !news.isEmpty { parts.inbox.put(news) }
        if await !published { isLost = true }
        delivery.settle(isLost ? .lost : .arrived)
    }

    /// False if some of it may not have arrived.
    private func publish(_ events: [OutgoingEvent]) async -> Bool {
        guard !events.isEmpty else { return true }
        var isComplete = true
        var news: [Input] = []
        for (event, outcome) in zip(events, await parts.bus.publish(events)) {
            switch outcome {
            case .confirmed, .unroutable: news.append(.published(event.id))
            case .unconfirmed: isComplete = false
            case .tooLarge(let bytes, let limit):
                let message = "the event \(event.name) has a body of \(bytes) bytes, and \(limit) are the most"
                news.append(.unsendable(event.id, attempt: .max, StepError(code: "event-too-large", message: message)))
            case .invalid(let reason):
                let message = "the event \(event.name) cannot be published: \(reason)"
                news.append(.unsendable(event.id, attempt: .max, StepError(code: "event-invalid", message: message)))
            }
        }
        parts.inbox.put(news)
        return isComplete
    }

    /// What did not get out is made again from the store once the broker is back, so that nothing has to be
    /// kept in memory however long it is away.
    ///
    /// A broker that is there and takes nothing is asked at growing intervals.
    func recoverLostCommands() async {
        var pause = Backoff()
        var last: ContinuousClock.Instant?
        while !Task.isCancelled {
            await parts.commandsLost.wait()
            if let last, .now - last < .seconds(10) { await pause.next() } else { pause = Backoff() }
            await parts.bus.waitUntilReady()
            guard !Task.isCancelled, let node = parts.currentNode else { return }
            // If one is under way, it signals again when it is over and anything is left.
            let after = parts.watermark.withLock { $0.value }
            for own in parts.beginTakeOver(of: [.init(id: node, watermark: after)]) {
                parts.inbox.put([.takeOver(from: own.id, after: own.watermark, before: nil)])
            }
            last = .now
        }
    }
}

extension Input {
    /// - Parameter problem: goes on from "the command billing.charge of step charge".
    fileprivate static func unsendable(_ command: Command, code: String, _ problem: String) -> Input {
        let message = "the command \(command.action) of step \(command.id.step) \(problem)"
        return .unsendable(command.id, attempt: command.attempt, StepError(code: code, message: message))
    }
}
