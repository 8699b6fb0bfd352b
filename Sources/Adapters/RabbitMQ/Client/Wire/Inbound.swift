/// What the broker said, once it is whole.
enum Inbound {
    /// A reply code and text, as in `channel.close`.
    struct Reason: Hashable {
        var code: Int
        var text: String
    }

    case start(mechanisms: String)
    case tune(channelMax: Int, frameMax: Int, heartbeat: Int)
    case openOk
    case connectionClose(Reason)
    case connectionCloseOk
    case blocked(String)
    case unblocked
    case channelOpenOk
    case channelClose(Reason)
    case channelCloseOk
    case exchangeDeclareOk
    case exchangeBindOk
    /// What is in the queue, and who takes from it.
    case queueDeclareOk(messages: Int, consumers: Int)
    case queueBindOk
    case qosOk
    case consumeOk
    /// The broker ended our consumer: its queue is gone.
    case cancel
    case cancelOk
    case confirmSelectOk
    case ack(tag: UInt64, multiple: Bool)
    case nack(tag: UInt64, multiple: Bool)
    indirect case returned(Returned)
    /// A method that we neither ask for nor know.
    case other(UInt32)
}

/// A mandatory message that no queue took. Its confirm follows.
struct Returned {
    var reason: Inbound.Reason
    var exchange: String
    var routingKey: String
    var messageID: String?
}
