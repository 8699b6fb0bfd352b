import SagaCore
import SagaEngine
import SagaValues
import Testing

extension StoreContract {
    static let versions: [StoreCheck] = [
        StoreCheck("a version that is higher than all before is active with its deployment, a lower one never was") {
            fixture in
            let author = try await Author(fixture)
            let store = author.store
            #expect(author.workflow.activatedAt != nil)
            let third = try await store.deploy(workflow: "buy", version: 3, digest: "d3", source: "")
            let second = try await store.deploy(workflow: "buy", version: 2, digest: "d2", source: "")
            let other = try await store.deploy(workflow: "sell", version: 1, digest: "d1", source: "")
            #expect(second.activatedAt == nil && other.activatedAt != nil)
            #expect(try #require(third.activatedAt) > #require(author.workflow.activatedAt))
            for record in [author.workflow, second, third] { #expect(record.retiredAt == nil && record.changes == 0) }
        },
        StoreCheck("activating an older version makes it the last activated; what is active already is left alone") {
            fixture in
            let author = try await Author(fixture)
            let store = author.store
            let second = try await store.deploy(workflow: "buy", version: 2, digest: "d2", source: "")
            let before = try await store.schedules(of: []).catalogRevision
            let back = try await store.change(version: 1, of: "buy", .activate, audit: .line("back"))
            #expect(back.isDone && back.versions.map(\.version) == [1, 2])
            #expect(try #require(back.versions[0].activatedAt) > #require(second.activatedAt))
            #expect(back.versions[0].changes == 1 && back.versions[1] == second)
            let again = try await store.change(version: 1, of: "buy", .activate, audit: .line("again"))
            #expect(!again.isDone && again.versions == back.versions)
            // A new version is higher than all, so it is active; the same one once more changes nothing.
            let third = try await store.deploy(workflow: "buy", version: 3, digest: "d3", source: "")
            #expect(try #require(third.activatedAt) > #require(back.versions[0].activatedAt))
            #expect(try await store.deploy(workflow: "buy", version: 2, digest: "d2", source: "") == second)
            #expect(try await store.schedules(of: []).catalogRevision == before + 2)
            let lines = try await store.auditRecords(AuditFilter(), before: nil, limit: 9).map(\.record.reason)
            #expect(lines == ["back"])
        },
        StoreCheck("the active version is not retired, another is once, and activating it brings it back") { fixture in
            let author = try await Author(fixture)
            let store = author.store
            _ = try await store.deploy(workflow: "buy", version: 2, digest: "d2", source: "")
            let refused = try await store.change(version: 2, of: "buy", .retire, audit: .line("active"))
            #expect(!refused.isDone && refused.versions.allSatisfy { $0.retiredAt == nil })
            let retired = try await store.change(version: 1, of: "buy", .retire, audit: .line("old"))
            #expect(retired.isDone && retired.versions[0].retiredAt != nil && retired.versions[0].changes == 1)
            #expect(retired.versions[0].activatedAt == author.workflow.activatedAt)
            let again = try await store.change(version: 1, of: "buy", .retire, audit: .line("again"))
            #expect(!again.isDone && again.versions == retired.versions)
            let back = try await store.change(version: 1, of: "buy", .activate, audit: .line("back"))
            #expect(back.isDone && back.versions[0].retiredAt == nil && back.versions[0].changes == 2)
            #expect(try await store.workflows(ids: nil) == back.versions)
            let lines = try await store.auditRecords(AuditFilter(), before: nil, limit: 9).map(\.record.reason)
            #expect(lines == ["back", "old"])
        },
        StoreCheck("a version that is not there is not changed, nor another workflow's of the same number") { fixture in
            let author = try await Author(fixture)
            let store = author.store
            let other = try await store.deploy(workflow: "sell", version: 2, digest: "d", source: "")
            for deed in VersionDeed.allCases {
                let change = try await store.change(version: 2, of: "buy", deed, audit: .line("nothing"))
                #expect(change == VersionChange(isDone: false, versions: [author.workflow]))
                let nobody = try await store.change(version: 1, of: "nobody", deed, audit: .line("nothing"))
                #expect(nobody == VersionChange(isDone: false, versions: []))
            }
            #expect(try await store.workflows(ids: [other.id]) == [other])
            #expect(try await store.auditRecords(AuditFilter(), before: nil, limit: 9).isEmpty)
        },
        StoreCheck("no batch is committed in which a saga starts with a retired version; what runs with it goes on") {
            fixture in
            var author = try await Author(fixture)
            var elsewhere = try await Author(fixture, named: "elsewhere")
            let running = author.sample()
            try await author.start(running)
            _ = try await author.store.deploy(workflow: "buy", version: 2, digest: "d2", source: "")
            _ = try await author.store.change(version: 1, of: "buy", .retire, audit: .line("old"))
            let late = elsewhere.sample()
            #expect(await failure { try await elsewhere.start(late) } == .versionRetired)
            #expect(await failure { try await author.start(author.sample(), author.sample()) } == .versionRetired)
            #expect(try await author.store.load([late.id]).isEmpty)
            #expect(try await author.commit { $0.update(running, from: 1) }.stale.isEmpty)

            let link = ParentLink(saga: running.id, step: "each", item: 1, round: 1, body: "each", depth: 1)
            let part = author.sample(parent: link)
            let own = ParentLink(saga: running.id, step: "run", item: 0, round: 1, body: nil, depth: 1)
            try await author.start(part)
            #expect(await failure { try await author.start(author.sample(parent: own)) } == .versionRetired)
            let tombstone = author.sample(parent: own)
            try await author.commit { $0.start(tombstone, status: .compensated) }
            #expect(try await author.store.load([part.id, tombstone.id]).count == 2)

            _ = try await author.store.change(version: 1, of: "buy", .activate, audit: .line("back"))
            try await elsewhere.start(late)
        },
        StoreCheck("of starts and a retirement at once none is committed after the retirement") { fixture in
            let author = try await Author(fixture)
            _ = try await author.store.deploy(workflow: "buy", version: 2, digest: "d2", source: "")
            var other = try await Author(fixture, named: "other")
            for round in 1...10 {
                async let change = author.store.change(version: 1, of: "buy", .retire, audit: .line("\(round)"))
                let starting = Task { [other] in
                    var other = other
                    while true {
                        let code = await failure { try await other.start(other.sample()) }
                        if let code { return (other, code) }
                    }
                }
                #expect(try await change.isDone)
                // What is there now is all there will be.
                var filter = SagaFilter()
                filter.workflow = "buy"
                let there = try await author.store.affected(by: filter, limit: 1_000_000).count
                let (last, code) = await starting.value
                #expect(code == .versionRetired)
                #expect(try await author.store.affected(by: filter, limit: 1_000_000).count == there)
                other = last
                _ = try await author.store.change(version: 1, of: "buy", .activate, audit: .line("back"))
                _ = try await author.store.change(version: 2, of: "buy", .activate, audit: .line("and forth"))
            }
        },
    ]
}

extension AuditRecord {
    fileprivate static func line(_ reason: String) -> AuditRecord {
        let author = Author(subject: "mia", credential: "c", role: "admin", address: nil)
        return AuditRecord(
            at: .wholeNow, author: author, verb: "workflow-change", outcome: .done, tenant: nil, workflow: "buy",
            reason: reason)
    }
}
