internal import CRabbitMQ

extension Inbound {
    /// A method without content, copied out of rabbitmq-c's memory.
    init(_ method: amqp_method_t) {
        func arguments<Arguments>(_ type: Arguments.Type) -> Arguments {
            method.decoded.assumingMemoryBound(to: type).pointee
        }
        switch method.id {
        case CRABBITMQ_BASIC_NACK:
            let nack = arguments(amqp_basic_nack_t.self)
            self = .nack(tag: nack.delivery_tag, multiple: nack.multiple != 0)
        case CRABBITMQ_CONNECTION_START:
            self = .start(mechanisms: String(arguments(amqp_connection_start_t.self).mechanisms))
        case CRABBITMQ_CONNECTION_TUNE:
            let tune = arguments(amqp_connection_tune_t.self)
            self = .tune(
                channelMax: Int(tune.channel_max),
                frameMax: Int(tune.frame_max),
                heartbeat: Int(tune.heartbeat)
            )
        case CRABBITMQ_CONNECTION_OPEN_OK: self = .openOk
        case CRABBITMQ_CONNECTION_CLOSE:
            let close = arguments(amqp_connection_close_t.self)
            self = .connectionClose(Reason(code: Int(close.reply_code), text: String(close.reply_text)))
        case CRABBITMQ_CONNECTION_CLOSE_OK: self = .connectionCloseOk
        case CRABBITMQ_CONNECTION_BLOCKED:
            self = .blocked(String(arguments(amqp_connection_blocked_t.self).reason))
        case CRABBITMQ_CONNECTION_UNBLOCKED: self = .unblocked
        case CRABBITMQ_CHANNEL_OPEN_OK: self = .channelOpenOk
        case CRABBITMQ_CHANNEL_CLOSE:
            let close = arguments(amqp_channel_close_t.self)
            self = .channelClose(Reason(code: Int(close.reply_code), text: String(close.reply_text)))
        case CRABBITMQ_CHANNEL_CLOSE_OK: self = .channelCloseOk
        case CRABBITMQ_EXCHANGE_DECLARE_OK: self = .exchangeDeclareOk
        case CRABBITMQ_EXCHANGE_BIND_OK: self = .exchangeBindOk
        case CRABBITMQ_QUEUE_DECLARE_OK:
            let queue = arguments(amqp_queue_declare_ok_t.self)
            self = .queueDeclareOk(messages: Int(queue.message_count), consumers: Int(queue.consumer_count))
        case CRABBITMQ_QUEUE_BIND_OK: self = .queueBindOk
        case CRABBITMQ_BASIC_QOS_OK: self = .qosOk
        case CRABBITMQ_BASIC_CONSUME_OK: self = .consumeOk
        case CRABBITMQ_BASIC_CANCEL: self = .cancel
        case CRABBITMQ_BASIC_CANCEL_OK: self = .cancelOk
        case CRABBITMQ_CONFIRM_SELECT_OK: self = .confirmSelectOk
        default: self = .other(method.id)
        }
    }
}

extension String {
    fileprivate init(_ bytes: amqp_bytes_t) {
        self.init(
            decoding: UnsafeRawBufferPointer(start: bytes.bytes, count: bytes.bytes == nil ? 0 : bytes.len),
            as: UTF8.self)
    }
}
