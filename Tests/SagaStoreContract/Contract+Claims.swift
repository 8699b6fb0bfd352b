import SagaEngine
import SagaValues
import Testing

extension StoreContract {
    static let claims: [StoreCheck] = [
        StoreCheck("claiming takes the open sagas that the dead node wrote after its watermark, and no others") {
            fixture in
            var dead = try await Author(fixture)
            var heir = try await Author(fixture)
            let (before, after, ended, moved) = (dead.sample(), dead.sample(), dead.sample(), dead.sample())
            try await dead.start(before)
            let watermark = dead.number
            try await dead.start(after, ended, moved)
            try await dead.end(ended, from: 1)
            try await heir.commit { $0.update(moved, from: 1) }

            #expect(try await heir.claim(from: dead, after: watermark) == [after.id])
            #expect(try await heir.claim(from: dead, after: watermark).isEmpty)
            #expect(try await heir.claim(from: dead, after: 0) == [before.id])
        },
        StoreCheck("claiming goes page by page, gives each saga once, and ends") { fixture in
            var dead = try await Author(fixture)
            var heir = try await Author(fixture)
            var ids: Set<UUID> = []
            for _ in 0..<3 {
                let samples = (0..<10).map { _ in dead.sample() }
                try await dead.start(samples)
                ids.formUnion(samples.map(\.id))
            }
            let claimed = try await heir.claimAll(from: dead, page: 7)
            #expect(claimed.count == 30 && Set(claimed) == ids)
        },
        StoreCheck("a node may claim from itself: what its earlier batches wrote, each saga once") { fixture in
            var author = try await Author(fixture)
            var ids: Set<UUID> = []
            for _ in 0..<10 {
                let sample = author.sample()
                try await author.start(sample)
                ids.insert(sample.id)
            }
            // Its pages are later batches, which it must not claim again.
            let claimed = try await author.claimAll(from: author, page: 3, before: author.number + 1)
            #expect(claimed.count == 10 && Set(claimed) == ids)
        },
        StoreCheck("a claim whose answer was lost is told again to the same batch, and to no other") { fixture in
            var dead = try await Author(fixture)
            var heir = try await Author(fixture)
            let samples = (0..<3).map { _ in dead.sample() }
            try await dead.start(samples)
            let batch = heir.batch { _ in }.number
            for _ in 0..<2 {
                let ids = try await heir.store.claim(
                    from: dead.node, after: 0, before: .max, by: heir.node, batch: batch, limit: 100)
                #expect(Set(ids) == Set(samples.map(\.id)))
            }
            #expect(try await heir.claim(from: dead, after: 0).isEmpty)
        },
        StoreCheck("an update that sends nothing leaves the one to answer for the commands who was") { fixture in
            var sender = try await Author(fixture)
            var other = try await Author(fixture)
            var heir = try await Author(fixture)
            let (quiet, moved) = (sender.sample(), sender.sample())
            try await sender.start(quiet, moved)
            #expect(try await sender.loaded(quiet).owedBy == sender.node)
            try await other.commit {
                $0.update(quiet, from: 1, sends: false)
                $0.update(moved, from: 1)
            }
            #expect(try await other.loaded(quiet).owedBy == sender.node)
            #expect(try await other.loaded(moved).owedBy == other.node)
            #expect(try await heir.claim(from: sender, after: 0) == [quiet.id])
        },
        StoreCheck("commands are owed until their node's watermark has passed the batch") { fixture in
            var sender = try await Author(fixture)
            let sample = sender.sample()
            try await sender.start(sample)
            _ = try await sender.beat(watermark: sender.number - 1)
            #expect(try await sender.loaded(sample).owedBy == sender.node)
            _ = try await sender.beat(watermark: sender.number)
            #expect(try await sender.loaded(sample).owedBy == nil)
        },
        StoreCheck("claiming changes no revision, and the claimed saga goes on from it") { fixture in
            var dead = try await Author(fixture)
            var heir = try await Author(fixture)
            let sample = dead.sample()
            try await dead.start(sample)
            let row = try await dead.row(sample)
            _ = try await heir.claim(from: dead, after: 0)
            #expect(try await heir.row(sample) == row)
            #expect(try await heir.commit { $0.update(sample, from: 1) }.stale.isEmpty)
        },
        StoreCheck("what was claimed and left again can be claimed from the one who claimed it") { fixture in
            var first = try await Author(fixture)
            var second = try await Author(fixture)
            var third = try await Author(fixture)
            let sample = first.sample()
            try await first.start(sample)
            _ = try await second.claim(from: first, after: 0)
            #expect(try await third.claim(from: first, after: 0).isEmpty)
            #expect(try await third.claim(from: second, after: 0) == [sample.id])
        },
        StoreCheck("sagas in line for locks are claimed like running ones") { fixture in
            var dead = try await Author(fixture)
            var heir = try await Author(fixture)
            let sample = dead.sample(locks: ["k"])
            try await dead.start(sample, queued: true)
            #expect(try await heir.claim(from: dead, after: 0) == [sample.id])
        },
    ]
}

extension Author {
    /// All pages, each as a batch of its own.
    fileprivate mutating func claimAll(from dead: Author, page: Int, before: Int64 = .max) async throws -> [UUID] {
        var claimed: [UUID] = []
        // A store that never ends must not hang the suite.
        for _ in 0..<100 {
            let batch = batch { _ in }.number
            let ids = try await store.claim(
                from: dead.node, after: 0, before: before, by: node, batch: batch, limit: page)
            #expect(ids.count <= page)
            claimed += ids
            if ids.count < page { return claimed }
        }
        Issue.record("claiming does not end")
        return claimed
    }
}
