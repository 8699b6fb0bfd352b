import SagaEngine
import SagaValues
import Testing

extension StoreContract {
    static let retention: [StoreCheck] = [
        StoreCheck("jobs that ended before a time are dropped with their items, so many at once; open ones stay") {
            fixture in
            var author = try await Author(fixture)
            let samples = (0..<3).map { _ in author.sample() }
            try await author.start(samples)
            let store = author.store
            func make(_ filter: SagaFilter = SagaFilter()) async throws -> UUID {
                let order = JobOrder.sample()
                _ = try await store.create(order, over: filter, limit: 9, audit: .retention("job-create"))
                return order.id
            }
            func itemCount(_ job: UUID) async throws -> Int {
                let items: [JobItem] = try await store.items(of: job, status: nil, after: 0, limit: 9)
                return items.count
            }
            let (aborted, running, paused) = (try await make(), try await make(), try await make())
            for (id, status) in [(aborted, SagaJob.Status.aborted), (paused, .paused)] {
                _ = try await store.steer(id, from: [.running], to: status, audit: .retention("job"))
            }
            var nothing = SagaFilter()
            nothing.workflow = "nothing"
            let empty = try await make(nothing)
            let (first, last) = (
                try #require(try await store.job(aborted)?.endedAt), try #require(try await store.job(empty)?.endedAt)
            )
            #expect(try await store.dropJobs(endedBefore: first, limit: 9) == 0)
            let then = last > first ? last : first + .microseconds(1)
            #expect(try await store.dropJobs(endedBefore: then, limit: 2) == 2)
            let (left, known) = (try await itemCount(aborted), try await store.job(aborted))
            #expect(left == 1 && known != nil, "its items go first")
            #expect(try await store.dropJobs(endedBefore: then, limit: 2) >= 2)
            let (none, gone) = (try await itemCount(aborted), try await store.job(aborted))
            #expect(none == 0 && gone == nil)
            _ = try await store.dropJobs(endedBefore: then + .seconds(3600), limit: 9)
            #expect(try await store.job(empty) == nil)
            #expect(try await store.dropJobs(endedBefore: then + .seconds(3600), limit: 9) == 0)
            for id in [running, paused] {
                let (job, count) = (try await store.job(id), try await itemCount(id))
                #expect(job?.status.isFinal == false && count == 3)
            }
        },
        StoreCheck("tokens that expired or were revoked before a time are dropped, so many at once; no others") {
            fixture in
            let store = try await fixture.makeStore()
            for (id, life) in [("expired", Duration.zero), ("revoked", .seconds(3600)), ("good", .seconds(3600))] {
                _ = try await store.create(accessToken: .retention(id, life: life))
            }
            let expiry = try #require(try await store.accessToken("expired")?.token.expiresAt)
            let revocation = try #require(
                try await store.revoke(accessToken: "revoked", tenant: nil, by: "a")?.revokedAt)
            func left() async throws -> [String] {
                try await store.accessTokens(tenant: nil, all: true, limit: 9).map(\.id).sorted()
            }
            #expect(try await store.dropAccessTokens(endedBefore: expiry, limit: 9) == 0)
            let later = max(expiry, revocation) + .seconds(60)
            #expect(try await store.dropAccessTokens(endedBefore: later, limit: 1) == 1)
            #expect(try await left() == ["good", "revoked"], "what ended first goes first")
            #expect(try await store.dropAccessTokens(endedBefore: later, limit: 9) == 1)
            #expect(try await store.dropAccessTokens(endedBefore: later, limit: 9) == 0)
            #expect(try await left() == ["good"])
            #expect(try await store.accessToken("revoked") == nil)
        },
    ]
}

extension JobOrder {
    fileprivate static func sample() -> JobOrder {
        let id = UUID.v7()
        return JobOrder(
            id: id, tenant: nil, verb: .compensate, filter: ["status": "running"], reason: "r",
            requester: Requester(subject: "mia", credential: "c", role: .operator), rate: 20, key: "key of \(id)",
            digest: Array(repeating: 1, count: 32))
    }
}

extension AuditRecord {
    fileprivate static func retention(_ verb: String) -> AuditRecord {
        AuditRecord(
            at: .wholeNow, author: Author(subject: "mia", credential: "c", role: "operator", address: nil), verb: verb,
            outcome: .done, tenant: nil, reason: "r")
    }
}

extension NewAccessToken {
    fileprivate static func retention(_ id: String, life: Duration) -> NewAccessToken {
        NewAccessToken(
            id: id, digest: Array(repeating: 7, count: 32), subject: "ann", role: .viewer, tenant: nil, groups: [],
            createdBy: "root", life: life)
    }
}
