internal import Synchronization

/// What a publisher or consumer is doing, for health checks, logs and people.
public enum RabbitMQState: Sendable, Hashable, CustomStringConvertible {
    /// Not usable; tries again for ever. The error is why the last try or connection ended.
    case connecting(RabbitMQError?)
    case connected
    /// Connected, but the broker takes no messages (memory or disk alarm); publishing waits.
    case blocked(reason: String)
    case stopped

    public var description: String {
        switch self {
        case .connecting(nil): "connecting"
        case .connecting(let error?): "connecting (\(error))"
        case .connected: "connected"
        case .blocked(let reason): "blocked by the broker: \(reason)"
        case .stopped: "stopped"
        }
    }
}

/// The state, readable from anywhere, with those who wait for it to change.
final class StateCell: Sendable {
    private struct Content {
        var state = RabbitMQState.connecting(nil)
        var waiters: [UInt64: CheckedContinuation<Void, Never>] = [:]
        var nextWaiter: UInt64 = 0
    }

    private let content = Mutex(Content())
    private let onChange: @Sendable (RabbitMQState) -> Void

    init(onChange: @escaping @Sendable (RabbitMQState) -> Void) {
        self.onChange = onChange
    }

    var state: RabbitMQState { content.withLock { $0.state } }

    /// Returns whether this was a change.
    @discardableResult
    func set(_ state: RabbitMQState) -> Bool {
        let waiters: [CheckedContinuation<Void, Never>]? = content.withLock { content in
            guard content.state != state else { return nil }
            content.state = state
            defer { content.waiters.removeAll() }
            return Array(content.waiters.values)
        }
        guard let waiters else { return false }
        onChange(state)
        for waiter in waiters { waiter.resume() }
        return true
    }

    /// Returns when connected; throws what stands in the way when that needs attention, or when time is up.
    func waitUntilConnected(within limit: Duration, orBlocked: Bool = true) async throws(RabbitMQError) {
        await withTaskGroup { group in
            group.addTask { await self.untilDecided(orBlocked) }
            group.addTask { try? await Task.sleep(for: limit) }
            await group.next()
            group.cancelAll()
        }
        switch state {
        case .connected: return
        case .blocked(let reason):
            if !orBlocked { throw RabbitMQError(.blocked, "RabbitMQ takes no messages: \(reason)") }
        case .connecting(let error?): throw error
        case .connecting(nil): throw RabbitMQError(.timedOut, "no connection to RabbitMQ within \(limit)")
        case .stopped: throw RabbitMQError(.stopped, "stopped before it was connected")
        }
    }

    private func untilDecided(_ orBlocked: Bool) async {
        while !Task.isCancelled {
            let seen = state
            switch seen {
            case .connected, .stopped: return
            case .blocked where orBlocked: return
            case .connecting(let error?) where error.needsAttention: return
            case .connecting, .blocked: await change(from: seen)
            }
        }
    }

    private func change(from seen: RabbitMQState) async {
        let id = content.withLock { content in
            content.nextWaiter += 1
            return content.nextWaiter
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let mustWait = content.withLock { content in
                    // A change between the look and the wait, or a cancellation, must not be slept through.
                    guard content.state == seen, !Task.isCancelled else { return false }
                    content.waiters[id] = continuation
                    return true
                }
                if !mustWait { continuation.resume() }
            }
        } onCancel: {
            content.withLock { $0.waiters.removeValue(forKey: id) }?.resume()
        }
    }
}
