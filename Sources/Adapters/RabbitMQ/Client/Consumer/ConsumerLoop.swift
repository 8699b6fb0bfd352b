internal import CRabbitMQ
internal import IOThreads
internal import Logging
internal import Synchronization

/// The consuming side: one connection on one thread, kept up for ever, with what was delivered and not answered.
actor ConsumerLoop {
    enum Letter: Sendable {
        case settle([DeliveryTag], AcknowledgementTracker.Verdict)
        /// The handler has returned for the last time.
        case handlerEnded
        /// Ends the intake, and the rest once everything handed over is answered or the time is up.
        case stop(within: Duration)
    }

    private static let channel: UInt16 = 1
    /// Shared, so that a tag given to the wrong consumer answers nothing.
    private static let generations = Atomic<UInt64>(0)

    private let thread: IOThread
    nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

    private let settings: ConsumerSettings
    private let state: StateCell
    private let counters: Counters
    private let mailbox: Mailbox<Letter>
    private let signal: LoopSignal
    private var reconnection: Reconnection

    private var connection: Connection?
    /// Identifies the channel that deliveries came on, so that answers to those of another one are dropped.
    private var generation: UInt64 = 0
    private var tracker = AcknowledgementTracker()
    private let handover: Handover

    init(
        settings: ConsumerSettings,
        logger: Logger,
        state: StateCell,
        counters: Counters.Published,
        mailbox: Mailbox<Letter>
    ) {
        thread = IOThread(name: "rabbitmq-con")
        signal = LoopSignal(thread: thread)
        handover = Handover(largestBatch: settings.largestBatch)
        self.settings = settings
        self.state = state
        self.counters = Counters(counters)
        self.mailbox = mailbox
        reconnection = Reconnection(policy: settings.configuration.reconnect, logger: logger)
    }

    nonisolated func run(_ handler: @escaping @Sendable ([Delivery]) async -> Void) async {
        let executor = LoopExecutor(thread)
        await withDiscardingTaskGroup { group in
            group.addTask { await self.handOver(to: handler) }
            group.addTask(executorPreference: executor) { await self.read() }
            await withTaskExecutorPreference(executor) { await maintain() }
            handover.close()
            mailbox.close()
        }
        state.set(.stopped)
        thread.stop()
    }

    /// Gives the handler all that has gathered while it was busy, again and again.
    private nonisolated func handOver(to handler: @Sendable ([Delivery]) async -> Void) async {
        while let batch = await handover.next() { await handler(batch) }
        mailbox.post(.handlerEnded)
    }

    // MARK: Answers

    private func read() async {
        while let letters = await mailbox.next() {
            for letter in letters {
                switch letter {
                case .settle(let tags, let verdict):
                    for tag in tags where tag.generation == generation { tracker.settle(tag.number, verdict) }
                case .stop(let limit):
                    handover.close()
                    signal.stop(by: .now + limit)
                case .handlerEnded:
                    break
                }
            }
            sendAnswers()
            await signal.wake()
        }
    }

    private func sendAnswers() {
        guard let connection else { return }
        let frames = tracker.takeFrames()
        guard !frames.isEmpty else { return }
        for frame in frames {
            switch frame {
            case .ack(let tag, let multiple):
                connection.send(CRABBITMQ_BASIC_ACK, channel: Self.channel) { _ in
                    amqp_basic_ack_t(delivery_tag: tag, multiple: multiple ? 1 : 0)
                }
            case .nack(let tag, let requeue):
                connection.send(CRABBITMQ_BASIC_NACK, channel: Self.channel) { _ in
                    amqp_basic_nack_t(delivery_tag: tag, multiple: 0, requeue: requeue ? 1 : 0)
                }
            }
        }
        counters.values.acknowledgementFrames += UInt64(frames.count)
    }

    // MARK: The connection

    private func maintain() async {
        defer { signal.end() }
        while !signal.isStopping {
            do throws(RabbitMQError) {
                let fresh = try await Connection.open(settings.configuration, signal: signal, counters: counters)
                try await prepare(fresh)
                counters.values.connects += 1
                reconnection.succeeded()
                state.set(.connected)
                try await serve(fresh)
                try await drain(fresh)
                await fresh.close(within: .seconds(1))
                forget()
            } catch {
                forget()
                guard !signal.isStopping else { return }
                state.set(.connecting(error))
                await signal.pause(for: reconnection.failed(error))
            }
        }
    }

    /// Declares the topology and starts consuming, on a channel of a new generation.
    private func prepare(_ connection: Connection) async throws(RabbitMQError) {
        try await connection.declare(settings.topology, on: Self.channel)
        startGeneration()
        try await connection.consume(
            queue: settings.queue,
            tag: settings.consumerTag,
            prefetch: settings.prefetch,
            generation: generation,
            on: Self.channel
        )
        self.connection = connection
        try takeDeliveries(connection)
    }

    /// Drops what the ended connection or channel leaves behind: the broker delivers it again.
    private func forget() {
        connection = nil
        startGeneration()
        handover.clear()
    }

    private func startGeneration() {
        generation = Self.generations.add(1, ordering: .relaxed).newValue
        tracker = AcknowledgementTracker()
    }

    private func serve(_ connection: Connection) async throws(RabbitMQError) {
        while !signal.isStopping {
            try await connection.turn()
            try takeDeliveries(connection)
            while let (_, method) = connection.decoder.nextMethod() {
                try connection.takeConnectionMethod(method)
                switch method {
                case .cancel: try await startAgain(connection)
                case .channelClose(let reason):
                    connection.acknowledgeClose(of: Self.channel)
                    throw ChannelFailure(reason: reason, subject: "queue '\(settings.queue)'").error
                default: break
                }
            }
            counters.publish()
        }
    }

    private func takeDeliveries(_ connection: Connection) throws(RabbitMQError) {
        let deliveries = connection.decoder.takeDeliveries()
        guard !deliveries.isEmpty else { return }
        for index in deliveries.indices where !tracker.delivered(deliveries[index].tag.number) {
            throw RabbitMQError(.protocolViolation, "delivery tags out of order")
        }
        counters.values.messagesDelivered += UInt64(deliveries.count)
        handover.offer(deliveries)
    }

    /// The queue was deleted under us: declares it and consumes again, on a new channel.
    private func startAgain(_ connection: Connection) async throws(RabbitMQError) {
        let error = RabbitMQError(.queueNotFound, "the broker ended the consumer: queue '\(settings.queue)' is gone")
        reconnection.logger.warning("\(error.message)", metadata: ["code": "\(error.code.rawValue)"])
        state.set(.connecting(error))
        forget()
        try await connection.closeChannel(Self.channel)
        _ = connection.decoder.takeDeliveries()
        try await prepare(connection)
        state.set(.connected)
    }

    // MARK: The end

    /// Ends the intake and waits until the handler is done and all it was given is answered, or time is up.
    private func drain(_ connection: Connection) async throws(RabbitMQError) {
        let tag = settings.consumerTag
        connection.send(CRABBITMQ_BASIC_CANCEL, channel: Self.channel) { arena in
            amqp_basic_cancel_t(consumer_tag: arena.shortText(tag), nowait: 1)
        }
        // What was not handed over stays unanswered, and goes back to the queue with the channel.
        var unanswered = handover.clear()
        while handover.isHandling || tracker.outstanding > unanswered, !signal.isOverdue {
            try await connection.turn(until: signal.stopDeadline)
            for delivery in connection.decoder.takeDeliveries() where tracker.delivered(delivery.tag.number) {
                unanswered += 1
            }
            while let (_, method) = connection.decoder.nextMethod() {
                try connection.takeConnectionMethod(method)
                if case .channelClose = method { return }
            }
        }
        counters.publish()
    }
}
