internal import SagaValues
internal import Synchronization

/// The store's clock, read without asking: the monotonic clock, set by each answer that brings the time.
///
/// Due times and the times in the history are all by this clock, so nodes whose own clocks differ or jump
/// agree (failure F35). Small corrections never make it run backwards. When the store's own clock is set back it
/// follows: to stand still instead would stop every timeout and deadline for as long as the jump is wide. The order
/// within a saga does not depend on it, since no row of a history is made older than the one before.
final class StoreClock: Sendable {
    private struct State {
        /// What to add to the monotonic clock, in microseconds.
        var offset: Int64
        var last = Timestamp(microseconds: .min)
    }

    /// How far behind an answer may be, in microseconds, before the store's clock counts as set back: late answers
    /// and the gentle corrections of a time server stay far below.
    private static let tolerance: Int64 = 1_000_000

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
        state.withLock { state in
            state.offset = now.microseconds - elapsed
            if now.microseconds + Self.tolerance < state.last.microseconds {
                state.last = Timestamp(microseconds: .min)
            }
        }
    }

    private var elapsed: Int64 { (ContinuousClock.now - origin).wholeMicroseconds }
}
