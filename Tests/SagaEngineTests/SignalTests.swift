import MemoryStore
import SagaCore
import SagaValues
import Synchronization
import TestSupport
import Testing

@testable import SagaEngine

@Suite("Events that persons hand to a saga") struct SignalTests {
    private let database = MemoryDatabase()
    private static let ann = Requester(subject: "ann", credential: "test", role: .operator)

    private func node(
        _ plan: Plan = Handmade.listening(), name: String = "test",
        _ adjust: (inout EngineConfiguration) -> Void = { _ in }
    ) async throws -> Node {
        let node = Node(database, name: name) {
            $0.catalogPoll = .seconds(3600)
            adjust(&$0)
        }
        node.bus.whenAsked { _ in .done() }
        try await node.learn(plan)
        return node
    }

    private func signal(
        _ node: Node, _ id: UUID, _ name: String = "paid", _ body: String = #"{"order":"o1"}"#, event: String = "e1",
        by requester: Requester = ann, isRehearsal: Bool = false
    ) async throws -> OperatorResult {
        try await node.engine.signal(
            SignalRequest(
                saga: id, event: DomainEvent(id: event, name: name, body: Array(body.utf8)), reason: "by phone",
                requester: requester, isRehearsal: isRehearsal))
    }

    private func listens(_ node: Node, _ id: UUID) async throws {
        try await eventually("it listens") { try await node.history(id).contains { $0.kind == .done } }
        try await eventually("the wait is known") { node.engine.parts.watermark.withLock { $0.value == $0.last } }
    }

    private func audit(_ node: Node) async throws -> [AuditRecord] {
        try await node.store.auditRecords(AuditFilter(), before: nil, limit: 10).map(\.record)
    }

    @Test("a step that listens takes it, that saga alone, and the audit says so")
    func now() async throws {
        try await node().run { node in
            let ids = [
                try await node.start("listening", ["order": "o1"], key: "1"),
                try await node.start("listening", ["order": "o1"], key: "2"),
            ]
            for id in ids { try await listens(node, id) }
            let rehearsed = try await signal(node, ids[0], isRehearsal: true)
            #expect(rehearsed.changes == ["step hear takes the event paid"])
            #expect(try await audit(node).isEmpty)
            let result = try await signal(node, ids[0])
            #expect(result.status == .completed && result.changes == rehearsed.changes)
            #expect(result.revision > rehearsed.revision)
            #expect(try await node.status(ids[1]) == .running)
            let line = try #require(try await audit(node).first)
            #expect(line.verb == "signal" && line.saga == ids[0] && line.reason == "by phone")
            #expect(line.author.subject == "ann" && line.outcome == .done)
        }
    }

    @Test("a saga that has yet to come to the step takes it then")
    func later() async throws {
        let node = try await node()
        node.bus.whenAsked { _ in .silence }
        try await node.run { node in
            let id = try await node.start("listening", ["order": "o1"])
            try await eventually("it is asked") { !node.bus.sent.isEmpty }
            #expect(try await signal(node, id).changes == ["the event paid is kept until step hear listens for it"])
            #expect(try await node.status(id) == .running)
            node.bus.reply(to: node.bus.sent[0], .done)
            try await node.reaches(.completed, id)
        }
    }

    @Test("it counts once, whoever sends it, and starts nothing")
    func once() async throws {
        try await node(Handmade.listening(waits: 2)).run { node in
            try await node.deploy(
                """
                workflow: thanks
                version: 1
                on: [{ event: paid, key: "${event.order}" }]
                steps: [{ write: { do: mail.write, undo: mail.unwrite } }]
                """)
            func sagas() async throws -> Int { try await node.store.list(SagaFilter(), after: nil, limit: 9).count }
            let id = try await node.start("listening", ["order": "o1"])
            try await listens(node, id)
            _ = try await signal(node, id)
            #expect(try await sagas() == 1)
            try await eventually("the next step listens") {
                node.engine.parts.watermark.withLock { $0.value == $0.last }
            }
            await #expect(throws: EngineError.self) { try await signal(node, id) }
            let event = node.bus.event("paid", #"{"order":"o1"}"#, id: "e1")
            await node.engine.receive([event])
            try await eventually("it is acknowledged") { node.bus.acknowledgedEvents == [event.receipt] }
            #expect(try await node.status(id) == .running)
            #expect(try await sagas() == 2, "the publisher's own event starts what it starts")
            #expect(try await audit(node).map(\.outcome) == [.refused, .done])
            _ = try await signal(node, id, event: "e2")
            try await node.reaches(.completed, id)
        }
    }

    @Test("what no step can take is refused, with the reason, and is not kept")
    func refused() async throws {
        try await node().run { node in
            let id = try await node.start("listening", ["order": "o1"])
            try await listens(node, id)
            func refusal(_ ask: () async throws -> OperatorResult) async -> String {
                do {
                    return "done: \(try await ask().changes)"
                } catch EngineError.illegal(let objection, _) {
                    return objection
                } catch {
                    return "\(error)"
                }
            }
            let unknown = await refusal { try await signal(node, id, "shipped") }
            #expect(unknown == "no step of listening listens for shipped; they listen for paid, refused")
            let another = await refusal { try await signal(node, id, "paid", #"{"order":"o2"}"#) }
            #expect(another == "step hear listens for a paid with another .order")
            let without = await refusal { try await signal(node, id, "paid", "{}") }
            #expect(without == "step hear listens for a paid with .order, which this has not")
            let viewer = Requester(subject: "vic", credential: "test", role: .viewer)
            #expect(await refusal { try await signal(node, id, by: viewer) }.contains("takes the role"))
            let stranger = Requester(subject: "sam", credential: "test", role: .admin, tenant: "other")
            #expect(await refusal { try await signal(node, id, by: stranger) }.contains("unknownSaga"))
            #expect(try await audit(node).allSatisfy { $0.outcome == .refused })
            _ = try await signal(node, id)
            try await node.reaches(.completed, id)
            #expect(await refusal { try await signal(node, id, event: "e9") }.contains("completed"))
        }
    }

    @Test("what was kept and did not get there, since the node died, is handed over by another")
    func deadNode() async throws {
        let id = try await node(name: "first").run { node in
            let id = try await node.start("listening", ["order": "o1"])
            try await listens(node, id)
            return id
        }
        // As a node leaves it that dies between the two: kept, and no more.
        let event = DomainEvent(id: "e1", name: "paid", body: Array(#"{"order":"o1"}"#.utf8))
        let line = AuditRecord(
            at: .now(), author: .init(Self.ann), verb: "signal", outcome: .done, tenant: "default", saga: id,
            reason: "r")
        let key = EventKey(event: "paid", path: [.member("order")], value: "o1")
        let kept = KeptEvent(event: event, keys: [key], recipient: .init(saga: id, audit: line))
        #expect(try await MemoryStore(database).keep([kept]).matches.count == 1)
        try await node(name: "second") { $0.signalPoll = .milliseconds(20) }.run { node in
            try await node.reaches(.completed, id)
        }
    }
}
