internal import Synchronization

/// Notes when everything that a batch sent has arrived: at the broker, or in a batch of this node that is committed.
final class Delivery: Sendable {
    enum Outcome: Sendable, Hashable {
        case arrived
        /// It may not have arrived, and has to be made again.
        case lost
        /// It arrived, and nothing can come of it, or not all that was meant to.
        case refused(reason: String)
    }

    private struct State {
        var open: Int
        var isLost = false
        var refusals: [String] = []

        var outcome: Outcome {
            if isLost { return .lost }
            return refusals.isEmpty ? .arrived : .refused(reason: refusals.joined(separator: "; "))
        }
    }

    private let state: Mutex<State>
    private let whenOver: @Sendable (Outcome) -> Void

    /// - Parameters:
    ///   - parts: how many are to be settled.
    ///   - whenOver: called once, when the last is.
    init(parts: Int, whenOver: @escaping @Sendable (Outcome) -> Void) {
        state = Mutex(State(open: parts))
        self.whenOver = whenOver
    }

    func settle(_ part: Outcome = .arrived) {
        let outcome: Outcome? = state.withLock { state in
            state.open -= 1
            switch part {
            case .arrived: break
            case .lost: state.isLost = true
            case .refused(let reason): state.refusals.append(reason)
            }
            return state.open == 0 ? state.outcome : nil
        }
        if let outcome { whenOver(outcome) }
    }
}
