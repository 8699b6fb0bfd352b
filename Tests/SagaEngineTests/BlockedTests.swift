import MemoryStore
import SagaCore
import SagaEngine
import SagaValues
import Synchronization
import TestSupport
import Testing

@Suite("A saga that stands in the way") struct BlockedTests {
    let database = MemoryDatabase()

    @Test("does not hold up the others while somebody holds its row, and goes on when it is free")
    func heldRow() async throws {
        let node = Node(database)
        node.bus.whenAsked { _ in .silence }
        try await node.run { node in
            try await node.deploy(Definitions.patient)
            let held = try await node.start("patient", key: "held")
            let others = try await (0..<5).asyncMap { try await node.start("patient", key: "\($0)") }
            let isHeld = Mutex(true)
            node.store.chooseFaults { batch in
                batch.updates.contains { $0.id == held } && isHeld.withLock { $0 } ? .fails(.blocked) : nil
            }
            node.bus.whenAsked { _ in .done() }
            for id in [held] + others { node.bus.receive(CommandID(saga: id, step: "a", direction: .do), .done) }
            for id in others {
                try await eventually("the others complete") { try await node.status(id) == .completed }
            }
            #expect(try await node.status(held) == .running)
            isHeld.withLock { $0 = false }
            try await eventually("it completes too") { try await node.status(held) == .completed }
        }
    }

    @Test("does not make its node say that it is not ready")
    func ready() async throws {
        let node = Node(database)
        node.bus.whenAsked { _ in .silence }
        try await node.run { node in
            try await node.deploy(Definitions.patient)
            let held = try await node.start("patient")
            node.store.chooseFaults { $0.updates.isEmpty ? nil : .fails(.blocked) }
            node.bus.receive(CommandID(saga: held, step: "a", direction: .do), .done)
            let warning = "warning a row is held by somebody"
            try await eventually("it is tried a second time") { node.log.count(of: warning) > 1 }
            #expect(node.log.lines.contains { $0.hasPrefix(warning) && $0.contains("saga: \(held)") })
            #expect(node.engine.unreadiness == nil)
        }
    }

    @Test("does not keep the timers of others from firing, even if its own breaks each batch")
    func brokenTimer() async throws {
        let node = Node(database) { $0.timerPage = 1 }
        node.bus.whenAsked { _ in .silence }
        try await node.run { node in
            try await node.deploy(Definitions.impatient)
            let broken = try await node.start("three", ["n": 1], key: "broken")
            node.store.chooseFaults { $0.updates.contains { $0.id == broken } ? .fails(.broken) : nil }
            let other = try await node.start("three", ["n": 1], key: "other")
            node.bus.whenAsked { $0.id.direction == .undo ? .done() : .silence }
            try await eventually("the other's timers fire") { try await node.status(other) == .compensated }
            #expect(try await node.status(broken) == .running)
        }
    }

    @Test("is not said to be refused a request that may have been carried out")
    func unknownRequest() async throws {
        let node = Node(database)
        node.bus.whenAsked { _ in .silence }
        try await node.run { node in
            try await node.deploy(Definitions.patient)
            let id = try await node.start("patient")
            node.store.plan(.failsAfterwards(.outcomeUnknown))
            let request = OperatorRequest(
                saga: id, verb: .compensate, expectedRevision: 1, reason: "enough", subject: "me")
            await #expect { try await node.engine.perform(request) } throws: { error in
                if case EngineError.unavailable(let why)? = error as? EngineError {
                    why.contains("\(id)")
                } else {
                    false
                }
            }
            #expect(try await node.history(id).last?.kind == .compensationRequested)
        }
    }
}

extension Sequence {
    fileprivate func asyncMap<R>(_ transform: (Element) async throws -> R) async rethrows -> [R] {
        var results: [R] = []
        for element in self { results.append(try await transform(element)) }
        return results
    }
}
