import SagaCore
import SagaEngine
import SagaValues
import Testing

extension StoreContract {
    static let audit: [StoreCheck] = [
        StoreCheck("a line of the audit is kept as it is told, and the last comes first") { fixture in
            let store = try await fixture.makeStore()
            let lines = [
                AuditRecord.sample(verb: "deploy", workflow: "buy", reason: "余额 'x' \"y\""),
                .sample(
                    verb: "token-create", outcome: .refused, address: nil, reason: "",
                    detail: ["b": [1, "2"], "a": .number("1.10")]),
            ]
            try await store.audit(lines)
            try await store.audit([])
            let found = try await store.auditRecords(AuditFilter(), before: nil, limit: 10)
            #expect(found.map(\.record) == lines.reversed())
            #expect(found[0].number > found[1].number)
        },
        StoreCheck("lines come in pages, and each filter leaves out what it says and no more") { fixture in
            let store = try await fixture.makeStore()
            let (one, other) = (UUID.v7(), UUID.v7())
            let start = Timestamp.wholeNow
            let lines = [
                AuditRecord.sample(
                    at: start, subject: "mia", verb: "retry", tenant: "t", saga: one, reason: "100% sure"),
                .sample(
                    at: start + .seconds(1), subject: "tom", verb: "retry", tenant: "u", saga: other, reason: "a_b"),
                .sample(
                    at: start + .seconds(2), subject: "mia", verb: "skip", outcome: .refused, tenant: "t", saga: one),
                .sample(at: start + .seconds(3), subject: "mia", verb: "deploy", workflow: "buy", reason: "SURE thing"),
            ]
            try await store.audit(lines)
            func found(_ change: (inout AuditFilter) -> Void) async throws -> [Int] {
                var filter = AuditFilter()
                change(&filter)
                let records = try await store.auditRecords(filter, before: nil, limit: 10)
                return records.map { record in lines.firstIndex(of: record.record) ?? -1 }
            }
            #expect(try await found { _ in } == [3, 2, 1, 0])
            #expect(try await found { $0.subject = "mia" } == [3, 2, 0])
            #expect(try await found { $0.verb = "retry" } == [1, 0])
            #expect(try await found { $0.outcome = .refused } == [2])
            #expect(try await found { $0.tenant = "t" } == [2, 0], "what concerns all is nobody's own")
            #expect(try await found { $0.saga = other } == [1])
            #expect(try await found { $0.workflow = "buy" } == [3])
            #expect(try await found { $0.after = start } == [3, 2, 1])
            #expect(try await found { $0.before = start + .seconds(2) } == [1, 0])
            #expect(try await found { $0.text = "sure" } == [3, 0])
            for pattern in ["%", "_", "\\"] {
                #expect(
                    try await found { $0.text = pattern } == lines.indices.filter { lines[$0].reason.contains(pattern) }
                )
            }
            #expect(
                try await found {
                    $0.subject = "mia"; $0.tenant = "t"; $0.verb = "skip"
                } == [2])
            let first = try await store.auditRecords(AuditFilter(), before: nil, limit: 3)
            let rest = try await store.auditRecords(AuditFilter(), before: first.last?.number, limit: 3)
            #expect((first + rest).map(\.record) == lines.reversed())
        },
        StoreCheck("lines of a batch are written with it, but those of a saga that has moved on meanwhile") { fixture in
            var author = try await Author(fixture)
            let (fresh, stale) = (author.sample(), author.sample())
            for sample in [fresh, stale] { try await author.start(sample) }
            try await author.commit { $0.update(stale, from: 1) }
            let result = try await author.commit {
                $0.update(fresh, from: 1)
                $0.update(stale, from: 1)
                $0.audit = [.sample(verb: "retry", saga: stale.id), .sample(verb: "pause", saga: fresh.id)]
            }
            #expect(result.stale == [stale.id])
            let found = try await author.store.auditRecords(AuditFilter(), before: nil, limit: 10)
            #expect(found.map(\.record.verb) == ["pause"])
        },
        StoreCheck("a batch whose lines are about sagas that it does not update is refused") { fixture in
            var author = try await Author(fixture)
            let batch = author.batch { $0.audit = [.sample(verb: "retry", saga: UUID.v7())] }
            await #expect(throws: StoreError.self) { try await author.store.commit(batch) }
        },
    ]
}

extension AuditRecord {
    static func sample(
        at time: Timestamp = .wholeNow, subject: String = "mia", verb: String, outcome: Outcome = .done,
        address: String? = "127.0.0.1", tenant: String? = nil, saga: UUID? = nil, workflow: String? = nil,
        reason: String = "r", detail: JSON = [:]
    ) -> AuditRecord {
        AuditRecord(
            at: time, author: Author(subject: subject, credential: "c", role: "operator", address: address), verb: verb,
            outcome: outcome, tenant: tenant, saga: saga, workflow: workflow, reason: reason, detail: detail)
    }
}
