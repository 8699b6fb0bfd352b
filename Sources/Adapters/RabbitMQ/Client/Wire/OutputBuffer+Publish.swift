internal import CRabbitMQ

extension OutputBuffer {
    /// Appends the frames of a message. Returns why not when AMQP cannot carry it; then nothing is appended.
    func publish(_ message: OutgoingMessage, channel: UInt16) -> RabbitMQError? {
        let mark = self.mark
        let hasMethod = method(CRABBITMQ_BASIC_PUBLISH, channel: channel) { arena in
            amqp_basic_publish_t(
                ticket: 0,
                exchange: arena.shortText(message.exchange),
                routing_key: arena.shortText(message.routingKey),
                mandatory: message.mandatory ? 1 : 0,
                immediate: 0
            )
        }
        let hasHeader =
            hasMethod
            && contentHeader(channel: channel, bodySize: message.body.count) { arena in
                arena.properties(message.properties)
            }
        guard hasHeader else {
            truncate(to: mark)
            return RabbitMQError(
                .invalidMessage,
                "a message for exchange '\(message.exchange.prefix(255))' does not fit into AMQP: a text of its "
                    + "properties, or a header's name, is longer than 255 bytes, or all headers together are larger "
                    + "than a frame (\(frameMax) bytes) or nested too deeply"
            )
        }
        body(message.body, channel: channel)
        return nil
    }
}

extension Arena {
    func properties(_ properties: MessageProperties) -> amqp_basic_properties_t {
        var out = amqp_basic_properties_t()
        var flags = AMQP_BASIC_DELIVERY_MODE_FLAG
        out.delivery_mode = properties.persistent ? 2 : 1
        if let text = properties.contentType {
            out.content_type = shortText(text)
            flags |= AMQP_BASIC_CONTENT_TYPE_FLAG
        }
        if let text = properties.contentEncoding {
            out.content_encoding = shortText(text)
            flags |= AMQP_BASIC_CONTENT_ENCODING_FLAG
        }
        if !properties.headers.isEmpty {
            out.headers = table(properties.headers)
            flags |= AMQP_BASIC_HEADERS_FLAG
        }
        if let priority = properties.priority {
            out.priority = priority
            flags |= AMQP_BASIC_PRIORITY_FLAG
        }
        if let text = properties.correlationID {
            out.correlation_id = shortText(text)
            flags |= AMQP_BASIC_CORRELATION_ID_FLAG
        }
        if let text = properties.replyTo {
            out.reply_to = shortText(text)
            flags |= AMQP_BASIC_REPLY_TO_FLAG
        }
        if let text = properties.expiration {
            out.expiration = shortText(text)
            flags |= AMQP_BASIC_EXPIRATION_FLAG
        }
        if let text = properties.messageID {
            out.message_id = shortText(text)
            flags |= AMQP_BASIC_MESSAGE_ID_FLAG
        }
        if let seconds = properties.timestamp {
            out.timestamp = UInt64(bitPattern: seconds)
            flags |= AMQP_BASIC_TIMESTAMP_FLAG
        }
        if let text = properties.type {
            out.type = shortText(text)
            flags |= AMQP_BASIC_TYPE_FLAG
        }
        if let text = properties.userID {
            out.user_id = shortText(text)
            flags |= AMQP_BASIC_USER_ID_FLAG
        }
        if let text = properties.appID {
            out.app_id = shortText(text)
            flags |= AMQP_BASIC_APP_ID_FLAG
        }
        out._flags = amqp_flags_t(flags)
        return out
    }
}
