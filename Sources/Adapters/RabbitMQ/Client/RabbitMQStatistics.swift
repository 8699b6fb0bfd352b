internal import Synchronization

/// What a publisher or consumer has done since it was made; costs that do not depend on the machine's mood.
public struct RabbitMQStatistics: Sendable, Hashable {
    public var messagesPublished: UInt64 = 0
    public var messagesConfirmed: UInt64 = 0
    public var messagesDelivered: UInt64 = 0
    /// Acknowledgement frames, each for one or many deliveries.
    public var acknowledgementFrames: UInt64 = 0
    public var connects: UInt64 = 0
    public var bytesSent: UInt64 = 0
    public var bytesReceived: UInt64 = 0
    /// System calls.
    public var sendCalls: UInt64 = 0
    public var receiveCalls: UInt64 = 0
}

/// The counters as the loop counts them, and as others may read them: brought over once per turn.
final class Counters {
    final class Published: Sendable {
        fileprivate let content = Mutex(RabbitMQStatistics())

        var values: RabbitMQStatistics { content.withLock { $0 } }
    }

    var values = RabbitMQStatistics()
    private let published: Published

    init(_ published: Published) {
        self.published = published
    }

    func publish() {
        published.content.withLock { $0 = values }
    }
}
