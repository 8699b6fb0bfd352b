import Logging
import MemoryStore
import SagaEngine
import SagaValues
import Synchronization
import TestSupport
import Testing

@Suite("Dead letters in the engine") struct DeadLetterTests {
    private static func letter(_ id: String, body: Int = 10) -> NewDeadLetter {
        NewDeadLetter(
            traits: DeadLetterTraits(
                exchange: nil, routingKey: nil, queue: nil, reason: "rejected", detail: "", messageID: id,
                correlationID: nil, type: nil, appID: nil),
            properties: ["messageId": .string(id)], body: [UInt8](repeating: 0x20, count: body))
    }

    private static func engine(
        _ store: MemoryStore, _ adjust: (inout EngineConfiguration) -> Void = { _ in }
    ) -> Engine {
        var configuration = EngineConfiguration(nodeName: "test")
        configuration.deadLetterPause = .milliseconds(5)
        adjust(&configuration)
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        return Engine(store: store, bus: TestBus(), configuration: configuration, logger: logger)
    }

    private func kept(_ store: MemoryStore) async throws -> Set<String> {
        let found = try await store.deadLetters(DeadLetterFilter(), after: nil, limit: 100)
        return Set(found.compactMap(\.traits.messageID))
    }

    @Test("wait while the store is away, and are kept when it is back")
    func away() async throws {
        let store = MemoryStore()
        let tries = Mutex(0)
        let isAway = Mutex(true)
        store.whenKeepingDeadLetters { _ in
            tries.withLock { $0 += 1 }
            return isAway.withLock { $0 } ? .unavailable : nil
        }
        let engine = Self.engine(store)
        async let kept = engine.receive([Self.letter("a"), Self.letter("b")])
        try await eventually("it was tried") { tries.withLock { $0 } >= 3 }
        #expect(try await self.kept(store).isEmpty)
        isAway.withLock { $0 = false }
        #expect(await kept == [true, true])
        #expect(try await self.kept(store) == ["a", "b"])
    }

    @Test("that the store cannot hold stay with the broker, and do not hold up the others")
    func broken() async throws {
        let store = MemoryStore()
        store.whenKeepingDeadLetters { letters in
            letters.contains { $0.traits.messageID == "bad" } ? .broken : nil
        }
        let kept = await Self.engine(store).receive([Self.letter("a"), Self.letter("bad"), Self.letter("b")])
        #expect(kept == [true, false, true])
        #expect(try await self.kept(store) == ["a", "b"])
    }

    @Test("wait when as many are kept as may be, or as many bytes, until some are gone", arguments: [true, false])
    func full(isByCount: Bool) async throws {
        let store = MemoryStore()
        let engine = Self.engine(store) {
            if isByCount { $0.deadLetterLimit = 2 } else { $0.deadLetterBytes = 250 }
        }
        #expect(await engine.receive([Self.letter("a", body: 80), Self.letter("b", body: 80)]) == [true, true])
        let asked = store.stockReads
        async let last = engine.receive([Self.letter("c", body: 80)])
        try await eventually("room was asked for, again and again") { store.stockReads >= asked + 3 }
        #expect(try await kept(store) == ["a", "b"])
        let first = try #require(try await store.deadLetters(DeadLetterFilter(), after: nil, limit: 1).first)
        let author = AuditRecord.Author(subject: "s", credential: "c", role: "admin", address: nil)
        let record = AuditRecord(
            at: .now(), author: author, verb: "v", outcome: .done, tenant: nil, reason: "", detail: [:])
        #expect(
            try await store.end(deadLetter: first.id, seen: 1, as: .discarded, by: "s", reason: "", audit: record))
        #expect(try await store.dropDeadLetters(endedBefore: .now() + .seconds(9), limit: 10) == 1)
        #expect(await last == [true])
        #expect(try await kept(store).contains("c"))
    }

    @Test("are left to the broker when the node stops while the store is away")
    func stopping() async throws {
        let store = MemoryStore()
        let tries = Mutex(0)
        store.whenKeepingDeadLetters { _ in
            tries.withLock { $0 += 1 }
            return .unavailable
        }
        let engine = Self.engine(store)
        let task = Task { await engine.receive([Self.letter("a")]) }
        try await eventually("it was tried") { tries.withLock { $0 } > 0 }
        task.cancel()
        #expect(await task.value == [false])
    }
}
