internal import SagaWire
internal import Synchronization

/// What a participant has done since it was started.
public struct ParticipantStatistics: Sendable, Hashable {
    public var received = 0
    /// Replies by class, those from the barrier included.
    public var done = 0
    public var rejected = 0
    public var retried = 0
    public var unknown = 0
    public var repliesDropped = 0
    /// Put aside for a person.
    public var deadLettered = 0
    public var eventsTaken = 0
}

final class Tally: Sendable {
    private let content = Mutex(ParticipantStatistics())

    var statistics: ParticipantStatistics { content.withLock { $0 } }

    func count(_ path: any WritableKeyPath<ParticipantStatistics, Int> & Sendable) {
        content.withLock { $0[keyPath: path] += 1 }
    }

    func count(_ outcome: ReplyMessage.Outcome) {
        switch outcome {
        case .done: count(\.done)
        case .rejected: count(\.rejected)
        case .retry: count(\.retried)
        case .unknown: count(\.unknown)
        case .working: break
        }
    }
}
