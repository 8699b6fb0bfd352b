public import Logging
public import ServiceLifecycle

/// Publishes messages on a connection of its own and tells what became of each.
///
/// Run it as a service: it connects, declares its topology, and keeps the connection up for ever. Consuming belongs on
/// another connection, for the broker may hold this one back.
public final class RabbitMQPublisher: Service {
    private let loop: PublisherLoop
    private let cell: StateCell
    private let counters = Counters.Published()
    private let mailbox = Mailbox<PublisherLoop.Letter>()
    private let drainTimeout: Duration

    /// - Parameter onStateChange: called on the connection's thread; it must return at once.
    public init(
        configuration: RabbitMQConfiguration,
        topology: Topology = Topology(),
        logger: Logger,
        onStateChange: @escaping @Sendable (RabbitMQState) -> Void = { _ in }
    ) {
        var logger = logger
        logger[metadataKey: "connection"] = "\(configuration.connectionName)"
        drainTimeout = configuration.drainTimeout
        cell = StateCell(onChange: onStateChange)
        loop = PublisherLoop(
            configuration: configuration,
            topology: topology,
            logger: logger,
            state: cell,
            counters: counters,
            mailbox: mailbox
        )
    }

    public var state: RabbitMQState { cell.state }
    public var statistics: RabbitMQStatistics { counters.values }

    /// Serves until a graceful shutdown, which waits for outstanding confirms up to
    /// ``RabbitMQConfiguration/drainTimeout``, or until its task is cancelled, which does not wait. Call it once.
    public func run() async throws {
        mailbox.open()
        await withTaskCancellationHandler {
            await withGracefulShutdownHandler {
                await loop.run()
            } onGracefulShutdown: {
                self.mailbox.post(.stop(within: self.drainTimeout))
            }
        } onCancel: {
            mailbox.post(.stop(within: .zero))
        }
    }

    /// Publishes messages and waits until each is settled; the outcomes are in the order of the messages.
    ///
    /// Any number of calls may be in flight. Without a connection every outcome is at once ``PublishOutcome/notSent(_:)``;
    /// while the broker is blocked the call waits. Cancellation does not end the wait, for the messages may be out.
    /// Messages of different exchanges are not kept in order among each other.
    ///
    /// - Parameter limit: for callers who can make their messages again: what is not settled by then is answered with
    ///   ``PublishOutcome/notSent(_:)``, and at once while more than ``RabbitMQConfiguration/unconfirmedLimit`` is
    ///   unsettled. So whatever the broker does, they keep little in memory. nil: waits as long as it takes.
    public func publish(_ messages: [OutgoingMessage], within limit: Duration? = nil) async -> [PublishOutcome] {
        guard !messages.isEmpty else { return [] }
        return await withCheckedContinuation { caller in
            guard !mailbox.post(.publish(messages, within: limit, caller)) else { return }
            let error = RabbitMQError(.stopped, "the publisher is not running")
            caller.resume(returning: messages.map { _ in .notSent(error) })
        }
    }

    /// Returns once messages can be published.
    ///
    /// Throws the error that stands in the way as soon as it is one that needs attention (wrong password, changed queue
    /// arguments), otherwise when `limit` is over. The publisher itself goes on trying.
    ///
    /// - Parameter orBlocked: whether a broker that holds publishers back will do; publishing waits for it then.
    public func waitUntilConnected(
        within limit: Duration = .seconds(30), orBlocked: Bool = true
    ) async throws(RabbitMQError) {
        try await cell.waitUntilConnected(within: limit, orBlocked: orBlocked)
    }
}
