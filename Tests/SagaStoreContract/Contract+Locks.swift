import SagaCore
import SagaEngine
import SagaValues
import Testing

extension StoreContract {
    static let locks: [StoreCheck] = [
        StoreCheck("a lock key has one holder: a second start is a conflict, and nothing of its batch is written") {
            fixture in
            var author = try await Author(fixture)
            let (first, second, other) = (
                author.sample(locks: ["k", "l"]), author.sample(locks: ["l", "m"]), author.sample()
            )
            try await author.start(first)
            #expect(await failure { try await author.start(other, second) } == .startConflict)
            #expect(try await author.store.load([second.id, other.id]).isEmpty)
            let taken = try await author.store.lookUp(starts: [], lockKeys: ["k", "l", "m"]).taken
            #expect(taken == ["k", "l"])
        },
        StoreCheck("a key is taken while somebody holds it or is in line, and free again after that") { fixture in
            var author = try await Author(fixture)
            let (holder, waiting) = (author.sample(locks: ["k"]), author.sample(locks: ["k"]))
            func isTaken(_ author: Author) async throws -> Bool {
                try await author.store.lookUp(starts: [], lockKeys: ["k", "free"]).taken == ["k"]
            }
            try await author.start(holder)
            #expect(try await isTaken(author))
            try await author.start(waiting, queued: true)
            try await author.end(holder, from: 1, releasesLocks: true)
            #expect(try await isTaken(author))
            try await author.commit { $0.update(waiting, from: 1, takesLocks: true) }
            #expect(try await isTaken(author))
            try await author.end(waiting, from: 2, releasesLocks: true)
            #expect(try await !isTaken(author))
            try await author.start(author.sample(locks: ["k"]))
        },
        StoreCheck("those in line get their turn first come, first served") { fixture in
            var author = try await Author(fixture)
            let holder = author.sample(locks: ["k"])
            try await author.start(holder)
            let line = (0..<5).map { _ in author.sample(locks: ["k"]) }.shuffled()
            try await author.start(Array(line.prefix(3)), queued: true)
            for sample in line.dropFirst(3) { try await author.start(sample, queued: true) }
            #expect(try await author.store.grantable(limit: 10).isEmpty)

            try await author.end(holder, from: 1, releasesLocks: true)
            for sample in line {
                #expect(try await author.store.grantable(limit: 10) == [sample.id])
                try await author.commit { $0.update(sample, from: 1, takesLocks: true) }
                #expect(try await author.store.grantable(limit: 10).isEmpty)
                try await author.end(sample, from: 2, releasesLocks: true)
            }
        },
        StoreCheck("it is a saga's turn when all its keys are free and it is first in line for each") { fixture in
            var author = try await Author(fixture)
            let (holder, both, one, far) = (
                author.sample(locks: ["a"]), author.sample(locks: ["a", "b"]), author.sample(locks: ["b"]),
                author.sample(locks: ["c"])
            )
            try await author.start(holder)
            try await author.start(both, queued: true)
            try await author.start(one, queued: true)
            #expect(try await author.store.grantable(limit: 10).isEmpty)
            try await author.start(far, queued: true)
            #expect(try await author.store.grantable(limit: 10) == [far.id])
            try await author.end(holder, from: 1, releasesLocks: true)
            #expect(try await author.store.grantable(limit: 10) == [both.id, far.id])
            #expect(try await author.store.grantable(limit: 1) == [both.id])
            try await author.commit { $0.update(both, from: 1, takesLocks: true) }
            #expect(try await author.store.grantable(limit: 10) == [far.id])
            try await author.end(both, from: 2, releasesLocks: true)
            #expect(try await Set(author.store.grantable(limit: 10)) == [one.id, far.id])
        },
        StoreCheck("sagas that wait for the same keys in whatever order never wait for each other") { fixture in
            let one = try await Author(fixture)
            let other = try await Author(fixture)
            for round in 0..<10 {
                let keys = (0..<4).map { "r\(round)-\($0)" }
                let mine = (0..<5).map { _ in one.sample(locks: keys.shuffled().prefix(3).sorted()) }
                let its = (0..<5).map { _ in other.sample(locks: keys.shuffled().prefix(3).sorted()) }
                async let first: Void = one.getInLine(mine)
                async let second: Void = other.getInLine(its)
                _ = try await (first, second)
                var author = one
                var left = Set((mine + its).map(\.id))
                while let next = try await author.store.grantable(limit: 1).first {
                    let sample = (mine + its).first { $0.id == next }!
                    try await author.commit { $0.update(sample, from: 1, takesLocks: true) }
                    try await author.end(sample, from: 2, releasesLocks: true)
                    left.remove(next)
                }
                #expect(left.isEmpty)
            }
        },
        StoreCheck("nobody overtakes those in line: a start that would is a conflict") { fixture in
            var author = try await Author(fixture)
            let (waiting, late) = (author.sample(locks: ["k"]), author.sample(locks: ["k"]))
            try await author.start(waiting, queued: true)
            #expect(await failure { try await author.start(late) } == .startConflict)
            #expect(try await author.store.load([late.id]).isEmpty)
            #expect(try await author.store.grantable(limit: 10) == [waiting.id])
        },
        StoreCheck("a turn that comes when somebody has the key is a conflict, and nothing is written") { fixture in
            var author = try await Author(fixture)
            let (holder, waiting) = (author.sample(locks: ["k"]), author.sample(locks: ["k"]))
            try await author.start(holder)
            try await author.start(waiting, queued: true)
            let code = await failure { try await author.commit { $0.update(waiting, from: 1, takesLocks: true) } }
            #expect(code == .startConflict)
            #expect(try await author.row(waiting).status == .queued)
        },
        StoreCheck("in one batch the first may run and the others get in line") { fixture in
            var author = try await Author(fixture)
            let samples = (0..<3).map { _ in author.sample(locks: ["k"]) }
            try await author.commit { batch in
                batch.start(samples[0])
                batch.start(samples[1], queued: true)
                batch.start(samples[2], queued: true)
            }
            try await author.end(samples[0], from: 1, releasesLocks: true)
            #expect(try await author.store.grantable(limit: 10) == [samples[1].id])
        },
        StoreCheck("who is in line and ends leaves the line") { fixture in
            var author = try await Author(fixture)
            let (holder, gone, next) = (
                author.sample(locks: ["k"]), author.sample(locks: ["k"]), author.sample(locks: ["k"])
            )
            try await author.start(holder)
            try await author.start(gone, queued: true)
            try await author.start(next, queued: true)
            try await author.commit { $0.update(gone, from: 1, status: .compensated, releasesLocks: true) }
            try await author.end(holder, from: 1, releasesLocks: true)
            #expect(try await author.store.grantable(limit: 10) == [next.id])
        },
        StoreCheck("who ends in the batch in which its turn comes, or that starts it, keeps no lock") { fixture in
            var author = try await Author(fixture)
            let (brief, failed, next) = (
                author.sample(locks: ["k"]), author.sample(locks: ["l"]), author.sample(locks: ["k", "l"])
            )
            try await author.start(brief, queued: true)
            try await author.commit {
                $0.update(brief, from: 1, events: 2, status: .completed, takesLocks: true, releasesLocks: true)
                $0.start(failed, status: .compensated)
            }
            #expect(try await author.store.lookUp(starts: [], lockKeys: ["k", "l"]).taken.isEmpty)
            try await author.start(next)
        },
        StoreCheck("of two nodes that start with one lock key at once, one does") { fixture in
            let one = try await Author(fixture)
            let other = try await Author(fixture)
            for round in 0..<20 {
                let samples = [one.sample(locks: ["k\(round)"]), other.sample(locks: ["k\(round)"])]
                let outcomes = await Race.run(one, { $0.start(samples[0]) }, other, { $0.start(samples[1]) })
                #expect(outcomes.contains(.committed(stale: [])) && outcomes.contains(.failed(.startConflict)))
                #expect(try await one.store.load(samples.map(\.id)).count == 1)
            }
        },
    ]
}

extension Author {
    /// One after the other.
    fileprivate func getInLine(_ samples: [Sample]) async throws {
        var author = self
        for sample in samples { try await author.start(sample, queued: true) }
    }
}
