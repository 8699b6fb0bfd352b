internal import Glibc
internal import IOThreads

/// A connected TCP socket that never blocks.
final class Socket {
    let descriptor: Int32

    private init(_ descriptor: Int32) {
        self.descriptor = descriptor
    }

    deinit {
        Glibc.close(descriptor)
    }

    /// Tries each address of the host in turn until one answers or time is up.
    nonisolated(nonsending) static func connect(
        host: String,
        port: Int,
        until deadline: ContinuousClock.Instant,
        signal: LoopSignal
    ) async throws(RabbitMQError) -> Socket {
        var problem = "no address"
        for address in try await lookUp(host, until: deadline, signal: signal) {
            try signal.checkStop()
            switch await open(address, port, until: deadline, signal: signal) {
            case .success(let socket): return socket
            case .failure(let reason): problem = reason.text
            }
        }
        throw RabbitMQError(.cannotConnect, "no RabbitMQ at \(host):\(port): \(problem)")
    }

    /// Numeric addresses. The system's resolver works on a thread of its own, so that the time limit and a stop hold.
    private nonisolated(nonsending) static func lookUp(
        _ host: String,
        until deadline: ContinuousClock.Instant,
        signal: LoopSignal
    ) async throws(RabbitMQError) -> [String] {
        guard HostLookup.isNeeded(for: host) else { return [host] }
        func failure(_ reason: String) -> RabbitMQError {
            RabbitMQError(.cannotConnect, "the host '\(host)' cannot be looked up: \(reason)")
        }
        guard let lookup = HostLookup(host), lookup.start() else {
            throw failure("the system has no thread or descriptor left")
        }
        var readiness = IOThread.Readiness.interrupted
        while readiness == .interrupted {
            try signal.checkStop()
            readiness = await signal.wait(for: .readable, on: lookup.doneDescriptor, until: deadline)
        }
        guard readiness == .ready else { throw failure("no answer from the name service in time") }
        let addresses = lookup.addresses
        guard !addresses.isEmpty else { throw failure("its name is not known") }
        return addresses
    }

    private struct Refusal: Error {
        let text: String
    }

    private nonisolated(nonsending) static func open(
        _ host: String,
        _ port: Int,
        until deadline: ContinuousClock.Instant,
        signal: LoopSignal
    ) async -> Result<Socket, Refusal> {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        // Nothing is looked up any more.
        hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV
        var found: UnsafeMutablePointer<addrinfo>?
        let status = getaddrinfo(host, String(port), &hints, &found)
        guard status == 0, let address = found?.pointee else {
            return .failure(Refusal(text: String(cString: gai_strerror(status))))
        }
        defer { freeaddrinfo(found) }
        let type = address.ai_socktype | Int32(SOCK_NONBLOCK.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        let descriptor = socket(address.ai_family, type, address.ai_protocol)
        guard descriptor >= 0 else { return .failure(Refusal(text: describe(errno))) }
        let opened = Socket(descriptor)
        if Glibc.connect(descriptor, address.ai_addr, address.ai_addrlen) == 0 { return .success(opened) }
        guard errno == EINPROGRESS else { return .failure(Refusal(text: describe(errno))) }
        var readiness = IOThread.Readiness.interrupted
        while readiness == .interrupted {
            guard !signal.isStopping else { return .failure(Refusal(text: "it is shutting down")) }
            readiness = await signal.wait(for: .writable, on: descriptor, until: deadline)
        }
        guard readiness == .ready else { return .failure(Refusal(text: "no answer in time")) }
        var failure: Int32 = 0
        var size = socklen_t(MemoryLayout<Int32>.size)
        getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &failure, &size)
        return failure == 0 ? .success(opened) : .failure(Refusal(text: describe(failure)))
    }

    /// Sends at once, and lets the kernel notice a dead peer of an idle connection, as a second net below heartbeats.
    ///
    /// `TCP_USER_TIMEOUT` is left alone: it would also end a connection that the broker merely does not read from
    /// while it has an alarm.
    func tune(silence: Duration) {
        set(Int32(IPPROTO_TCP), TCP_NODELAY, 1)
        set(SOL_SOCKET, SO_KEEPALIVE, 1)
        let seconds = Int32(clamping: max(silence.components.seconds, 1))
        set(Int32(IPPROTO_TCP), TCP_KEEPIDLE, seconds)
        set(Int32(IPPROTO_TCP), TCP_KEEPINTVL, seconds)
        set(Int32(IPPROTO_TCP), TCP_KEEPCNT, 2)
    }

    private func set(_ level: Int32, _ option: Int32, _ value: Int32) {
        var value = value
        setsockopt(descriptor, level, option, &value, socklen_t(MemoryLayout<Int32>.size))
    }

    /// The number of bytes that arrived; nil when there are none now.
    func receive(into buffer: UnsafeMutableRawBufferPointer) throws(RabbitMQError) -> Int? {
        while true {
            let count = recv(descriptor, buffer.baseAddress, buffer.count, 0)
            if count > 0 { return count }
            if count == 0 { throw RabbitMQError(.connectionLost, "RabbitMQ closed the connection without a word") }
            switch errno {
            case EINTR: continue
            case EAGAIN: return nil
            default: throw RabbitMQError(.connectionLost, "the connection broke: \(Self.describe(errno))")
            }
        }
    }

    /// The number of bytes that were taken; 0 when the socket is full.
    func send(_ bytes: UnsafeRawBufferPointer) throws(RabbitMQError) -> Int {
        while true {
            let count = Glibc.send(descriptor, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL))
            if count >= 0 { return count }
            switch errno {
            case EINTR: continue
            case EAGAIN: return 0
            default: throw RabbitMQError(.connectionLost, "the connection broke: \(Self.describe(errno))")
            }
        }
    }

    private static func describe(_ code: Int32) -> String {
        String(cString: strerror(code))
    }
}
