internal import IOThreads
internal import Logging

/// The publishing side: one connection on one thread, kept up for ever, with all calls that are in flight.
actor PublisherLoop {
    enum Letter: Sendable {
        case publish([OutgoingMessage], within: Duration?, CheckedContinuation<[PublishOutcome], Never>)
        /// Ends it after what is in flight has been settled, or when the time is up.
        case stop(within: Duration)
    }

    /// Bytes that may wait for the socket before further messages are kept back as they are.
    private static let outputLimit = 1 << 20
    /// How many messages a connection may owe a confirm beyond their time before it is given up.
    private static let lostLimit = 50_000

    private let thread: IOThread
    nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

    private let configuration: RabbitMQConfiguration
    private let topology: Topology
    private let state: StateCell
    private let counters: Counters
    private let mailbox: Mailbox<Letter>
    private let signal: LoopSignal
    private var reconnection: Reconnection

    private var connection: Connection?
    private var channels = PublishChannels()
    /// Calls with messages that have not been handed to the connection, in order.
    private var waiting = Queue<PublishCall>()
    /// Calls with a time limit, by its length: in the order of their deadlines.
    private var timed: [Duration: Queue<PublishCall>] = [:]
    private let load = PublishLoad()

    init(
        configuration: RabbitMQConfiguration,
        topology: Topology,
        logger: Logger,
        state: StateCell,
        counters: Counters.Published,
        mailbox: Mailbox<Letter>
    ) {
        thread = IOThread(name: "rabbitmq-pub")
        signal = LoopSignal(thread: thread)
        self.configuration = configuration
        self.topology = topology
        self.state = state
        self.counters = Counters(counters)
        self.mailbox = mailbox
        reconnection = Reconnection(policy: configuration.reconnect, logger: logger)
    }

    // MARK: Publishing

    private func accept(_ call: PublishCall, within limit: Duration?) {
        if signal.isStopping {
            call.giveUp(RabbitMQError(.stopped, "the publisher is shutting down"))
        } else if let connection {
            if let limit {
                guard load.bytes == 0 || load.bytes + call.bytes <= configuration.unconfirmedLimit else {
                    return call.giveUp(overdue("\(load.bytes) bytes wait for the broker already", connection))
                }
                timed[limit, default: Queue()].append(call)
            }
            call.count()
            waiting.append(call)
        } else {
            let reason = RabbitMQError(.cannotConnect, "there is no connection to RabbitMQ yet")
            call.giveUp(reconnection.lastError ?? reason)
        }
    }

    /// Answers those whose time is up.
    private func expire(_ connection: Connection) throws(RabbitMQError) {
        let now = ContinuousClock.now
        for limit in Array(timed.keys) {
            while let call = timed[limit]?.first, call.isOver || call.isDue(at: now) {
                timed[limit]?.removeFirst()
                if !call.isOver {
                    call.expire(overdue("the broker did not confirm it within \(limit)", connection))
                }
            }
        }
        while let call = waiting.first, call.isOver { waiting.removeFirst() }
        if load.lost > Self.lostLimit {
            throw RabbitMQError(.timedOut, "RabbitMQ owes \(load.lost) confirms for longer than it may")
        }
    }

    private func overdue(_ problem: String, _ connection: Connection) -> RabbitMQError {
        guard let reason = connection.blocked else { return RabbitMQError(.timedOut, problem) }
        return RabbitMQError(.blocked, "\(problem); it takes no messages: \(reason)")
    }

    /// When ``expire(_:)`` has something to do next.
    private var nextDeadline: ContinuousClock.Instant? {
        timed.values.compactMap { $0.first?.deadline }.min()
    }

    /// Hands waiting messages to the connection, as many as it may take now.
    private func pump(_ connection: Connection) {
        guard connection.blocked == nil else { return }
        while let call = waiting.first {
            while call.handled < call.messages.count {
                guard connection.output.count < Self.outputLimit,
                    let channel = channels.channel(for: call.messages[call.handled].exchange, on: connection)
                else { return }
                publish(call, on: channel, of: connection)
            }
            waiting.removeFirst()
        }
    }

    private func publish(_ call: PublishCall, on channel: PublishChannels.Channel, of connection: Connection) {
        let index = call.handled
        let message = call.messages[index]
        call.handled += 1
        let refusal = message.refusal(user: configuration.user)
        if let problem = refusal ?? connection.output.publish(message, channel: channel.number) {
            call.settle(index, .notSent(problem))
        } else {
            channel.tracker.published(PublishedMessage(call: call, index: index))
            counters.values.messagesPublished += 1
        }
    }

    // MARK: The connection

    nonisolated func run() async {
        let executor = LoopExecutor(thread)
        await withDiscardingTaskGroup { group in
            group.addTask(executorPreference: executor) { await self.read() }
            await withTaskExecutorPreference(executor) { await maintain() }
            mailbox.close()
        }
        state.set(.stopped)
        thread.stop()
    }

    private func read() async {
        while let letters = await mailbox.next() {
            for letter in letters {
                switch letter {
                case .publish(let messages, let limit, let caller):
                    let deadline = limit.map { ContinuousClock.now + $0 }
                    accept(PublishCall(messages, deadline: deadline, load: load, caller: caller), within: limit)
                case .stop(let limit): signal.stop(by: .now + limit)
                }
            }
            await signal.wake()
        }
    }

    private func maintain() async {
        defer { signal.end() }
        while !signal.isStopping {
            do throws(RabbitMQError) {
                let fresh = try await Connection.open(configuration, signal: signal, counters: counters)
                try await fresh.declare(topology, on: 1)
                connection = fresh
                counters.values.connects += 1
                reconnection.succeeded()
                try await serve(fresh)
                await fresh.close(within: .seconds(1))
                giveUp(
                    fresh.blocked.map { RabbitMQError(.blocked, "shut down while the broker takes no messages: \($0)") }
                        ?? RabbitMQError(.stopped, "the publisher shut down before the confirm came")
                )
            } catch {
                giveUp(error)
                guard !signal.isStopping else { return }
                state.set(.connecting(error))
                await signal.pause(for: reconnection.failed(error))
            }
        }
    }

    /// Settles everything that the present connection leaves behind.
    private func giveUp(_ error: RabbitMQError) {
        connection = nil
        for channel in channels.removeAll() {
            channel.tracker.abandon { $0.call.settle($0.index, .notSent(error)) }
        }
        while let call = waiting.removeFirst() { call.giveUp(error) }
        timed = [:]
    }

    /// Runs the connection until it fails or the publisher is to stop and has nothing left in flight.
    private func serve(_ connection: Connection) async throws(RabbitMQError) {
        while true {
            while let (number, method) = connection.decoder.nextMethod() {
                try take(method, on: number, of: connection)
            }
            showState(of: connection)
            try expire(connection)
            pump(connection)
            counters.publish()
            if signal.isStopping, signal.isOverdue || (waiting.isEmpty && channels.unsettled == 0) { return }
            try await connection.turn(until: [signal.stopDeadline, nextDeadline].compactMap { $0 }.min())
        }
    }

    private func showState(of connection: Connection) {
        let isNews = state.set(connection.blocked.map { .blocked(reason: $0) } ?? .connected)
        guard isNews, let reason = connection.blocked else { return }
        let code = RabbitMQError.Code.blocked.rawValue
        reconnection.logger.warning("RabbitMQ takes no messages: \(reason)", metadata: ["code": "\(code)"])
    }

    private func take(_ method: Inbound, on number: UInt16, of connection: Connection) throws(RabbitMQError) {
        try connection.takeConnectionMethod(method)
        if case .channelCloseOk = method { return channels.closed(number) }
        guard let channel = channels[number] else { return }
        switch method {
        case .ack(let tag, let multiple):
            channel.tracker.settle(tag, multiple: multiple) {
                $0.call.settle($0.index, .confirmed)
                counters.values.messagesConfirmed += 1
            }
        case .nack(let tag, let multiple):
            channel.tracker.settle(tag, multiple: multiple) { $0.call.settle($0.index, .nacked) }
        case .returned(let returned):
            guard let published = channel.tracker.returned(where: { $0.matches(returned) }) else { return }
            published.call.noteReturn(published.index, returned.reason)
        case .channelClose(let reason):
            connection.acknowledgeClose(of: number)
            channels.forget(channel)
            let error = Self.failure(reason, exchange: channel.exchange)
            reconnection.logger.debug("\(error.message)", metadata: ["code": "\(error.code.rawValue)"])
            channel.tracker.abandon { $0.call.settle($0.index, .notSent(error)) }
            // One of our own was deleted under us: only a new connection declares it again.
            if error.code == .exchangeNotFound, topology.exchanges.contains(where: { $0.name == channel.exchange }) {
                throw error
            }
        default: break
        }
    }

    private static func failure(_ reason: Inbound.Reason, exchange: String) -> RabbitMQError {
        let code: RabbitMQError.Code =
            switch reason.code {
            case 403: .permissionDenied
            case 404: .exchangeNotFound
            default: .channelClosed
            }
        return RabbitMQError(code, "publishing to exchange '\(exchange)': \(reason.text)")
    }
}
