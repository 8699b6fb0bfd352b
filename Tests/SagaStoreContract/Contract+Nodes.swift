package import SagaEngine
package import SagaValues
import TestSupport
import Testing

extension StoreContract {
    static let nodes: [StoreCheck] = [
        StoreCheck("each registration gives a new node, with a higher id than all before") { fixture in
            let store = try await fixture.makeStore()
            let first = try await store.register(nodeNamed: "a")
            let second = try await store.register(nodeNamed: "a")
            let third = try await fixture.makeStore().register(nodeNamed: "b")
            #expect(first < second && second < third)
        },
        StoreCheck("the living node with the lowest id is the leader, and its successor follows it") { fixture in
            let first = try await Author(fixture)
            let second = try await Author(fixture)
            #expect(try await first.beat().isLeader)
            #expect(try await !second.beat().isLeader)
            try await first.store.retire(first.node)
            #expect(try await second.beat().isLeader)
        },
        StoreCheck("a node whose lease ran out is dead: it is named with its watermark until it is retired") {
            fixture in
            let dead = try await Author(fixture)
            let living = try await Author(fixture)
            _ = try await dead.beat(watermark: 41, lease: .milliseconds(1))
            try await eventually("never declared dead") { try await !living.beat().dead.isEmpty }
            #expect(try await living.beat().dead == [.init(id: dead.node, watermark: 41)])
            try await living.store.retire(dead.node)
            #expect(try await living.beat().dead.isEmpty)
        },
        StoreCheck("a node that beats in time is not dead") { fixture in
            let one = try await Author(fixture)
            let other = try await Author(fixture)
            _ = try await one.beat(lease: .seconds(60))
            #expect(try await other.beat().dead.isEmpty)
            let beat = try await one.beat()
            #expect(beat.dead.isEmpty && !beat.isRetired)
        },
        StoreCheck("a node whose session is gone is dead at once, however long its lease") { fixture in
            let dead = try await Author(fixture)
            let living = try await Author(fixture)
            _ = try await dead.beat(watermark: 7, lease: .seconds(3600))
            #expect(try await living.beat().dead.isEmpty)
            try await fixture.endSession(of: dead.store)
            try await eventually("its session's end was not noticed") { try await !living.beat().dead.isEmpty }
            #expect(try await living.beat().dead == [.init(id: dead.node, watermark: 7)])
        },
        StoreCheck("a node that was only registered and is gone is dead at once, too") { fixture in
            let dead = try await Author(fixture)
            try await fixture.endSession(of: dead.store)
            let successor = try await Author(fixture)
            try await eventually("its session's end was not noticed") { try await !successor.beat().dead.isEmpty }
        },
        StoreCheck("a node that lost its session and beats again before it is missed lives on") { fixture in
            let one = try await Author(fixture)
            let other = try await Author(fixture)
            _ = try await one.beat()
            try await fixture.endSession(of: one.store)
            try await eventually("it cannot beat again") { await failure { _ = try await one.beat() } == nil }
            #expect(try await !one.beat().isRetired)
            #expect(try await other.beat().dead.isEmpty)
        },
        StoreCheck("a node that was declared dead hears so, may not commit or claim, and goes on as a new one") {
            fixture in
            var late = try await Author(fixture)
            let living = try await Author(fixture)
            _ = try await late.beat(lease: .milliseconds(1))
            try await eventually("never declared dead") { try await !living.beat().dead.isEmpty }
            let beat = try await late.beat()
            #expect(beat.isRetired && !beat.isLeader)

            let sample = late.sample()
            #expect(await failure { try await late.start(sample) } == .nodeRetired)
            #expect(try await living.store.load([sample.id]).isEmpty)
            #expect(await failure { _ = try await late.claim(from: living, after: 0) } == .nodeRetired)

            var next = try await Author(fixture)
            #expect(next.node > late.node)
            try await next.start(next.sample())
            #expect(try await living.beat().dead == [.init(id: late.node, watermark: 0)])
        },
        StoreCheck("a node that retires writes nothing from then on") { fixture in
            var author = try await Author(fixture)
            let sample = author.sample()
            try await author.start(sample)
            try await author.store.retire(author.node)
            #expect(await failure { try await author.commit { $0.update(sample, from: 1) } } == .nodeRetired)
            #expect(await failure { try await author.commit { _ in } } == .nodeRetired)
            let other = try await Author(fixture)
            #expect(try await other.row(sample).revision == 1)
        },
        StoreCheck("a node that nobody knows may not commit") { fixture in
            let author = try await Author(fixture)
            let unknown = Batch(node: NodeID(rawValue: 999_999), number: 1)
            #expect(await failure { _ = try await author.store.commit(unknown) } == .nodeRetired)
        },
        StoreCheck("a watermark never goes back") { fixture in
            let dead = try await Author(fixture)
            let living = try await Author(fixture)
            _ = try await dead.beat(watermark: 9)
            _ = try await dead.beat(watermark: 4, lease: .milliseconds(1))
            try await eventually("never declared dead") { try await !living.beat().dead.isEmpty }
            #expect(try await living.beat().dead == [.init(id: dead.node, watermark: 9)])
        },
        StoreCheck("of two nodes whose leases ran out the one that beats first lives") { fixture in
            let one = try await Author(fixture)
            let other = try await Author(fixture)
            _ = try await other.beat(lease: .milliseconds(1))
            try await eventually("the other's lease does not run out") {
                try await !one.beat(lease: .milliseconds(1)).dead.isEmpty
            }
            #expect(try await !one.beat().isRetired)
            #expect(try await other.beat().isRetired)
        },
        StoreCheck("the store tells the time, and it goes forward") { fixture in
            var author = try await Author(fixture)
            let first = try await author.store.ping()
            let second = try await author.beat().now
            let third = try await author.commit { _ in }.now
            #expect(first <= second && second <= third)
        },
    ]
}

extension Author {
    package func beat(watermark: Int64 = 0, lease: Duration = .seconds(30)) async throws -> Heartbeat {
        try await store.heartbeat(node, watermark: watermark, lease: lease)
    }

    /// What `other`'s node left behind, by a batch of its own.
    package mutating func claim(from other: Author, after watermark: Int64, limit: Int = 100) async throws -> [UUID] {
        let batch = batch { _ in }
        return try await store.claim(
            from: other.node, after: watermark, before: .max, by: node, batch: batch.number, limit: limit)
    }
}
