internal import SagaValues
internal import Synchronization

/// The store's clock, read without asking: the monotonic clock, set by each answer that brings the time.
///
/// Due times and the times in the history are all by this clock, so nodes whose own clocks differ or jump
/// agree (failure F35). It never runs backwards.
final class StoreClock: Sendable {
    private struct State {
        /// What to add to the monotonic clock, in microseconds.
        var offset: Int64
        var last = Timestamp(microseconds: .min)
    }

    private let origin = ContinuousClock.now
    private let state: Mutex<State>

    init(now: Timestamp) {
        state = Mutex(State(offset: now.microseconds))
    }

    var now: Timestamp {
        let elapsed = self.elapsed
        return state.withLock { state in
            state.last = max(state.last, Timestamp(microseconds: elapsed + state.offset))
            return state.last
        }
    }

    /// Sets the clock by an answer of the store that has just come in.
    func set(_ now: Timestamp) {
        let elapsed = self.elapsed
        state.withLock { $0.offset = now.microseconds - elapsed }
    }

    private var elapsed: Int64 { (ContinuousClock.now - origin).wholeMicroseconds }
}
