extension OutgoingMessage {
    /// RabbitMQ's own limit, unless configured lower.
    static let bodyLimit = 128 << 20

    /// Why the broker would refuse the message itself. It would close the channel, and others in flight would suffer.
    func refusal(user: String) -> RabbitMQError? {
        func no(_ problem: String) -> RabbitMQError {
            RabbitMQError(.invalidMessage, "a message for exchange '\(exchange.prefix(255))' was refused: \(problem)")
        }
        if body.count > Self.bodyLimit { return no("its body is larger than 128 MiB") }
        if let userID = properties.userID, userID != user { return no("userID is not the connected user") }
        if let expiration = properties.expiration, UInt32(expiration) == nil {
            return no("expiration is not a number of milliseconds")
        }
        for (name, value) in properties.headers where name == "CC" || name == "BCC" {
            guard case .array(let keys) = value, keys.allSatisfy({ $0.stringValue != nil }) else {
                return no("the header \(name) is not an array of texts")
            }
        }
        return nil
    }
}
