import MemoryStore
import SagaCore
import SagaValues
import Synchronization
import TestSupport
import Testing

@testable import SagaEngine

@Suite("Child sagas") struct ChildTests {
    /// How far the store's clock is ahead.
    private final class Clock: Sendable {
        private let ahead = Mutex(Duration.zero)

        func turn(by duration: Duration) { ahead.withLock { $0 += duration } }
        var now: Timestamp { .now() + ahead.withLock { $0 } }
    }

    private let clock: Clock
    private let database: MemoryDatabase

    init() {
        let clock = Clock()
        self.clock = clock
        database = MemoryDatabase { clock.now }
    }

    private func node(_ plans: Plan..., name: String = "test") async throws -> Node {
        let node = Node(database, name: name)
        for plan in plans { try await node.learn(plan) }
        return node
    }

    private static func fails(_ action: String) -> @Sendable (Command) -> TestBus.Response {
        { $0.action == action ? .rejected("no") : .done(#"{"id":"x"}"#) }
    }

    // MARK: Forward

    @Test("a step that runs a workflow starts it with its input, and takes its output")
    func run() async throws {
        let node = try await node(Handmade.child, Handmade.parent)
        node.bus.whenAsked { _ in .done(#"{"id":"x"}"#) }
        try await node.run { node in
            let id = try await node.start("parent")
            try await node.reaches(.completed, id)
            #expect(node.bus.log == ["one.a do 1", "two.b do 1", "three.c do 1"])
            #expect(node.bus.sent[0].body == ["n": "1"])
            let child = try #require(try await node.children(of: id).first)
            #expect(child.row.status == .completed && child.origin.key.workflow == "child")
            let link = ParentLink(saga: id, step: "run", item: 0, round: 1, body: nil, depth: 1)
            #expect(child.origin.parent == link)
            let done = try #require(try await node.history(id).first { $0.kind == .done })
            #expect(
                done.step == "run" && done.item == nil && String(decoding: done.data, as: UTF8.self) == #"{"id":"x"}"#)
        }
    }

    @Test("every item of a list is a child with its item, no more at once than may be")
    func items() async throws {
        let node = try await node(Handmade.each(atOnce: 2))
        node.bus.whenAsked { $0.action == "one.item" ? .silence : .done() }
        try await node.run { node in
            let id = try await node.start("each", ["items": ["p", "q", "r"]])
            try await eventually("two have begun") { node.bus.sent.count == 2 }
            #expect(try await node.children(of: id).count == 2)
            node.bus.whenAsked { _ in .done() }
            for command in node.bus.sent { node.bus.reply(to: command, .done) }
            try await node.reaches(.completed, id)
            let children = try await node.children(of: id)
            #expect(children.map(\.row.status) == [.completed, .completed, .completed])
            #expect(children.map(\.origin.parent?.item) == [0, 1, 2])
            let bodies = node.bus.sent.filter { $0.action == "one.item" }.map(\.body.text)
            #expect(Set(bodies) == [#"{"got":"p"}"#, #"{"got":"q"}"#, #"{"got":"r"}"#])
            let items = try await node.history(id).filter { $0.kind == .done && $0.step == "all" }.map(\.item)
            #expect(Set(items) == [0, 1, 2])
        }
    }

    @Test("an order that comes twice starts one child, and one that comes late is answered with its end")
    func twice() async throws {
        let node = try await node(Handmade.child, Handmade.parent)
        node.bus.whenAsked { $0.action == "one.a" ? .silence : .done() }
        // The store's answer to the start of the child is lost, so the batch is made again.
        let isFirst = Mutex(true)
        node.store.chooseFaults { batch in
            guard batch.starts.contains(where: { $0.origin.parent != nil }) else { return nil }
            return isFirst.withLock { first in
                defer { first = false }
                return first ? .failsAfterwards(.outcomeUnknown) : nil
            }
        }
        try await node.run { node in
            let id = try await node.start("parent")
            try await eventually("the child has begun") { node.bus.sent.count >= 1 }
            let order = try order(.start(["n": "1"]), of: id)
            node.give(order, order)
            node.bus.whenAsked { _ in .done(#"{"id":"x"}"#) }
            node.bus.reply(to: node.bus.sent[0], .done, #"{"id":"x"}"#)
            try await node.reaches(.completed, id)
            let before = try await node.history(id).count
            try await node.settled(order)
            #expect(try await node.children(of: id).count == 1)
            #expect(Set(node.bus.sent.map(\.id)).count == 3)
            #expect(try await node.history(id).count == before)
        }
    }

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

    private func node(_ name: String) -> Node { Node(database, name: name) }

    /// As the parent's step `run` sends it.
    private func order(
        _ what: ChildOrder.What, of parent: UUID, item: Int = 0, depth: Int = 1
    ) throws -> ChildOrder {
        let origin = SagaOrigin(
            workflowID: 1, key: StartKey(tenant: "default", workflow: "parent", idempotencyKey: "key"), inputDigest: [],
            businessKey: nil, trace: nil, startedAt: .now())
        return ChildOrder(
            link: ParentLink(saga: parent, step: "run", item: item, round: 1, body: nil, depth: depth),
            workflow: .named("child"), parent: origin, what: what)
    }

    // MARK: Undo

    @Test("a parent that fails tells the child that runs to undo itself, and waits for that")
    func undoRunning() async throws {
        let node = try await node(Handmade.child, Handmade.beside)
        node.bus.whenAsked { $0.action.hasSuffix("-undo") || $0.action == "one.a" ? .done(#"{"id":"x"}"#) : .silence }
        try await node.run { node in
            let id = try await node.start("beside")
            try await eventually("the child is at its second step") { node.bus.log.contains("two.b do 1") }
            node.bus.reply(
                to: try #require(node.bus.sent.first { $0.action == "three.c" }),
                .rejected(.init(code: "no", message: "")))
            let child = try #require(try await node.children(of: id).first)
            try await eventually("the child is told") {
                try await node.history(child.id).contains { $0.kind == .cancelledByParent }
            }
            #expect(try await node.status(id) == .compensating)
            #expect(!node.bus.log.contains { $0.hasPrefix("one.a-undo") }, "its second step is not answered yet")
            node.bus.reply(to: try #require(node.bus.sent.first { $0.action == "two.b" }), .done)
            try await node.reaches(.compensated, id)
            #expect(try await node.status(child.id) == .compensated)
            #expect(node.bus.log.filter { $0.contains("undo") } == ["two.b-undo undo 1", "one.a-undo undo 1"])
        }
    }

    @Test("a parent that fails has a child that has completed undone, in its own reverse order")
    func undoCompleted() async throws {
        let node = try await node(Handmade.child, Handmade.parent)
        node.bus.whenAsked(Self.fails("three.c"))
        try await node.run { node in
            let id = try await node.start("parent")
            try await node.reaches(.compensated, id)
            let child = try #require(try await node.children(of: id).first)
            #expect(child.row.status == .compensated)
            #expect(
                node.bus.log == [
                    "one.a do 1", "two.b do 1", "three.c do 1", "two.b-undo undo 1", "one.a-undo undo 1",
                ])
            #expect(
                try await node.history(child.id).map(\.kind) == [
                    .started, .done, .done, .cancelledByParent, .done, .done,
                ])
        }
    }

    @Test("the items that are done are undone when one fails, and those that never began are not")
    func undoItems() async throws {
        let node = try await node(Handmade.each(atOnce: 1))
        node.bus.whenAsked { $0.body.text.contains("r") && $0.action == "one.item" ? .rejected("no") : .done() }
        try await node.run { node in
            let id = try await node.start("each", ["items": ["p", "q", "r", "s"]])
            try await node.reaches(.compensated, id)
            let children = try await node.children(of: id)
            #expect(children.map(\.row.status) == [.compensated, .compensated, .compensated])
            let undone = node.bus.sent.filter { $0.action == "one.item-undo" }.map { $0.body["input"]?.text }
            #expect(undone == [#"{"got":"q"}"#, #"{"got":"p"}"#])
        }
    }

    @Test("a child that fails by itself fails its parent's step, and leaves nothing to undo there")
    func childFails() async throws {
        let node = try await node(Handmade.child, Handmade.parent)
        node.bus.whenAsked(Self.fails("two.b"))
        try await node.run { node in
            let id = try await node.start("parent")
            try await node.reaches(.compensated, id)
            #expect(node.bus.log == ["one.a do 1", "two.b do 1", "one.a-undo undo 1"])
            #expect(try await node.history(id).map(\.kind) == [.started, .rejected])
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

    // MARK: What gets lost

    @Test("a node that dies between the parent's commit and the child's start is followed by one that starts it")
    func orderLost() async throws {
        let dying = try await node(Handmade.child, Handmade.parent, name: "dying")
        let heir = try await node(Handmade.child, Handmade.parent, name: "heir")
        heir.bus.whenAsked { _ in .done(#"{"id":"x"}"#) }
        let tries = Mutex(0)
        dying.store.chooseFaults { batch in
            guard batch.starts.contains(where: { $0.origin.parent != nil }) else { return nil }
            tries.withLock { $0 += 1 }
            return .fails(.unavailable)
        }
        try await heir.run { heir in
            try await dying.run { dying in
                let id = try await dying.start("parent")
                // Long enough for its heartbeats to say what has been confirmed.
                try await eventually("it wants to start the child") { tries.withLock { $0 } > 4 }
                #expect(try await heir.children(of: id).isEmpty)
                dying.store.cutOff()
                try await heir.reaches(.completed, id)
                #expect(try await heir.children(of: id).count == 1)
                #expect(heir.bus.log == ["one.a do 1", "two.b do 1", "three.c do 1"])
                // By the take-over: nobody had to look why nothing is heard of it.
                #expect(try await heir.history(id).map(\.kind) == [.started, .done, .done])
            }
        }
    }

    @Test("a child's end that was lost with its node is found out by asking again")
    func endLost() async throws {
        let dying = try await node(Handmade.child, Handmade.parent, name: "dying")
        let heir = try await node(Handmade.child, Handmade.parent, name: "heir")
        dying.bus.whenAsked { _ in .done(#"{"id":"x"}"#) }
        heir.bus.whenAsked { _ in .done() }
        let hasTried = Mutex(false)
        dying.store.chooseFaults { batch in
            guard batch.history.contains(where: { $0.entry.kind == .done && $0.entry.step == "run" }) else {
                return nil
            }
            hasTried.withLock { $0 = true }
            return .fails(.unavailable)
        }
        try await heir.run { heir in
            try await dying.run { dying in
                let id = try await dying.start("parent")
                try await eventually("the parent is about to learn of it") { hasTried.withLock { $0 } }
                // Else the heir would send the order once more as owed, and hear of the end that way.
                try await eventually("nobody owes it anything") { try await heir.store.load([id]).first?.owedBy == nil }
                dying.store.cutOff()
                let child = try #require(try await heir.children(of: id).first)
                #expect(child.row.status == .completed)
                #expect(try await heir.status(id) == .running)
                // Nobody owes it anything, so it takes a look at the child.
                clock.turn(by: .seconds(40))
                try await heir.reaches(.completed, id)
                #expect(heir.bus.log == ["three.c do 1"])
                #expect(try await heir.history(id).map(\.kind) == [.started, .timer, .done, .done])
            }
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

extension Node {
    /// Puts orders into the inbox, as a batch that is committed does.
    fileprivate func give(_ orders: ChildOrder...) {
        let delivery = Delivery(parts: orders.count) { _ in }
        engine.parts.inbox.put(orders.map { .child($0, delivery) })
    }

    /// The same for one, and waits until it is carried out.
    fileprivate func settled(_ order: ChildOrder) async throws {
        let isOver = Mutex(false)
        let delivery = Delivery(parts: 1) { _ in isOver.withLock { $0 = true } }
        engine.parts.inbox.put([.child(order, delivery)])
        try await eventually("the order is carried out") { isOver.withLock { $0 } }
    }
}
