import SagaCore
import SagaEngine
import SagaValues
import Testing

extension StoreContract {
    static let children: [StoreCheck] = [
        StoreCheck("a child comes back with its parent, everywhere") { fixture in
            var author = try await Author(fixture)
            let parent = author.sample()
            let links = [
                ParentLink(saga: parent.id, step: "pay", item: 0, round: 1, body: nil, depth: 1),
                ParentLink(saga: parent.id, step: "all", item: 7, round: 2, body: "all", depth: 16),
            ]
            let samples = links.map { author.sample(parent: $0) }
            // Together with one that has none.
            try await author.start([parent] + samples)
            #expect(try await author.loaded(parent).origin.parent == nil)
            for (link, sample) in zip(links, samples) {
                #expect(try await author.loaded(sample).origin == sample.origin)
                #expect(try await author.store.summary(sample.id)?.origin.parent == link)
            }
        },
        StoreCheck("the child of a step and an item is the one of the last round, whichever round is asked for") {
            fixture in
            var author = try await Author(fixture)
            let (parent, stranger) = (author.sample(), author.sample())
            func link(_ step: String, _ item: Int = 0, _ round: Int = 1, of saga: Sample? = nil) -> ParentLink {
                ParentLink(saga: (saga ?? parent).id, step: step, item: item, round: round, body: nil, depth: 1)
            }
            let links = [
                link("run"), link("run", 0, 2), link("each", 0), link("each", 1), link("each", 1, 3),
                link("each", 1, 2), link("run", of: stranger), link("other"),
            ]
            let samples = links.map { author.sample(parent: $0) }
            try await author.start([parent, stranger] + samples)
            func found(_ links: ParentLink...) async throws -> Set<ChildRecord> {
                let children = try await author.store.children(of: links)
                #expect(Set(children.map(\.link.place)).count == children.count)
                return Set(children)
            }
            func record(_ index: Int) -> ChildRecord { ChildRecord(saga: samples[index].id, link: links[index]) }
            #expect(try await found(link("run", 0, 1)) == [record(1)])
            #expect(try await found(link("run", 0, 9), link("run", 0, 1)) == [record(1)])
            #expect(
                try await found(link("each", 0), link("each", 1), link("each", 2), link("run", of: stranger))
                    == [record(2), record(4), record(6)])
            #expect(try await found(link("Run"), link("each", 3)) == [])
            #expect(try await author.store.children(of: []) == [])
        },
        StoreCheck("two children of one step, item and round are a conflict, whatever their keys") { fixture in
            var author = try await Author(fixture)
            let parent = author.sample()
            let link = ParentLink(saga: parent.id, step: "run", item: 0, round: 1, body: nil, depth: 1)
            let (first, second) = (author.sample(key: "a", parent: link), author.sample(key: "b", parent: link))
            try await author.start(parent, first)
            #expect(await failure { try await author.start(second) } == .startConflict)
            #expect(try await author.store.children(of: [link]).map(\.saga) == [first.id])
        },
        StoreCheck("of two nodes that start the same child at once, one does") { fixture in
            var one = try await Author(fixture)
            let other = try await Author(fixture)
            let parent = one.sample()
            try await one.start(parent)
            for item in 0..<20 {
                let link = ParentLink(saga: parent.id, step: "each", item: item, round: 1, body: "each", depth: 1)
                let samples = [one.sample(key: link.key, parent: link), other.sample(key: link.key, parent: link)]
                let outcomes = await Race.run(one, { $0.start(samples[0]) }, other, { $0.start(samples[1]) })
                #expect(outcomes.count { $0.isCommitted } == 1)
                #expect(outcomes.contains(.failed(.startConflict)))
                #expect(try await one.store.children(of: [link]).count == 1)
            }
        },
        StoreCheck("a completed saga may be undone by its parent: it is open again, and can be taken over") { fixture in
            var author = try await Author(fixture)
            var heir = try await Author(fixture)
            let link = ParentLink(saga: UUID.v7(), step: "run", item: 0, round: 1, body: nil, depth: 1)
            let child = author.sample(parent: link)
            try await author.start(child)
            try await author.end(child, from: 1)
            #expect(try await author.row(child).endedAt != nil)
            try await author.commit { $0.update(child, from: 2, status: .compensating, timer: nil) }
            let row = try await author.row(child)
            #expect(row.status == .compensating && row.endedAt == nil && row.revision == 3)
            #expect(try await heir.claim(from: author, after: 0) == [child.id])
            try await author.commit { $0.update(child, from: 3, status: .compensated) }
            #expect(try await author.row(child).status == .compensated)
            #expect(try await author.row(child).endedAt != nil)
        },
        StoreCheck("lists show what somebody started; children if they are asked for, or those of one saga") {
            fixture in
            var author = try await Author(fixture)
            let (parent, other) = (author.sample(businessKey: "o1"), author.sample(at: .fromNow(.milliseconds(1))))
            let children = (0..<5).map { item in
                author.sample(
                    businessKey: "o1",
                    parent: ParentLink(saga: parent.id, step: "each", item: item, round: 1, body: "each", depth: 1),
                    at: .fromNow(.milliseconds(2 + item)))
            }
            try await author.commit { batch in
                for sample in [parent, other] + children.dropLast() { batch.start(sample) }
                batch.start(children[4], status: .completed)
            }
            func list(limit: Int = 10, after: UUID? = nil, _ adjust: (inout SagaFilter) -> Void) async throws -> [UUID]
            {
                var filter = SagaFilter()
                adjust(&filter)
                return try await author.store.list(filter, after: after, limit: limit).map(\.id)
            }
            let newest = children.map(\.id).reversed()
            #expect(try await list { _ in } == [other.id, parent.id])
            #expect(try await list { $0.statuses = [.running] } == [other.id, parent.id])
            #expect(try await list { $0.workflow = "buy" } == [other.id, parent.id])
            #expect(try await list { $0.businessKey = "o1" } == [parent.id])
            #expect(try await list { $0.withChildren = true } == newest + [other.id, parent.id])
            #expect(try await list { $0.parent = parent.id } == Array(newest))
            #expect(
                try await list(limit: 2, after: children[3].id) { $0.parent = parent.id } == [
                    children[2].id, children[1].id,
                ])
            #expect(
                try await list {
                    $0.parent = parent.id; $0.statuses = [.completed]
                } == [children[4].id])
            #expect(
                try await list {
                    $0.parent = parent.id; $0.statuses = [.running, .queued]
                } == children.dropLast().map(\.id).reversed())
            #expect(try await list { $0.parent = other.id } == [])
        },
    ]
}
