import MemoryStore
import SagaCore
import SagaValues
import Synchronization
import TestSupport
import Testing

@testable import SagaEngine

@Suite("Events") struct EventTests {
    private let database = MemoryDatabase()

    private func node(_ plans: Plan..., name: String = "test") async throws -> Node {
        let node = Node(database, name: name) { $0.catalogPoll = .seconds(3600) }
        node.bus.whenAsked { _ in .done() }
        for plan in plans { try await node.learn(plan) }
        return node
    }

    private func listens(_ node: Node, _ id: UUID, times: Int = 1) async throws {
        try await eventually("it listens") {
            try await node.history(id).count { $0.kind == .done || $0.kind == .signalled } == times
        }
        // The wait is made known in a batch of its own.
        try await eventually("the wait is known") { node.engine.parts.watermark.withLock { $0.value == $0.last } }
    }

    // MARK: In

    @Test("an event that comes while a step waits for it is the step's output, and is acknowledged then")
    func after() async throws {
        let node = try await node(Handmade.listening())
        try await node.run { node in
            #expect(node.bus.subscribed == ["paid", "refused"])
            let id = try await node.start("listening", ["order": "o1"])
            try await listens(node, id)
            let event = node.bus.event("paid", #"{"order":"o1","amount":1.50}"#, id: "e1")
            await node.engine.receive([event])
            try await node.reaches(.completed, id)
            let signalled = try #require(try await node.history(id).last)
            #expect(signalled.kind == .signalled && signalled.data == event.body)
            try await eventually("it is acknowledged") { node.bus.acknowledgedEvents == [event.receipt] }
        }
    }

    @Test("an event that came before the step waited is found, if the saga had begun by then")
    func before() async throws {
        let node = try await node(Handmade.listening())
        node.bus.whenAsked { _ in .silence }
        try await node.run { node in
            let early = node.bus.event("paid", #"{"order":"o1"}"#, id: "early")
            await node.engine.receive([early])
            try await eventually("it is kept") { node.bus.acknowledgedEvents == [early.receipt] }
            let ids = [
                try await node.start("listening", ["order": "o1"], key: "1"),
                try await node.start("listening", ["order": "o2"], key: "2"),
            ]
            let late = node.bus.event("paid", #"{"order":"o2"}"#, id: "late")
            await node.engine.receive([late])
            try await eventually("both are kept") { node.bus.acknowledgedEvents.count == 2 }
            try await eventually("both are asked") { node.bus.sent.count == 2 }
            for command in node.bus.sent { node.bus.reply(to: command, .done) }
            try await node.reaches(.completed, ids[1])
            try await listens(node, ids[0])
            #expect(try await node.status(ids[0]) == .running)
        }
    }

    @Test("an event that comes twice is one: no second step of its saga gets it")
    func twice() async throws {
        let node = try await node(Handmade.listening(waits: 2))
        try await node.run { node in
            let id = try await node.start("listening", ["order": "o1"])
            try await listens(node, id)
            func send(_ name: String?) async throws {
                let event = node.bus.event("paid", #"{"order":"o1"}"#, id: name)
                await node.engine.receive([event])
                try await eventually("it is acknowledged") { node.bus.acknowledgedEvents.contains(event.receipt) }
            }
            try await send("e1")
            try await listens(node, id, times: 2)
            try await send("e1")
            #expect(try await node.status(id) == .running)
            // Without an id it is told by what it says.
            try await send(nil)
            try await node.reaches(.completed, id)
        }
    }

    @Test("events without an id are one if they say the same, and another if they do not")
    func withoutID() async throws {
        let node = try await node(Handmade.listening(waits: 2))
        try await node.run { node in
            let id = try await node.start("listening", ["order": "o1"])
            try await listens(node, id)
            for _ in 0..<2 { await node.engine.receive([node.bus.event("paid", #"{"order":"o1"}"#)]) }
            try await eventually("both are acknowledged") { node.bus.acknowledgedEvents.count == 2 }
            try await listens(node, id, times: 2)
            #expect(try await node.status(id) == .running)
            await node.engine.receive([node.bus.event("paid", #"{"order":"o1","n":2}"#)])
            try await node.reaches(.completed, id)
        }
    }

    @Test("every saga that waits for an event gets it, and none that waits for another")
    func several() async throws {
        let node = try await node(Handmade.listening())
        try await node.run { node in
            var ids: [UUID] = []
            for (key, order) in [("1", "o1"), ("2", "o1"), ("3", "o2")] {
                ids.append(try await node.start("listening", ["order": .string(order)], key: key))
            }
            for id in ids { try await listens(node, id) }
            await node.engine.receive([node.bus.event("paid", #"{"order":"o1"}"#, id: "e")])
            for id in ids[..<2] { try await node.reaches(.completed, id) }
            #expect(try await node.status(ids[2]) == .running)
            await node.engine.receive([node.bus.event("refused", #"{"order":"o2"}"#, id: "f")])
            try await node.reaches(.compensated, ids[2])
            #expect(try await node.history(ids[2]).map(\.kind) == [.started, .done, .signalRefused, .done])
        }
    }

    @Test("an event is acknowledged only once what it led to is committed")
    func committedFirst() async throws {
        let node = try await node(Handmade.listening())
        let fails = Mutex(true)
        let tries = Mutex(0)
        node.store.chooseFaults { batch in
            guard batch.history.contains(where: { $0.entry.kind == .signalled }) else { return nil }
            tries.withLock { $0 += 1 }
            return fails.withLock { $0 } ? .fails(.contention) : nil
        }
        try await node.run { node in
            let id = try await node.start("listening", ["order": "o1"])
            try await listens(node, id)
            await node.engine.receive([node.bus.event("paid", #"{"order":"o1"}"#, id: "e")])
            try await eventually("it was tried") { tries.withLock { $0 } > 2 }
            #expect(node.bus.acknowledgedEvents.isEmpty)
            fails.withLock { $0 = false }
            try await node.reaches(.completed, id)
            try await eventually("it is acknowledged") { node.bus.acknowledgedEvents.count == 1 }
        }
    }

    @Test("an event that cannot be taken in goes back to the broker after a pause, and in the end is put aside")
    func givenBack() async throws {
        let node = try await node(Handmade.listening())
        node.store.chooseFaults { batch in
            batch.history.contains { $0.entry.kind == .signalled } ? .fails(.broken) : nil
        }
        try await node.run { node in
            let id = try await node.start("listening", ["order": "o1"])
            try await listens(node, id)
            let event = node.bus.event("paid", #"{"order":"o1"}"#, id: "e")
            await node.engine.receive([event])
            try await eventually("it goes back") { node.bus.givenBack == [event.receipt] }
            await node.engine.receive([node.bus.event("paid", #"{"order":"o1"}"#, id: "e", redeliveries: 20)])
            try await eventually("it is put aside") { node.bus.quarantined.count == 1 }
            #expect(node.bus.givenBack.count == 1 && node.bus.acknowledgedEvents.isEmpty)
            #expect(try await node.status(id) == .running)
        }
    }

    @Test("what is no JSON object or too large is put aside, and what nobody listens for is let go")
    func unwanted() async throws {
        let node = try await node(Handmade.listening())
        try await node.run { node in
            let bodies = [
                "[1]", "7", "{", "", #"{"a":1,"a":2}"#, #"{"a":"\#(String(repeating: "x", count: 1 << 20))"}"#,
            ]
            await node.engine.receive(bodies.map { node.bus.event("paid", $0) })
            try await eventually("all are put aside") { node.bus.quarantined.count == bodies.count }
            let other = node.bus.event("other", "[1]")
            await node.engine.receive([other])
            #expect(node.bus.acknowledgedEvents == [other.receipt])
        }
    }

    @Test("while a stored version cannot be read here, events that nobody here listens for are left to others")
    func unreadableVersion() async throws {
        let node = try await node(Handmade.listening())
        _ = try await node.store.deploy(workflow: "newer", version: 1, digest: "d", source: "words: of the future")
        try await node.run { node in
            let event = node.bus.event("other", "{}")
            await node.engine.receive([event])
            try await eventually("it goes back") { node.bus.givenBack == [event.receipt] }
            #expect(node.bus.acknowledgedEvents.isEmpty)
        }
    }

    @Test("while the store is away, events that nobody is known to listen for are left to the broker")
    func storeAway() async throws {
        let node = try await node(Handmade.listening())
        try await node.run { node in
            node.store.cutOff()
            let event = node.bus.event("other", "{}")
            await node.engine.receive([event])
            try await eventually("it goes back") { node.bus.givenBack == [event.receipt] }
            #expect(node.bus.acknowledgedEvents.isEmpty)
            node.store.reconnect()
        }
    }

    @Test("a node that does not know yet where a new version looks keeps events for it all the same")
    func newVersion() async throws {
        let old = try await node(Handmade.listening(), name: "old")
        let new = try await node(Handmade.listening(), name: "new")
        try await old.run { old in
            try await new.run { new in
                try await new.learn(Handmade.listening(version: 2, path: "reference"))
                let version = try #require(new.engine.workflow(named: "listening", version: 2))
                let id = try await new.start("listening", ["order": "o1"])
                try await listens(new, id)
                // What it would read from the store has no text.
                let record = try #require(try await new.store.workflows(ids: [version.id]).first)
                old.store.whenAskedForWorkflows { [catalog = old.engine.parts.catalog] in catalog.add(version, record) }
                await old.engine.receive([old.bus.event("paid", #"{"reference":"o1"}"#, id: "e")])
                try await new.reaches(.completed, id)
            }
        }
    }

    @Test("the leader rolls up statistics again and again")
    func statistics() async throws {
        let node = Node(database) { $0.statisticsPoll = .milliseconds(5) }
        try await node.run { _ in
            try await eventually("it was done several times") { database.rollUps > 4 }
        }
    }

    @Test("the leader drops events that were kept for long enough")
    func retention() async throws {
        let node = Node(database) {
            $0.eventRetention = .milliseconds(200)
            $0.eventUpkeep = .milliseconds(20)
        }
        try await node.learn(Handmade.listening())
        try await node.run { node in
            let event = node.bus.event("paid", #"{"order":"o1"}"#, id: "e")
            await node.engine.receive([event])
            try await eventually("it is kept") { node.bus.acknowledgedEvents == [event.receipt] }
            let key = EventKey(event: "paid", path: [.member("order")], value: "o1")
            let wait = EventWait(saga: UUID.v7(), step: "s", since: Timestamp(microseconds: 0), keys: [key])
            try await eventually("it is dropped") { try await node.store.listen([wait]).isEmpty }
            try await eventually("nothing is left to drop") {
                try await node.store.dropEvents(before: .now(), limit: 10) == 0
            }
        }
    }

    @Test("a wait that was made known by nobody, since its node died, is made known by who takes over")
    func waitLost() async throws {
        let dying = try await node(Handmade.listening(), name: "dying")
        let heir = try await node(Handmade.listening(), name: "heir")
        try await heir.run { heir in
            try await dying.run { dying in
                let tries = Mutex(0)
                dying.store.whenListening {
                    tries.withLock { $0 += 1 }
                    return .unavailable
                }
                let id = try await dying.start("listening", ["order": "o1"])
                // Long enough for its heartbeats to say what has been confirmed.
                try await eventually("it has tried some times") { tries.withLock { $0 } > 4 }
                dying.store.cutOff()
                await heir.engine.receive([heir.bus.event("paid", #"{"order":"o1"}"#, id: "e")])
                try await heir.reaches(.completed, id)
            }
        }
    }

    // MARK: Out

    @Test("an event that was not confirmed is published again with the same id, and only then is its step done")
    func emit() async throws {
        let node = try await node(Handmade.telling)
        node.bus.whenPublished { _ in .unconfirmed }
        try await node.run { node in
            let id = try await node.start("telling", ["device": ["name": "phone"]])
            try await eventually("it was tried twice") { node.bus.published.count >= 2 }
            #expect(try await node.history(id).map(\.kind) == [.started])
            #expect(node.bus.sent.isEmpty)
            node.bus.whenPublished { _ in .confirmed }
            try await node.reaches(.completed, id)
            #expect(Set(node.bus.published.map(\.id)) == [CommandID(saga: id, step: "tell", direction: .do)])
            #expect(
                Set(node.bus.published.map { "\($0.name) \($0.body.text)" }) == [#"device.created {"name":"phone"}"#])
            #expect(try await node.history(id).map(\.kind) == [.started, .done, .done])
        }
    }

    @Test("an event that is too large is never published: its step has failed")
    func tooLarge() async throws {
        let node = try await node(Handmade.telling)
        node.bus.whenPublished { _ in .tooLarge(bytes: 2, limit: 1) }
        try await node.run { node in
            let id = try await node.start("telling", ["device": [:]])
            try await node.reaches(.compensated, id)
            #expect(try await node.history(id).map(\.kind) == [.started, .rejected])
        }
    }
}
