internal import CRabbitMQ

/// The channels of a publishing connection: one per exchange.
///
/// The broker answers a publish that it refuses (no such exchange, no permission) by closing the channel, and does not
/// say which message it meant. With a channel per exchange the refused exchange takes nobody else down with it.
struct PublishChannels {
    /// Channel 1 is for declarations.
    static let first: UInt16 = 2
    /// A bound on what one connection asks of the broker.
    private static let most = 256

    final class Channel {
        let number: UInt16
        let exchange: String
        var tracker = ConfirmTracker<PublishedMessage>()

        init(number: UInt16, exchange: String) {
            self.number = number
            self.exchange = exchange
        }
    }

    private var byExchange: [String: Channel] = [:]
    private var byNumber: [UInt16: Channel] = [:]
    /// Closed by us, and not to be used again before the broker agrees.
    private var closing: Set<UInt16> = []
    /// Messages mostly go where the last one went.
    private var last: Channel?

    var unsettled: Int { byNumber.values.reduce(0) { $0 + $1.tracker.unsettled } }

    subscript(number: UInt16) -> Channel? { byNumber[number] }

    /// The channel for an exchange, opened if need be; nil while all are busy and the message must wait.
    ///
    /// Opening does not wait for answers: the broker handles the frames of a channel in order.
    mutating func channel(for exchange: String, on connection: Connection) -> Channel? {
        if let last, last.exchange == exchange { return last }
        if let known = byExchange[exchange] {
            last = known
            return known
        }
        guard let number = freeNumber(connection) else { return nil }
        connection.send(CRABBITMQ_CHANNEL_OPEN, channel: number) { _ in
            amqp_channel_open_t(out_of_band: amqp_empty_bytes)
        }
        connection.send(CRABBITMQ_CONFIRM_SELECT, channel: number) { _ in amqp_confirm_select_t(nowait: 0) }
        let opened = Channel(number: number, exchange: exchange)
        byExchange[exchange] = opened
        byNumber[number] = opened
        last = opened
        return opened
    }

    private mutating func freeNumber(_ connection: Connection) -> UInt16? {
        let highest = UInt16(min(connection.channelMax, Self.most))
        for number in Self.first...highest where byNumber[number] == nil && !closing.contains(number) {
            return number
        }
        if closing.isEmpty, let idle = byNumber.values.first(where: { $0.tracker.unsettled == 0 }) {
            connection.send(CRABBITMQ_CHANNEL_CLOSE, channel: idle.number) { arena in
                amqp_channel_close_t(reply_code: 200, reply_text: arena.shortText("idle"), class_id: 0, method_id: 0)
            }
            forget(idle)
            closing.insert(idle.number)
        }
        return nil
    }

    mutating func closed(_ number: UInt16) {
        closing.remove(number)
    }

    mutating func forget(_ channel: Channel) {
        byExchange[channel.exchange] = nil
        byNumber[channel.number] = nil
        if last === channel { last = nil }
    }

    /// Takes out all channels, for their connection is gone.
    mutating func removeAll() -> [Channel] {
        defer { self = PublishChannels() }
        return Array(byNumber.values)
    }
}
