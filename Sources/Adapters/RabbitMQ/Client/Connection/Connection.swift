internal import CRabbitMQ
internal import IOThreads

/// One live AMQP connection: what is to be written, what has arrived, and the heartbeats.
///
/// It belongs to one actor and is driven by ``turn(until:)`` from that actor's loop. Nothing in it blocks: a full socket
/// leaves bytes in the output buffer, and reading goes on meanwhile, so confirms arrive even while the broker takes
/// nothing from us.
final class Connection {
    /// How much is read in one turn, in receive calls, so that acknowledgements are not starved by a flood.
    private static let readsPerTurn = 4

    let signal: LoopSignal
    let counters: Counters
    let configuration: RabbitMQConfiguration
    let output = OutputBuffer()
    let decoder = FrameDecoder()
    private let socket: Socket
    private let tls: TLSSession?
    /// Encrypted bytes on their way out; unused without TLS.
    private let encrypted = OutputBuffer()
    private let input: InputBuffer

    private var heartbeat: Duration
    private var lastReceived = ContinuousClock.now
    private var lastSent = ContinuousClock.now

    /// Why the broker takes no messages, while it does not.
    var blocked: String?
    var channelMax = 1

    init(
        socket: Socket,
        tls: TLSSession?,
        configuration: RabbitMQConfiguration,
        signal: LoopSignal,
        counters: Counters
    ) {
        self.socket = socket
        self.tls = tls
        self.configuration = configuration
        self.signal = signal
        self.counters = counters
        let frameMax = max(configuration.frameMax, 4096)
        input = InputBuffer(capacity: max(1 << 18, frameMax * 2))
        decoder.frameMax = frameMax
        heartbeat = max(configuration.heartbeat, .seconds(1))
        socket.tune(silence: heartbeat)
    }

    /// Takes over what was agreed with the broker.
    func agree(channelMax: Int, frameMax: Int, heartbeat: Duration) {
        self.channelMax = channelMax
        self.heartbeat = heartbeat
        output.frameMax = frameMax
        decoder.frameMax = frameMax
    }

    // MARK: The loop

    /// Sends what is pending, waits until something can be done or is due, and takes in what has arrived.
    ///
    /// Returns after one wait, whatever ended it.
    nonisolated(nonsending) func turn(until limit: ContinuousClock.Instant? = nil) async throws(RabbitMQError) {
        beat()
        try flush()
        let due = min(lastSent + heartbeat / 2, lastReceived + heartbeat * 2)
        let readiness = await signal.wait(
            for: isFlushed ? .readable : .readableOrWritable,
            on: socket.descriptor,
            until: limit.map { min($0, due) } ?? due
        )
        // After a pause of our own process the answer to the silence may be waiting in the socket.
        if readiness == .ready || isSilent { try receive() }
        if isSilent {
            throw RabbitMQError(.heartbeatMissed, "RabbitMQ was silent for two heartbeats (\(heartbeat * 2))")
        }
    }

    private var isSilent: Bool { ContinuousClock.now - lastReceived >= heartbeat * 2 }

    private var isFlushed: Bool { output.isEmpty && encrypted.isEmpty }

    /// Twice per interval when nothing else is sent. A full socket says no less: the peer is not reading.
    private func beat() {
        guard isFlushed, ContinuousClock.now - lastSent >= heartbeat / 2 else { return }
        output.appendHeartbeat()
    }

    func flush() throws(RabbitMQError) {
        guard let tls else { return try send(output) }
        while true {
            try send(encrypted)
            guard encrypted.isEmpty, !output.isEmpty else { return }
            let part = UnsafeRawBufferPointer(rebasing: output.pending.prefix(1 << 16))
            try tls.encrypt(part)
            output.consume(part.count)
            tls.departing(into: encrypted)
        }
    }

    private func send(_ buffer: OutputBuffer) throws(RabbitMQError) {
        while !buffer.isEmpty {
            let count = try socket.send(buffer.pending)
            counters.values.sendCalls += 1
            // A full socket counts as a sign of life from us: the kernel still has bytes of ours.
            lastSent = .now
            guard count > 0 else { return }
            counters.values.bytesSent += UInt64(count)
            buffer.consume(count)
        }
    }

    private func receive() throws(RabbitMQError) {
        for _ in 0..<Self.readsPerTurn {
            let space = input.space
            counters.values.receiveCalls += 1
            guard let count = try socket.receive(into: space) else { return }
            counters.values.bytesReceived += UInt64(count)
            lastReceived = .now
            if let tls {
                try tls.arrived(UnsafeRawBufferPointer(rebasing: space.prefix(count)))
                try decryptAll(tls)
            } else {
                input.received(count)
                try decode()
            }
            // The socket is empty: another call would only say so.
            if count < space.count { return }
        }
    }

    private func decryptAll(_ tls: TLSSession) throws(RabbitMQError) {
        while let count = try tls.decrypt(into: input.space) {
            input.received(count)
            try decode()
        }
        // The peer may have asked for new keys.
        tls.departing(into: encrypted)
    }

    private func decode() throws(RabbitMQError) {
        input.consume(try decoder.decode(input.bytes))
    }

    /// Pumps the TLS handshake until it is done.
    nonisolated(nonsending) func secure(until deadline: ContinuousClock.Instant) async throws(RabbitMQError) {
        guard let tls else { return }
        while true {
            let isDone = try tls.handshake()
            tls.departing(into: encrypted)
            try send(encrypted)
            if isDone { return }
            let interest: IOThread.Interest = encrypted.isEmpty ? .readable : .readableOrWritable
            guard await signal.wait(for: interest, on: socket.descriptor, until: deadline) != .timedOut else {
                throw RabbitMQError(.cannotConnect, "the TLS handshake did not end in time")
            }
            try signal.checkStop()
            guard let count = try socket.receive(into: input.space) else { continue }
            try tls.arrived(UnsafeRawBufferPointer(rebasing: input.space.prefix(count)))
        }
    }
}
