import SagaValues
import Synchronization

/// A store's clock that stands still until it is turned.
final class TurnedClock: Sendable {
    private let time: Mutex<Timestamp>

    init(_ text: String) {
        guard let time = Timestamp(iso8601: text) else { preconditionFailure("\(text) is no time") }
        self.time = Mutex(time)
    }

    var now: Timestamp { time.withLock { $0 } }

    func turn(to text: String) {
        guard let time = Timestamp(iso8601: text) else { preconditionFailure("\(text) is no time") }
        self.time.withLock { $0 = time }
    }

    func turn(by duration: Duration) { time.withLock { $0 += duration } }
}
