internal import CRabbitMQ

extension Connection {
    /// Opens `channel` and declares everything on it, in the order exchanges, queues, bindings.
    ///
    /// All requests go out at once; the broker answers in their order, so the place of a refusal tells what was refused.
    nonisolated(nonsending) func declare(_ topology: Topology, on channel: UInt16) async throws(RabbitMQError) {
        var subjects = [
            try ask(CRABBITMQ_CHANNEL_OPEN, channel, for: "channel") { _ in
                amqp_channel_open_t(out_of_band: amqp_empty_bytes)
            }
        ]
        for exchange in topology.exchanges { subjects.append(try ask(for: exchange, channel)) }
        for queue in topology.queues { subjects.append(try ask(for: queue, channel)) }
        for binding in topology.bindings { subjects.append(try ask(for: binding, channel)) }
        for subject in subjects { try await answered(on: channel, subject: subject) }
    }

    nonisolated(nonsending) func closeChannel(_ channel: UInt16) async throws(RabbitMQError) {
        send(CRABBITMQ_CHANNEL_CLOSE, channel: channel) { arena in
            amqp_channel_close_t(reply_code: 200, reply_text: arena.shortText("bye"), class_id: 0, method_id: 0)
        }
        let deadline = ContinuousClock.now + configuration.requestTimeout
        while true {
            if case .channelCloseOk = try await answer(on: channel, subject: "channel", until: deadline) { return }
        }
    }

    /// Appends a request, and returns what it is for.
    private func ask<Method: BitwiseCopyable>(
        _ id: UInt32,
        _ channel: UInt16,
        for subject: String,
        _ fill: (Arena) -> Method
    ) throws(RabbitMQError) -> String {
        guard output.method(id, channel: channel, fill) else {
            let limit = "a name longer than 255 bytes, or arguments that are too large"
            throw RabbitMQError(.invalidMessage, "\(subject): \(limit)")
        }
        return subject
    }

    private nonisolated(nonsending) func answered(
        on channel: UInt16,
        subject: String
    ) async throws(RabbitMQError) {
        let deadline = ContinuousClock.now + configuration.requestTimeout
        _ = try await answer(on: channel, subject: subject, until: deadline)
    }

    private func ask(for exchange: Topology.Exchange, _ channel: UInt16) throws(RabbitMQError) -> String {
        try ask(CRABBITMQ_EXCHANGE_DECLARE, channel, for: "exchange '\(exchange.name)'") { arena in
            amqp_exchange_declare_t(
                ticket: 0,
                exchange: arena.shortText(exchange.name),
                type: arena.shortText(exchange.kind.rawValue),
                passive: 0,
                durable: exchange.durable ? 1 : 0,
                auto_delete: exchange.autoDelete ? 1 : 0,
                internal: 0,
                nowait: 0,
                arguments: arena.table(exchange.declaredArguments)
            )
        }
    }

    private func ask(for queue: Topology.Queue, _ channel: UInt16) throws(RabbitMQError) -> String {
        try ask(CRABBITMQ_QUEUE_DECLARE, channel, for: "queue '\(queue.name)'") { arena in
            amqp_queue_declare_t(
                ticket: 0,
                queue: arena.shortText(queue.name),
                passive: 0,
                durable: queue.durable ? 1 : 0,
                exclusive: queue.exclusive ? 1 : 0,
                auto_delete: queue.autoDelete ? 1 : 0,
                nowait: 0,
                arguments: arena.table(queue.declaredArguments)
            )
        }
    }

    private func ask(for binding: Topology.Binding, _ channel: UInt16) throws(RabbitMQError) -> String {
        switch binding.destination {
        case .queue(let name):
            let subject = "binding of queue '\(name)' to exchange '\(binding.exchange)'"
            return try ask(CRABBITMQ_QUEUE_BIND, channel, for: subject) { arena in
                amqp_queue_bind_t(
                    ticket: 0,
                    queue: arena.shortText(name),
                    exchange: arena.shortText(binding.exchange),
                    routing_key: arena.shortText(binding.routingKey),
                    nowait: 0,
                    arguments: arena.table(binding.arguments)
                )
            }
        case .exchange(let name):
            let subject = "binding of exchange '\(name)' to exchange '\(binding.exchange)'"
            return try ask(CRABBITMQ_EXCHANGE_BIND, channel, for: subject) { arena in
                amqp_exchange_bind_t(
                    ticket: 0,
                    destination: arena.shortText(name),
                    source: arena.shortText(binding.exchange),
                    routing_key: arena.shortText(binding.routingKey),
                    nowait: 0,
                    arguments: arena.table(binding.arguments)
                )
            }
        }
    }

    /// Starts a consumer whose deliveries carry `generation`.
    nonisolated(nonsending) func consume(
        queue: String,
        tag: String,
        prefetch: Int,
        generation: UInt64,
        on channel: UInt16
    ) async throws(RabbitMQError) {
        let subjects = [
            try ask(CRABBITMQ_BASIC_QOS, channel, for: "prefetch") { _ in
                amqp_basic_qos_t(prefetch_size: 0, prefetch_count: UInt16(clamping: prefetch), global: 0)
            },
            try ask(CRABBITMQ_BASIC_CONSUME, channel, for: "queue '\(queue)'") { arena in
                amqp_basic_consume_t(
                    ticket: 0,
                    queue: arena.shortText(queue),
                    consumer_tag: arena.shortText(tag),
                    no_local: 0,
                    no_ack: 0,
                    exclusive: 0,
                    nowait: 0,
                    arguments: amqp_empty_table
                )
            },
        ]
        decoder.generation = generation
        for subject in subjects { try await answered(on: channel, subject: subject) }
    }
}
