import MemoryStore
import SagaCore
import SagaValues
import Synchronization
import TestSupport
import Testing

@testable import SagaEngine

@Suite("Child sagas") struct ChildTests {
    /// How far the store's clock is ahead.
    final class Clock: Sendable {
        private let ahead = Mutex(Duration.zero)

        func turn(by duration: Duration) { ahead.withLock { $0 += duration } }
        var now: Timestamp { .now() + ahead.withLock { $0 } }
    }

    let clock: Clock
    let database: MemoryDatabase

    init() {
        let clock = Clock()
        self.clock = clock
        database = MemoryDatabase { clock.now }
    }

    func node(_ plans: Plan..., name: String = "test") async throws -> Node {
        let node = Node(database, name: name)
        for plan in plans { try await node.learn(plan) }
        return node
    }

    private static func fails(_ action: String) -> @Sendable (Command) -> TestBus.Response {
        { $0.action == action ? .rejected("no") : .done(#"{"id":"x"}"#) }
    }

    func node(_ name: String) -> Node { Node(database, name: name) }

    /// As the parent's step `run` sends it.
    func order(
        _ what: ChildOrder.What, of parent: UUID, item: Int = 0, depth: Int = 1
    ) throws -> ChildOrder {
        let origin = SagaOrigin(
            workflowID: 1, key: StartKey(tenant: "default", workflow: "parent", idempotencyKey: "key"), inputDigest: [],
            businessKey: nil, trace: nil, startedAt: .now())
        return ChildOrder(
            link: ParentLink(saga: parent, step: "run", item: item, round: 1, body: nil, depth: depth),
            workflow: .named("child"), parent: origin, what: what)
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
}

extension Node {
    /// Puts orders into the inbox, as a batch that is committed does.
    func give(_ orders: ChildOrder...) {
        let delivery = Delivery(parts: orders.count) { _ in }
        engine.parts.inbox.put(orders.map { .child($0, delivery) })
    }

    /// The same for one, and waits until it is carried out.
    func settled(_ order: ChildOrder) async throws {
        let isOver = Mutex(false)
        let delivery = Delivery(parts: 1) { _ in isOver.withLock { $0 = true } }
        engine.parts.inbox.put([.child(order, delivery)])
        try await eventually("the order is carried out") { isOver.withLock { $0 } }
    }
}
