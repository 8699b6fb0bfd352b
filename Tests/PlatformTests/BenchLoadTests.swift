import SagaValues
import Synchronization
import TestSupport
import Testing

@testable import SagaBench

@Suite("The load of the bench") struct BenchLoadTests {
    /// Sagas that end when they are told to.
    final class Sagas: Sendable {
        private let open = Mutex<[UUID]>([])
        let mayEnd = Atomic(true)

        var count: Int { open.withLock { $0.count } }

        func start() -> UUID {
            let id = UUID.v7()
            open.withLock { $0.append(id) }
            return id
        }

        func end() -> [UUID] {
            guard mayEnd.load(ordering: .relaxed) else { return [] }
            return open.withLock { open in
                defer { open = [] }
                return open
            }
        }
    }

    @Test("is counted with a full window under way at both ends, and runs out only afterwards")
    func window() async throws {
        let sagas = Sagas()
        let load = BenchLoad { _, _ in sagas.start() }
        let ending = Task {
            while !Task.isCancelled {
                load.ended(sagas.end())
                try await Task.sleep(for: .milliseconds(1))
            }
        }
        defer { ending.cancel() }
        let measured = try await load.run(
            window: 5, input: .null, name: "test", warmUp: .milliseconds(50), duration: .milliseconds(50)
        ) {
            // Held, all of those under way are seen; once the load runs out, none is left.
            sagas.mayEnd.store(false, ordering: .relaxed)
            defer { sagas.mayEnd.store(true, ordering: .relaxed) }
            try await eventually("five sagas are under way", within: .seconds(10)) { sagas.count == 5 }
            return load.ended
        }
        #expect(sagas.count == 0)
        #expect(load.ended == measured.after + 5, "what was under way has ended after the count")
        #expect(measured.after >= measured.before)
        #expect(measured.latencies.count <= measured.after - measured.before)
    }
}
