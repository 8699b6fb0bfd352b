import SagaCore
import SagaEngine
import SagaValues
import Testing

extension StoreContract {
    static let changes: [StoreCheck] = [
        StoreCheck("what happens to all sagas is told once, whichever node writes it, in the order of each saga") {
            fixture in
            var (one, other) = (try await Author(fixture, named: "one"), try await Author(fixture, named: "other"))
            let before = one.sample()
            try await one.start(before)
            let reader = try await fixture.makeStore()
            var follower = Follower(reader)
            #expect(try await follower.next().isEmpty, "what was there before is not news")

            let parent = ParentLink(saga: before.id, step: "s", item: 3, round: 1, body: "all", depth: 1)
            let (mine, theirs) = (one.sample(tenant: "t", businessKey: "b"), other.sample(parent: parent))
            try await one.start(mine)
            try await other.start(theirs)
            try await one.commit { $0.update(mine, from: 1, events: 3) }
            let first = try await follower.next()
            #expect(Set(first.map(\.saga)) == [mine.id, theirs.id])
            let told = first.filter { $0.saga == mine.id }
            #expect(told.map(\.revision) == [1, 2, 3, 4])
            #expect(told.map(\.status) == [nil, nil, nil, .running], "where it stood meanwhile is not stored")
            #expect(told.map(\.kind) == [.started, .done, .done, .done])
            #expect(told.map(\.step) == [nil, "step-0", "step-1", "step-2"])
            let last = try #require(told.last)
            #expect(
                (last.workflow, last.version, last.tenant, last.businessKey, last.parent) == ("buy", 1, "t", "b", nil))
            #expect((last.direction, last.attempt, last.item) == (.do, 1, nil))
            #expect(first.filter { $0.saga == theirs.id }.map(\.parent) == [before.id])

            #expect(try await follower.next().isEmpty)
            try await other.end(theirs, from: 1)
            #expect(try await follower.next().map(\.status) == [.completed])
        },
        StoreCheck("a look that comes in pages misses nothing that is written meanwhile, and tells it once") {
            fixture in
            var author = try await Author(fixture)
            var follower = Follower(try await fixture.makeStore())
            _ = try await follower.next()
            let samples = (0..<7).map { _ in author.sample() }
            try await author.start(samples)
            var (told, pages): ([SagaChange], Int) = ([], 0)
            repeat {
                let page = try await follower.page(limit: 3)
                told += page
                pages += 1
                // Older than what was told: the place alone would pass it over.
                if pages == 1 { try await author.start(author.sample(at: samples[0].origin.startedAt - .seconds(5))) }
            } while !follower.isThrough
            #expect(told.count == 7 && pages == 3)
            #expect(told == told.sorted { $0.place < $1.place })
            let rest = try await follower.next()
            #expect(rest.count == 1)
            #expect(Set((told + rest).map(\.saga)).count == 8)
        },
        StoreCheck("who resumes at a time is told all that is younger, and then goes on with what is new") { fixture in
            var author = try await Author(fixture)
            let now = Timestamp.wholeNow
            // Several windows of time, some of them empty.
            let samples = [-900, -400, -399, -398, -10, -5, -1].map { author.sample(at: now + .seconds($0)) }
            try await author.start(samples)
            var follower = Follower(
                try await fixture.makeStore(), ChangeMark(resumingAt: samples[1].origin.startedAt))
            var told: [UUID] = []
            repeat {
                let from = follower.mark?.from
                told += try await follower.page(limit: 2).map(\.saga)
                // Whoever loses the answer resumes here, and misses nothing.
                #expect(try #require(follower.mark?.from) >= #require(from))
            } while !follower.isThrough
            #expect(told == samples.dropFirst().map(\.id))
            #expect(try await follower.next().isEmpty)
            let new = author.sample()
            try await author.start(new)
            #expect(try await follower.next().map(\.saga) == [new.id])
            // From where it says that one may resume, the last ones are told again.
            var again = Follower(
                try await fixture.makeStore(), ChangeMark(resumingAt: try #require(follower.mark?.from)))
            #expect(try await again.next().map(\.saga) == samples.suffix(3).map(\.id) + [new.id])
        },
    ]
}

/// Somebody who follows all changes.
private struct Follower {
    let store: any SagaStore
    private(set) var mark: ChangeMark?
    private(set) var isThrough = false

    init(_ store: any SagaStore, _ mark: ChangeMark? = nil) {
        self.store = store
        self.mark = mark
    }

    mutating func page(limit: Int) async throws -> [SagaChange] {
        let page = try await store.changes(after: mark, limit: limit)
        (mark, isThrough) = (page.next, page.isLast)
        return page.changes
    }

    /// All there is.
    mutating func next() async throws -> [SagaChange] {
        var changes: [SagaChange] = []
        repeat { changes += try await page(limit: 100) } while !isThrough
        return changes
    }
}
