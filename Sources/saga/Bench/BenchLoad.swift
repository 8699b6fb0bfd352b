internal import SagaEngine
internal import SagaValues
internal import Synchronization

/// Keeps a number of sagas in flight and takes the time of each, from the call to its committed end.
final class BenchLoad: Sendable {
    private struct State {
        var waiting: [UUID: CheckedContinuation<Void, Never>] = [:]
        /// Ends that were told before anybody waited for them.
        var early: Set<UUID> = []
        var latencies: [Duration] = []
        var isMeasuring = false
    }

    private let engine: Engine
    private let state = Mutex(State())

    init(_ engine: Engine) {
        self.engine = engine
        engine.observeEnds { [weak self] ids in self?.ended(ids) }
    }

    /// Runs `window` sagas at a time until `duration` has passed; gives the latencies of those that ended in it.
    func run(
        window: Int, input: JSON, name: String, warmUp: Duration, duration: Duration,
        whenWarm: () async throws -> Void
    ) async throws -> [Duration] {
        let begin = ContinuousClock.now
        let end = begin + warmUp + duration
        state.withLock { state in
            state.latencies = []
            state.isMeasuring = false
        }
        return try await withThrowingTaskGroup(of: Void.self) { group in
            for worker in 0..<window {
                group.addTask {
                    var count = 0
                    while ContinuousClock.now < end {
                        count += 1
                        try await self.one(input, key: "\(name)-\(worker)-\(count)")
                    }
                }
            }
            try await Task.sleep(for: warmUp)
            try await whenWarm()
            state.withLock { $0.isMeasuring = true }
            try await Task.sleep(until: end)
            let latencies = state.withLock { state in
                state.isMeasuring = false
                return state.latencies
            }
            try await group.waitForAll()
            return latencies
        }
    }

    private func one(_ input: JSON, key: String) async throws {
        let begin = ContinuousClock.now
        let id = try await engine.start(StartRequest(workflow: "bench", idempotencyKey: key, input: input)).saga
        await withCheckedContinuation { continuation in
            let isOver = state.withLock { state in
                if state.early.remove(id) != nil { return true }
                state.waiting[id] = continuation
                return false
            }
            if isOver { continuation.resume() }
        }
        let latency = ContinuousClock.now - begin
        state.withLock { if $0.isMeasuring { $0.latencies.append(latency) } }
    }

    private func ended(_ ids: [UUID]) {
        let continuations = state.withLock { state in
            ids.compactMap { id -> CheckedContinuation<Void, Never>? in
                if let continuation = state.waiting.removeValue(forKey: id) { return continuation }
                state.early.insert(id)
                return nil
            }
        }
        for continuation in continuations { continuation.resume() }
    }
}
