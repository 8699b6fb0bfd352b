internal import CRabbitMQ
internal import IOThreads
internal import SagaValues

extension Connection {
    /// Connects, secures and logs in. The time limit is for all of it.
    nonisolated(nonsending) static func open(
        _ configuration: RabbitMQConfiguration,
        signal: LoopSignal,
        counters: Counters
    ) async throws(RabbitMQError) -> Connection {
        let deadline = ContinuousClock.now + configuration.connectTimeout
        let tls = try configuration.tls.map { options throws(RabbitMQError) in
            try TLSSession(options, host: configuration.host)
        }
        let socket = try await Socket.connect(
            host: configuration.host,
            port: configuration.port,
            until: deadline,
            signal: signal
        )
        let connection = Connection(
            socket: socket,
            tls: tls,
            configuration: configuration,
            signal: signal,
            counters: counters
        )
        try await connection.secure(until: deadline)
        try await connection.logIn(until: deadline)
        return connection
    }

    private nonisolated(nonsending) func logIn(until deadline: ContinuousClock.Instant) async throws(RabbitMQError) {
        output.appendProtocolHeader()
        guard case .start(let mechanisms) = try await handshake("greeting", deadline) else { throw Self.outOfTurn }
        guard mechanisms.split(separator: " ").contains("PLAIN") else {
            throw RabbitMQError(.loginRefused, "the broker offers no PLAIN login, only: \(mechanisms)")
        }
        let name = configuration.connectionName
        let response = "\0\(configuration.user)\0\(configuration.password.reveal())"
        guard name.utf8.count + response.utf8.count < 2048 else {
            throw RabbitMQError(
                .loginRefused, "connection name, user and password together are longer than 2,048 bytes")
        }
        send(CRABBITMQ_CONNECTION_START_OK, channel: 0) { arena in
            amqp_connection_start_ok_t(
                client_properties: arena.table(Self.clientProperties(name: name)),
                mechanism: arena.shortText("PLAIN"),
                response: arena.longText(response),
                locale: arena.shortText("en_US")
            )
        }
        guard case .tune(let channelMax, let frameMax, let heartbeat) = try await handshake("login", deadline) else {
            throw Self.outOfTurn
        }
        tune(channelMax: channelMax, frameMax: frameMax, heartbeat: heartbeat)
        let vhost = configuration.vhost
        guard vhost.utf8.count <= Arena.shortTextLimit else {
            throw RabbitMQError(.loginRefused, "the name of the virtual host is longer than 255 bytes")
        }
        send(CRABBITMQ_CONNECTION_OPEN, channel: 0) { arena in
            amqp_connection_open_t(
                virtual_host: arena.shortText(vhost),
                capabilities: amqp_empty_bytes,
                insist: 0
            )
        }
        guard case .openOk = try await handshake("virtual host", deadline) else { throw Self.outOfTurn }
        guard channelMax >= PublishChannels.first else {
            throw RabbitMQError(.loginRefused, "the broker allows one channel per connection; at least 2 are needed")
        }
    }

    /// The next step, or what ends the login: a broker that refuses may just hang up.
    private nonisolated(nonsending) func handshake(
        _ step: String,
        _ deadline: ContinuousClock.Instant
    ) async throws(RabbitMQError) -> Inbound {
        do throws(RabbitMQError) {
            return try await answer(on: 0, subject: step, until: deadline)
        } catch {
            switch error.code {
            case .timedOut:
                throw RabbitMQError(.cannotConnect, "RabbitMQ did not answer in time during: \(step)")
            case .connectionLost:
                throw RabbitMQError(.cannotConnect, "during \(step): \(error.message)")
            default: throw error
            }
        }
    }

    private static var outOfTurn: RabbitMQError {
        RabbitMQError(.protocolViolation, "the broker's part of the login came out of turn")
    }

    /// The smaller of ours and the broker's; zero means no opinion.
    private func tune(channelMax: Int, frameMax: Int, heartbeat: Int) {
        func smaller(_ ours: Int, _ theirs: Int) -> Int { theirs == 0 ? ours : min(ours, theirs) }
        let ownHeartbeat = Int(clamping: max(configuration.heartbeat.components.seconds, 1))
        let channels = smaller(Int(UInt16.max), channelMax)
        let frame = smaller(max(configuration.frameMax, 4096), frameMax)
        let seconds = min(smaller(ownHeartbeat, heartbeat), Int(UInt16.max))
        send(CRABBITMQ_CONNECTION_TUNE_OK, channel: 0) { _ in
            amqp_connection_tune_ok_t(
                channel_max: UInt16(channels),
                frame_max: UInt32(frame),
                heartbeat: UInt16(seconds)
            )
        }
        agree(channelMax: channels, frameMax: frame, heartbeat: .seconds(seconds))
    }

    /// Without these capabilities the broker neither tells that a consumer's queue is gone nor that it blocks, and
    /// hangs up on a wrong password without a word.
    private static func clientProperties(name: String) -> [(String, FieldValue)] {
        [
            ("product", "saga"),
            ("connection_name", .string(name)),
            (
                "capabilities",
                .table([
                    ("authentication_failure_close", true),
                    ("basic.nack", true),
                    ("connection.blocked", true),
                    ("consumer_cancel_notify", true),
                    ("publisher_confirms", true),
                ])
            ),
        ]
    }
}
