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
                    guard !outgoing.commands.isEmpty else {
                        parts.watermark.withLock { $0.confirm(outgoing.batch) }
                        continue
                    }
                    sends.addTask { await self.send(outgoing) }
                }
            }
        }
    }

    /// Sends what a committed batch decided, and notes whether the broker has it.
    private func send(_ outgoing: RoundRunner.Outgoing) async {
        let outcomes = await parts.bus.send(outgoing.commands)
        var isLost = false
        var news: [Input] = []
        for (command, outcome) in zip(outgoing.commands, outcomes) {
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
        parts.watermark.withLock { isLost ? $0.lose(outgoing.batch) : $0.confirm(outgoing.batch) }
        if isLost { parts.commandsLost.signal() }
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
