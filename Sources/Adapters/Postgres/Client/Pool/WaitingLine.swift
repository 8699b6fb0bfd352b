internal import Synchronization

/// Things that one user at a time may hold, handed out in the order of asking.
///
/// A connection's turn is such a thing, and so is a pool's connection. Whoever gives one back hands it to
/// the one who waits longest, so nobody overtakes and nobody starves.
final class WaitingLine<Resource: Sendable>: Sendable {
    enum Refusal: Error, Equatable {
        case timedOut, cancelled, tooManyWaiting, closed
    }

    private typealias Outcome = Result<Resource, Refusal>

    private struct State {
        var free: [Resource]
        var held = 0
        var isClosed = false
        var lastID: UInt64 = 0
        /// Ids in the order of asking, from `head` on; those without a continuation have left.
        var order: [UInt64] = []
        var head = 0
        var waiting: [UInt64: CheckedContinuation<Outcome, Never>] = [:]
        var drains: [UInt64: CheckedContinuation<Void, Never>] = [:]

        mutating func takeFirst() -> CheckedContinuation<Outcome, Never>? {
            while head < order.count {
                let id = order[head]
                head += 1
                if head > 64, head > order.count / 2 {
                    order.removeFirst(head)
                    head = 0
                }
                if let continuation = waiting.removeValue(forKey: id) { return continuation }
            }
            return nil
        }
    }

    private let longest: Int
    private let state: Mutex<State>

    /// - Parameter longest: how many may wait at once.
    init(_ resources: [Resource], longest: Int) {
        self.longest = longest
        state = Mutex(State(free: resources))
    }

    /// The number of those who wait.
    var waitingCount: Int { state.withLock { $0.waiting.count } }

    /// The resource given back last, at once, or nil when all are held.
    func takeNow() -> Resource? {
        state.withLock { state in
            guard !state.isClosed, let resource = state.free.popLast() else { return nil }
            state.held += 1
            return resource
        }
    }

    /// Waits for a resource. Give it back exactly once.
    func take(
        until deadline: ContinuousClock.Instant,
        isolation: isolated (any Actor)? = #isolation
    ) async throws(Refusal) -> Resource {
        if let resource = takeNow() { return resource }
        let id = makeID()
        // Cancelled when this scope is left.
        async let _: Void = expire(id, at: deadline)
        let outcome = await withTaskCancellationHandler {
            // Keeps the closure where the caller is.
            _ = isolation
            return await withCheckedContinuation { enqueue(id, deadline, $0) }
        } onCancel: {
            end(id, .failure(.cancelled))
        }
        return try outcome.get()
    }

    /// Hands the resource on to the first who waits.
    func giveBack(_ resource: Resource) {
        let (next, drains) = state.withLock {
            state -> (CheckedContinuation<Outcome, Never>?, [CheckedContinuation<Void, Never>]) in
            if let next = state.takeFirst() { return (next, []) }
            state.held -= 1
            state.free.append(resource)
            guard state.held == 0 else { return (nil, []) }
            defer { state.drains = [:] }
            return (nil, Array(state.drains.values))
        }
        next?.resume(returning: .success(resource))
        for drain in drains { drain.resume() }
    }

    /// Refuses whoever waits or comes later.
    func close() {
        let waiting = state.withLock { state in
            state.isClosed = true
            defer { state.waiting = [:] }
            return Array(state.waiting.values)
        }
        for continuation in waiting { continuation.resume(returning: .failure(.closed)) }
    }

    /// Waits until nothing is held, the deadline passes or the task is cancelled.
    func drain(until deadline: ContinuousClock.Instant, isolation: isolated (any Actor)? = #isolation) async {
        let id = makeID()
        // Cancelled when this scope is left, or with the task.
        async let _: Void = endDrain(id, at: deadline)
        await withCheckedContinuation { continuation in
            let isDrained = state.withLock { state in
                let isDrained = state.held == 0 || Task.isCancelled || deadline <= .now
                if !isDrained { state.drains[id] = continuation }
                return isDrained
            }
            if isDrained { continuation.resume() }
        }
    }

    private func endDrain(_ id: UInt64, at deadline: ContinuousClock.Instant) async {
        try? await Task.sleep(until: deadline, clock: .continuous)
        state.withLock { $0.drains.removeValue(forKey: id) }?.resume()
    }

    private func makeID() -> UInt64 {
        state.withLock { state in
            state.lastID += 1
            return state.lastID
        }
    }

    private func enqueue(
        _ id: UInt64,
        _ deadline: ContinuousClock.Instant,
        _ continuation: CheckedContinuation<Outcome, Never>
    ) {
        let outcome: Outcome? = state.withLock { state in
            if state.isClosed { return .failure(.closed) }
            // A cancellation or a timer before this lock found nobody to end; one after it will.
            if Task.isCancelled { return .failure(.cancelled) }
            if deadline <= .now { return .failure(.timedOut) }
            if let resource = state.free.popLast() {
                state.held += 1
                return .success(resource)
            }
            if state.waiting.count >= longest { return .failure(.tooManyWaiting) }
            state.waiting[id] = continuation
            state.order.append(id)
            return nil
        }
        if let outcome { continuation.resume(returning: outcome) }
    }

    private func expire(_ id: UInt64, at deadline: ContinuousClock.Instant) async {
        do {
            try await Task.sleep(until: deadline, clock: .continuous)
            end(id, .failure(.timedOut))
        } catch {
            // The wait is over.
        }
    }

    private func end(_ id: UInt64, _ outcome: Outcome) {
        state.withLock { $0.waiting.removeValue(forKey: id) }?.resume(returning: outcome)
    }
}
