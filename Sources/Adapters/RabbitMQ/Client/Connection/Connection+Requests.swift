internal import CRabbitMQ

/// Why a channel was closed, and what was asked of it.
struct ChannelFailure {
    let reason: Inbound.Reason
    let subject: String

    var error: RabbitMQError {
        let code: RabbitMQError.Code =
            switch reason.code {
            case 403: .permissionDenied
            case 404: reason.text.contains("no exchange") ? .exchangeNotFound : .queueNotFound
            case 405: .queueLocked
            case 406: .argumentsChanged
            default: .channelClosed
            }
        return RabbitMQError(code, "\(subject): \(reason.text)")
    }
}

extension Connection {
    /// Appends a method that our own code has composed: it always fits.
    func send<Method: BitwiseCopyable>(_ id: UInt32, channel: UInt16, _ fill: (Arena) -> Method) {
        let fits = output.method(id, channel: channel, fill)
        precondition(fits, "method \(id) does not fit into a frame")
    }

    /// Waits for the answer to a request on `channel`; what belongs to other channels is dropped.
    ///
    /// Used only while a connection or channel is being set up, when no message is in flight.
    ///
    /// - Parameter subject: what is asked for, to name it in an error.
    nonisolated(nonsending) func answer(
        on channel: UInt16,
        subject: String,
        until deadline: ContinuousClock.Instant
    ) async throws(RabbitMQError) -> Inbound {
        while true {
            while let (from, method) = decoder.nextMethod() {
                try takeConnectionMethod(method)
                guard from == channel else { continue }
                switch method {
                case .blocked, .unblocked, .cancel: continue
                case .channelClose(let reason):
                    acknowledgeClose(of: channel)
                    throw ChannelFailure(reason: reason, subject: subject).error
                default: return method
                }
            }
            guard ContinuousClock.now < deadline else {
                throw RabbitMQError(.timedOut, "RabbitMQ did not answer in time: \(subject)")
            }
            try await turn(until: deadline)
            try signal.checkStop()
        }
    }

    /// Handles what concerns the whole connection. Throws when the broker closes it.
    func takeConnectionMethod(_ method: Inbound) throws(RabbitMQError) {
        switch method {
        case .blocked(let reason): blocked = reason
        case .unblocked: blocked = nil
        case .connectionClose(let reason):
            send(CRABBITMQ_CONNECTION_CLOSE_OK, channel: 0) { _ in amqp_connection_close_ok_t() }
            try? flush()
            throw Self.failure(closed: reason)
        default: break
        }
    }

    private static func failure(closed reason: Inbound.Reason) -> RabbitMQError {
        switch reason.code {
        case 403, 530: RabbitMQError(.loginRefused, reason.text)
        default: RabbitMQError(.closedByBroker, "\(reason.text) (\(reason.code))")
        }
    }

    func acknowledgeClose(of channel: UInt16) {
        send(CRABBITMQ_CHANNEL_CLOSE_OK, channel: channel) { _ in amqp_channel_close_ok_t() }
    }

    /// Ends the connection in order: the broker has handled all that was sent before when it answers.
    nonisolated(nonsending) func close(within limit: Duration) async {
        send(CRABBITMQ_CONNECTION_CLOSE, channel: 0) { arena in
            amqp_connection_close_t(reply_code: 200, reply_text: arena.shortText("bye"), class_id: 0, method_id: 0)
        }
        let deadline = ContinuousClock.now + limit
        do throws(RabbitMQError) {
            while ContinuousClock.now < deadline {
                try await turn(until: deadline)
                while let (_, method) = decoder.nextMethod() {
                    if case .connectionCloseOk = method { return }
                }
                _ = decoder.takeDeliveries()
            }
        } catch {
            // It is gone, which is what was wanted.
        }
    }
}
