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
        /// Whether no further ones are started.
        var isOver = false
        var ended = 0
    }

    private let start: @Sendable (_ input: JSON, _ key: String) async throws -> UUID
    private let state = Mutex(State())

    convenience init(_ engine: Engine) {
        self.init { input, key in
            try await engine.start(StartRequest(workflow: "bench", idempotencyKey: key, input: input)).saga
        }
        engine.observeEnds { [weak self] ids in self?.ended(ids) }
    }

    /// With anything that starts sagas, and has their ends told by ``ended(_:)``.
    init(start: @escaping @Sendable (_ input: JSON, _ key: String) async throws -> UUID) {
        self.start = start
    }

    /// Sagas that have ended so far.
    var ended: Int { state.withLock { $0.ended } }

    /// Runs `window` sagas at a time until `duration` has passed; gives the latencies of those that ended in it.
    ///
    /// - Parameter count: called when everything is warm and again when `duration` has passed, while `window` sagas
    ///   are half done both times.
    func run<Count>(
        window: Int, input: JSON, name: String, warmUp: Duration, duration: Duration,
        count: () async throws -> Count
    ) async throws -> (latencies: [Duration], before: Count, after: Count) {
        state.withLock { state in
            state.isOver = false
            state.latencies = []
            state.isMeasuring = false
        }
        return try await withThrowingTaskGroup(of: Void.self) { group in
            for worker in 0..<window {
                group.addTask {
                    var count = 0
                    while !self.state.withLock(\.isOver) {
                        count += 1
                        try await self.one(input, key: "\(name)-\(worker)-\(count)")
                    }
                }
            }
            try await Task.sleep(for: warmUp)
            let before = try await count()
            state.withLock { $0.isMeasuring = true }
            try await Task.sleep(for: duration)
            let latencies = state.withLock { state in
                state.isMeasuring = false
                return state.latencies
            }
            // Before the last ones are let run out: what they still cost is not paid in the time that counts.
            let after = try await count()
            state.withLock { $0.isOver = true }
            try await group.waitForAll()
            return (latencies, before, after)
        }
    }

    private func one(_ input: JSON, key: String) async throws {
        let begin = ContinuousClock.now
        let id = try await start(input, key)
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

    /// Takes in that sagas have ended.
    func ended(_ ids: [UUID]) {
        let continuations = state.withLock { state in
            state.ended += ids.count
            return ids.compactMap { id -> CheckedContinuation<Void, Never>? in
                if let continuation = state.waiting.removeValue(forKey: id) { return continuation }
                state.early.insert(id)
                return nil
            }
        }
        for continuation in continuations { continuation.resume() }
    }
}
