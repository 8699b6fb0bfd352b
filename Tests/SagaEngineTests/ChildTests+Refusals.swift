import MemoryStore
import SagaCore
import SagaValues
import Synchronization
import TestSupport
import Testing

@testable import SagaEngine

/// Children that never begin, whatever is asked later.
extension ChildTests {
    @Test("a child whose lock is taken never begins, also if its order comes again when the lock is free")
    func busy() async throws {
        let node = try await node(Handmade.locked("child"), Handmade.locked("holder"), Handmade.parent)
        node.bus.whenAsked { _ in .silence }
        try await node.run { node in
            let holder = try await node.start("holder")
            try await eventually("the lock is taken") { node.bus.sent.count == 1 }
            let id = try await node.start("parent")
            try await node.reaches(.compensated, id)
            let refused = try #require(try await node.history(id).first { $0.kind == .rejected })
            #expect(String(decoding: refused.data, as: UTF8.self).contains(#""code":"busy""#))
            node.bus.whenAsked { _ in .done() }
            node.bus.reply(to: node.bus.sent[0], .done)
            try await node.reaches(.completed, holder)
            try await node.settled(try order(.start(["n": "1"]), of: id))
            #expect(node.bus.log == ["one.a do 1"], "only the holder has done anything")
            #expect(try await node.children(of: id).map(\.row.status) == [.compensated])
        }
    }

    @Test("a child whose workflow nobody has deployed never begins, also if its order comes again when somebody has")
    func unknown() async throws {
        let node = Node(database) { $0.catalogPoll = .seconds(3600) }
        try await node.learn(Handmade.parent)
        node.bus.whenAsked { _ in .done(#"{"id":"x"}"#) }
        try await node.run { node in
            let id = try await node.start("parent")
            try await node.reaches(.compensated, id)
            let refused = try #require(try await node.history(id).first { $0.kind == .rejected })
            #expect(String(decoding: refused.data, as: UTF8.self).contains(#""code":"unknown-workflow""#))
            #expect(try await node.children(of: id).map(\.row.status) == [.compensated])
            try await node.learn(Handmade.child)
            // As it comes from a node that had not got it out.
            try await node.settled(try order(.start(["n": "1"]), of: id))
            #expect(node.bus.log.isEmpty, "nothing was done: \(node.bus.log)")
            let children = try await node.children(of: id)
            #expect(children.map(\.row.status) == [.compensated])
            // It can be loaded and told like any other.
            #expect(
                try await node.history(try #require(children.first).id).map(\.kind) == [.queued, .cancelledByParent])
        }
    }

    @Test("a child is refused for good, whatever version comes next, if its input does not fit or it stands too deep")
    func refusedForGood() async throws {
        let node = try await node(Handmade.parent, Handmade.child)
        node.bus.whenAsked { _ in .silence }
        try await node.run { node in
            let id = try await node.start("parent")
            try await eventually("the child has begun") { node.bus.sent.count == 1 }
            let deep = try order(.start(["n": "1"]), of: id, item: 1, depth: ChildOrder.depthLimit + 1)
            try await node.settled(deep)
            let tombstone = try #require(try await node.children(of: id).first { $0.origin.parent?.item == 1 })
            #expect(tombstone.row.status == .compensated && tombstone.origin.key.workflow == "child")
            try await node.settled(try order(.start(["n": "1"]), of: id, item: 1))
            #expect(try await node.children(of: id).count == 2 && node.bus.sent.count == 1)
        }
    }

    @Test("a workflow that was deployed through another node a moment ago is learnt of, and its child begins")
    func deployedElsewhere() async throws {
        let source = """
            workflow: child
            version: 1
            steps:
              - a: { do: one.a, undo: one.a-undo }
            """
        let node = Node(database) { $0.catalogPoll = .seconds(3600) }
        let other = Node(database, name: "other") { $0.catalogPoll = .seconds(3600) }
        for one in [node, other] { one.bus.whenAsked { _ in .done(#"{"id":"x"}"#) } }
        try await node.run { node in
            try await node.deploy(Self.caller)
            try await other.run { other in
                try await other.deploy(source)
                let id = try await node.start("caller")
                try await node.reaches(.completed, id)
                #expect(try await node.children(of: id).map(\.row.status) == [.completed])
            }
        }
    }

    private static let caller = """
        workflow: caller
        version: 1
        steps:
          - run: { run: child, with: { n: "1" } }
        """

    @Test("a child of a version that this node cannot compile waits for one that can, and is not run by an older one")
    func tooNew() async throws {
        let old = "workflow: child\nversion: 1\nsteps:\n  - a: { do: one.a, undo: one.a-undo }\n"
        let node = node("test")
        node.bus.whenAsked { _ in .done(#"{"id":"x"}"#) }
        try await node.run { node in
            try await node.deploy(old)
            try await node.deploy(Self.caller)
            _ = try await node.store.deploy(
                workflow: "child", version: 2, digest: "d",
                source: "workflow: child\nversion: 2\nsteps: a language to come")
            try await node.engine.parts.catalog.refresh()
            let id = try await node.start("caller")
            try await eventually("it waits") {
                node.log.count(of: "warning an order to a child has to wait") > 1
            }
            #expect(try await node.children(of: id).isEmpty && node.bus.log.isEmpty)
            #expect(try await node.status(id) == .running)
            // It can be undone meanwhile, and what was ordered before never begins.
            _ = try await node.engine.perform(
                OperatorRequest(saga: id, verb: .compensate, expectedRevision: nil, reason: "r", subject: "s"))
            try await eventually("its place is taken") {
                try await node.children(of: id).map(\.row.status) == [.compensated]
            }
            try await node.reaches(.compensated, id)
            #expect(node.bus.log.isEmpty)
        }
    }

    @Test("an undo that comes before the start leaves a child that never begins")
    func tombstone() async throws {
        let node = try await node(Handmade.child, Handmade.parent)
        node.bus.whenAsked { _ in .silence }
        try await node.run { node in
            let stranger = UUID.v7()
            try await node.settled(try order(.undo, of: stranger))
            let child = try #require(try await node.children(of: stranger).first)
            #expect(child.row.status == .compensated)
            try await node.settled(try order(.start([:]), of: stranger))
            #expect(try await node.children(of: stranger).map(\.id) == [child.id])
            #expect(node.bus.sent.isEmpty)
            // Another item is another child.
            try await node.settled(try order(.start([:]), of: stranger, item: 1))
            try await eventually("that one begins") { node.bus.log == ["one.a do 1"] }
        }
    }

    @Test("children of children are as deep as may be, and no deeper")
    func circle() async throws {
        let endless = Plan(
            workflow: "endless", version: 1, root: .step(0),
            steps: [Step(name: "again", kind: .run(ChildRun(workflow: "endless", input: .literal([:]))))])
        let node = try await node(endless)
        try await node.run { node in
            let id = try await node.start("endless")
            try await node.reaches(.compensated, id)
            #expect(database.openSagas.isEmpty)
            var filter = SagaFilter()
            filter.withChildren = true
            let all = try await node.store.list(filter, after: nil, limit: 100)
            // The deepest is the refusal, and has never begun.
            #expect(all.map { $0.origin.parent?.depth ?? 0 }.sorted() == Array(0...ChildOrder.depthLimit + 1))
            let refusal = try #require(all.first { $0.origin.parent?.depth == ChildOrder.depthLimit + 1 })
            #expect(try await node.history(refusal.id).map(\.kind) == [.queued, .cancelledByParent])
        }
    }
}
