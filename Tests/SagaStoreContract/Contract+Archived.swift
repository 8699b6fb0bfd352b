import SagaCore
import SagaEngine
import SagaValues
import Testing

extension StoreContract {
    static let archived: [StoreCheck] = [
        StoreCheck("of a saga that was archived its key is known, and where it is, and nothing else is there") {
            fixture in
            var author = try await Author(fixture)
            let (gone, stays) = (author.sample(key: "k", tenant: "acme"), author.sample())
            try await author.start(gone, stays)
            try await author.end(gone, from: 1)
            let endedAt = try #require(try await author.row(gone).endedAt)
            try await author.store.audit([.about(gone), .about(stays)])
            try await fixture.archive([(gone.id, 2)], file: "archive of 余额.jsonl")

            #expect(try await author.store.load([gone.id]).isEmpty)
            #expect(try await author.store.summary(gone.id) == nil)
            #expect(try await author.store.list(SagaFilter(), after: nil, limit: 10).map(\.id) == [stays.id])
            let lines = try await author.store.auditRecords(AuditFilter(), before: nil, limit: 10)
            #expect(lines.map(\.record.saga) == [stays.id])
            let found = try #require(try await author.store.archived(gone.id))
            #expect(
                found
                    == ArchivedSaga(
                        id: gone.id, key: gone.origin.key, status: .completed, endedAt: endedAt,
                        file: "archive of 余额.jsonl"))
            #expect(try await author.store.archived(stays.id) == nil)
            let lookup = try await author.store.lookUp(starts: [stays.origin.key, gone.origin.key], lockKeys: [])
            #expect(lookup.existing[gone.origin.key] == .init(saga: gone.id, inputDigest: gone.origin.inputDigest))
            #expect(lookup.existing[stays.origin.key]?.saga == stays.id)
            let other = StartKey(tenant: "globex", workflow: "buy", idempotencyKey: "k")
            #expect(try await author.store.lookUp(starts: [other], lockKeys: []).existing.isEmpty)
            #expect(try await author.history(stays).count == 1)
        }
    ]
}

extension AuditRecord {
    fileprivate static func about(_ sample: Sample) -> AuditRecord {
        AuditRecord(
            at: .wholeNow, author: .init(subject: "mia", credential: "c", role: "admin", address: nil), verb: "retry",
            outcome: .done, tenant: sample.origin.key.tenant, saga: sample.id, reason: "r")
    }
}
