import MemoryStore
import SagaCore
import SagaValues
import TestSupport
import Testing

@testable import SagaEngine

@Suite("Another run of a saga that has ended") struct RerunTests {
    private let database = MemoryDatabase()
    private static let ann = Requester(subject: "ann", credential: "test", role: .operator)

    private static func definition(version: Int, lock: Bool = false) -> String {
        """
        workflow: buy
        version: \(version)
        input: { type: object, required: [n], properties: { n: { type: integer } } }
        \(lock ? "locks: [\"n:${input.n}\"]" : "")
        steps:
          - take: { do: one.take, undo: one.give, with: { n: "${input.n}" } }
          - pay: { do: two.pay, pivot: true }
        """
    }

    private func rerun(
        _ node: Node, _ id: UUID, version: Int? = nil, key: String? = nil, by requester: Requester = ann,
        isRehearsal: Bool = false
    ) async throws -> RerunResult {
        try await node.engine.rerun(
            RerunRequest(
                saga: id, version: version, idempotencyKey: key, reason: "once more", requester: requester,
                isRehearsal: isRehearsal))
    }

    private func audit(_ node: Node) async throws -> [AuditRecord] {
        try await node.store.auditRecords(AuditFilter(), before: nil, limit: 10).map(\.record)
    }

    @Test("it has the input, the tenant and the business key of the one before, and names it")
    func same() async throws {
        let node = Node(database)
        node.bus.whenAsked { $0.action == "two.pay" ? .rejected("no-money") : .done() }
        try await node.run { node in
            try await node.deploy(Self.definition(version: 1))
            let former = try await node.engine.start(
                StartRequest(
                    workflow: "buy", tenant: "acme", idempotencyKey: "k", businessKey: "order 7",
                    input: ["n": .number("7")])
            ).saga
            try await node.reaches(.compensated, former)
            try await node.deploy(Self.definition(version: 2))
            let rehearsed = try await rerun(node, former, isRehearsal: true)
            #expect(rehearsed.saga == nil && rehearsed.isNew && rehearsed.version == 2)
            #expect(try await audit(node).isEmpty)
            node.bus.whenAsked { _ in .done() }
            let result = try await rerun(node, former)
            let id = try #require(result.saga)
            #expect(result.isNew && result.version == 2 && id != former)
            try await node.reaches(.completed, id)
            let origin = try #require(try await node.store.summary(id)?.origin)
            #expect(origin.rerunOf == former && origin.key.tenant == "acme" && origin.businessKey == "order 7")
            #expect(try await node.history(id).first?.data == node.history(former).first?.data)
            let line = try #require(try await audit(node).first)
            #expect(line.verb == "rerun" && line.saga == former && line.tenant == "acme")
            #expect(String(decoding: line.detail, as: UTF8.self).contains(id.description))
        }
    }

    @Test("it is run once under a key, and once more under another; of an older version too")
    func once() async throws {
        let node = Node(database)
        node.bus.whenAsked { _ in .done() }
        try await node.run { node in
            for version in 1...2 { try await node.deploy(Self.definition(version: version)) }
            let (former, _) = try await node.play("buy", ["n": .number("1")])
            let first = try await rerun(node, former)
            let again = try await rerun(node, former)
            #expect(again.saga == first.saga && !again.isNew)
            let rehearsed = try await rerun(node, former, isRehearsal: true)
            #expect(rehearsed.saga == first.saga && !rehearsed.isNew)
            let other = try await rerun(node, former, version: 1, key: "other")
            #expect(other.isNew && other.saga != first.saga && other.version == 1)
            #expect(try await audit(node).count == 2)
        }
    }

    @Test("an open saga, a child, a stranger's and a viewer's wish are refused, and nothing is started")
    func refused() async throws {
        let node = Node(database)
        node.bus.whenAsked { _ in .silence }
        try await node.run { node in
            try await node.deploy(Self.definition(version: 1))
            let id = try await node.start("buy", ["n": .number("1")])
            await #expect { try await rerun(node, id) } throws: {
                "\($0)".contains("it is running: only a saga that has ended")
            }
            let viewer = Requester(subject: "vic", credential: "test", role: .viewer)
            await #expect { try await rerun(node, id, by: viewer) } throws: { "\($0)".contains("forbidden") }
            let stranger = Requester(subject: "sam", credential: "test", role: .admin, tenant: "other")
            await #expect { try await rerun(node, id, by: stranger) } throws: { "\($0)".contains("unknownSaga") }
            #expect(try await audit(node).map(\.outcome) == [.refused, .refused])
            #expect(try await node.store.list(SagaFilter(), after: nil, limit: 10).count == 1)
        }
    }

    @Test("a lock that another saga holds keeps it from running, and a dry run says so")
    func busy() async throws {
        let node = Node(database)
        node.bus.whenAsked { _ in .done() }
        try await node.run { node in
            try await node.deploy(Self.definition(version: 1, lock: true))
            let (former, _) = try await node.play("buy", ["n": .number("1")])
            node.bus.whenAsked { _ in .silence }
            _ = try await node.start("buy", ["n": .number("1")], key: "holder")
            for isRehearsal in [true, false] {
                await #expect { try await rerun(node, former, isRehearsal: isRehearsal) } throws: {
                    "\($0)".contains("busy")
                }
            }
        }
    }
}
