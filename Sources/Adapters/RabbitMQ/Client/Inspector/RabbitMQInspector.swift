internal import CRabbitMQ
internal import IOThreads

/// Looks at queues: how many messages wait there, and whether anybody takes them.
///
/// Has a connection of its own, which it opens at the first look and after a loss, and which holds nothing up: a look that
/// fails says so and is over. To be asked by one at a time, and more often than every other heartbeat, or it connects anew
/// each time.
public actor RabbitMQInspector {
    /// What a look finds.
    public struct Queue: Sendable, Hashable {
        public let messages: Int
        public let consumers: Int
    }

    private let thread = IOThread(name: "rabbitmq-look")
    public nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

    private let configuration: RabbitMQConfiguration
    private let signal: LoopSignal
    private var connection: Connection?
    private var hasChannel = false
    private var isBusy = false

    private static let channel: UInt16 = 1

    public init(configuration: RabbitMQConfiguration) {
        var configuration = configuration
        configuration.connectTimeout = min(configuration.connectTimeout, .seconds(3))
        configuration.requestTimeout = min(configuration.requestTimeout, .seconds(3))
        self.configuration = configuration
        signal = LoopSignal(thread: thread)
    }

    /// What is known of each queue; nil for one that is not there.
    public func look(at queues: [String]) async throws(RabbitMQError) -> [String: Queue?] {
        guard !isBusy else { throw RabbitMQError(.timedOut, "the last look is not over") }
        isBusy = true
        defer { isBusy = false }
        let isFresh = connection == nil
        do throws(RabbitMQError) {
            return try await lookOnce(at: queues)
        } catch {
            connection = nil
            // One that was idle for long may have been closed meanwhile.
            if isFresh { throw error }
        }
        do throws(RabbitMQError) {
            return try await lookOnce(at: queues)
        } catch {
            connection = nil
            throw error
        }
    }

    private func lookOnce(at queues: [String]) async throws(RabbitMQError) -> [String: Queue?] {
        let connection: Connection
        if let known = self.connection {
            connection = known
        } else {
            connection = try await Connection.open(
                configuration, signal: signal, counters: Counters(Counters.Published()))
            self.connection = connection
            hasChannel = false
        }
        var found: [String: Queue?] = [:]
        for queue in queues {
            if !hasChannel {
                try await connection.openChannel(Self.channel)
                hasChannel = true
            }
            do throws(RabbitMQError) {
                found[queue] = .some(try await connection.look(at: queue, on: Self.channel))
            } catch {
                // The broker closes the channel over it.
                guard error.code == .queueNotFound else { throw error }
                hasChannel = false
                found[queue] = .some(nil)
            }
        }
        return found
    }
}

extension Connection {
    nonisolated(nonsending) func openChannel(_ channel: UInt16) async throws(RabbitMQError) {
        send(CRABBITMQ_CHANNEL_OPEN, channel: channel) { _ in amqp_channel_open_t(out_of_band: amqp_empty_bytes) }
        _ = try await answer(on: channel, subject: "channel", until: .now + configuration.requestTimeout)
    }

    /// A declaration that makes nothing.
    nonisolated(nonsending) func look(
        at queue: String, on channel: UInt16
    ) async throws(RabbitMQError) -> RabbitMQInspector.Queue {
        let fits = output.method(CRABBITMQ_QUEUE_DECLARE, channel: channel) { arena in
            amqp_queue_declare_t(
                ticket: 0, queue: arena.shortText(queue), passive: 1, durable: 0, exclusive: 0, auto_delete: 0,
                nowait: 0, arguments: amqp_empty_table)
        }
        guard fits else { throw RabbitMQError(.invalidMessage, "queue '\(queue)': a name longer than 255 bytes") }
        let subject = "queue '\(queue)'"
        let answer = try await answer(on: channel, subject: subject, until: .now + configuration.requestTimeout)
        guard case .queueDeclareOk(let messages, let consumers) = answer else {
            throw RabbitMQError(.protocolViolation, "\(subject): the answer came out of turn")
        }
        return RabbitMQInspector.Queue(messages: messages, consumers: consumers)
    }
}
