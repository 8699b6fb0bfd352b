import MemoryStore
import SagaValues
import TestSupport
import Testing

@testable import SagaEngine

@Suite("What ended long ago") struct RetentionTests {
    @Test("is dropped by the leader when it has been kept for long enough, and what is open or young stays")
    func dropped() async throws {
        let database = MemoryDatabase()
        let life = Duration.milliseconds(1)
        let node = Node(database) { configuration in
            configuration.jobPoll = .seconds(3600)
            configuration.retentionUpkeep = .milliseconds(20)
            configuration.jobRetention = life
            configuration.tokenRetention = .seconds(3600)
        }
        let store = node.store
        @Sendable func order() -> JobOrder {
            JobOrder(
                id: .v7(), tenant: nil, verb: .compensate, filter: [:], reason: "r",
                requester: Requester(subject: "s", credential: "c", role: .operator), rate: 1, key: "\(UUID.v7())",
                digest: [1])
        }
        let line = AuditRecord(
            at: .now(), author: .init(subject: "s", credential: "c", role: "admin", address: nil), verb: "v",
            outcome: .done, tenant: nil, reason: "")
        try await node.run { node in
            var nothing = SagaFilter()
            nothing.workflow = "nothing"
            try await node.deploy(Definitions.pivotFirst)
            node.bus.whenAsked { _ in .silence }
            _ = try await node.start("pivot-first", key: "k")
            let (open, ended) = (order(), order())
            _ = try await store.create(open, over: SagaFilter(), limit: 9, audit: line)
            _ = try await store.steer(open.id, from: [.running], to: .paused, audit: line)
            _ = try await store.create(ended, over: nothing, limit: 9, audit: line)
            _ = try await store.create(
                accessToken: NewAccessToken(
                    id: "t", digest: Array(repeating: 1, count: 32), subject: "s", role: .viewer, tenant: nil,
                    groups: [], createdBy: "s", life: .zero))
            try await eventually("the ended one is gone") { try await store.job(ended.id) == nil }
            #expect(try await store.job(open.id)?.status == .paused)
            #expect(try await store.accessToken("t") != nil, "an hour has not passed")
        }
    }
}
