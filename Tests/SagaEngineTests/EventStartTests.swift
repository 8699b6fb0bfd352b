import MemoryStore
import SagaCore
import SagaValues
import Synchronization
import TestSupport
import Testing

@testable import SagaEngine

@Suite("Starts by events") struct EventStartTests {
    private let database = MemoryDatabase()

    private static func welcome(
        _ name: String = "welcome", version: Int = 1, on: String? = nil, more: String = ""
    ) -> String {
        let on =
            on
                ?? """
                on:
                  - event: user.created
                    key: "${event.userId}"
                    input: { userId: "${event.userId}" }
                """
        return """
            workflow: \(name)
            version: \(version)
            \(on)
            \(more)
            steps:
              - greet: { do: one.greet, undo: one.greet-undo }
            """
    }

    /// With the event itself for its input.
    private static let whole = "on: [{ event: user.created, key: \"${event.userId}\" }]"
    private static let strict = """
        input: { type: object, required: [userId], properties: { userId: { type: string, maxLength: 3 } } }
        """

    private func node(
        _ name: String = "test", _ sources: String..., adjust: (inout EngineConfiguration) -> Void = { _ in }
    ) async throws -> Node {
        let node = Node(database, name: name) {
            $0.catalogPoll = .seconds(3600)
            adjust(&$0)
        }
        for source in sources { try await node.deploy(source) }
        return node
    }

    /// Workflow, version and key of what was started, in the order of their names.
    private func started(_ node: Node) async throws -> [String] {
        try await node.store.list(SagaFilter(), after: nil, limit: 1_000).map {
            "\($0.origin.key.workflow) \($0.workflowVersion) \($0.origin.key.idempotencyKey)"
        }.sorted()
    }

    private func input(_ node: Node) async throws -> String {
        let saga = try #require(try await node.store.list(SagaFilter(), after: nil, limit: 1).first)
        return String(decoding: try await node.history(saga.id)[0].data, as: UTF8.self)
    }

    /// Sends an event, and waits until the broker has it off its hands.
    @discardableResult
    private func send(
        _ node: Node, _ body: String, name: String = "user.created", id: String? = nil
    ) async throws -> IncomingEvent {
        let event = node.bus.event(name, body, id: id)
        let before = node.bus.quarantined.count
        await node.engine.receive([event])
        try await eventually("\(body) is taken in") {
            node.bus.acknowledgedEvents.contains(event.receipt) || node.bus.quarantined.count > before
        }
        return event
    }

    // MARK: What is started

    @Test("an event starts a saga: with its key, the input made from it, and its trace; and is acknowledged")
    func started() async throws {
        try await node("test", Self.welcome()).run { node in
            #expect(node.bus.subscribed == ["user.created"])
            let trace = TraceContext(traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
            let event = node.bus.event("user.created", #"{"userId":"u1","n":1.50}"#, id: "e1", trace: trace)
            await node.engine.receive([event])
            try await eventually("it is acknowledged") { node.bus.acknowledgedEvents == [event.receipt] }
            #expect(try await started(node) == ["welcome 1 event:u1"])
            #expect(try await input(node) == #"{"userId":"u1"}"#)
            let saga = try #require(try await node.store.list(SagaFilter(), after: nil, limit: 1).first)
            #expect(saga.origin.key.tenant == "default" && saga.origin.businessKey == "u1")
            #expect(saga.origin.trace == trace && trace != nil)
            try await node.reaches(.completed, saga.id)
        }
    }

    @Test("without a template the event itself is the input, digit by digit")
    func wholeEvent() async throws {
        try await node("test", Self.welcome(on: Self.whole)).run { node in
            try await send(node, #"{"userId":7,"n":1.50}"#)
            #expect(try await started(node) == ["welcome 1 event:7"])
            #expect(try await input(node) == #"{"userId":7,"n":1.50}"#)
        }
    }

    @Test("an event that comes again starts nothing again, under whatever id, also with others in one batch")
    func twice() async throws {
        try await node("test", Self.welcome()).run { node in
            let bodies = [#"{"userId":"u1"}"#, #"{"userId":"u2"}"#, #"{"userId":"u1","again":true}"#]
            let events = bodies.map { node.bus.event("user.created", $0) }
            await node.engine.receive(events)
            try await eventually("all are acknowledged") { node.bus.acknowledgedEvents.count == 3 }
            for id in ["e1", "e1", "e2"] { try await send(node, #"{"userId":"u1"}"#, id: id) }
            #expect(try await started(node) == ["welcome 1 event:u1", "welcome 1 event:u2"])
            #expect(node.engine.statistics.sagasStarted == 2 && node.bus.quarantined.isEmpty)
        }
    }

    @Test("the highest version is started, also for what comes again; one that is not named by it starts nothing")
    func versions() async throws {
        try await node("test", Self.welcome()).run { node in
            try await send(node, #"{"userId":"u1"}"#)
            try await node.deploy(Self.welcome(version: 3))
            try await node.deploy(Self.welcome(version: 2))
            for user in ["u1", "u2"] { try await send(node, #"{"userId":"\#(user)"}"#) }
            #expect(try await started(node) == ["welcome 1 event:u1", "welcome 3 event:u2"])
            try await node.deploy(Self.welcome(version: 4, on: "title: by request"))
            try await send(node, #"{"userId":"u3"}"#)
            #expect(try await started(node).count == 2)
        }
    }

    @Test("an event starts a saga of each workflow that names it, and no other")
    func twoWorkflows() async throws {
        let other = "on: [{ event: user.deleted, key: \"${event.userId}\" }]"
        try await node(
            "test", Self.welcome("a"), Self.welcome("b", on: Self.whole), Self.welcome("c", on: other)
        ).run { node in
            #expect(node.bus.subscribed == ["user.created", "user.deleted"])
            try await send(node, #"{"userId":"u1"}"#)
            #expect(try await started(node) == ["a 1 event:u1", "b 1 event:u1"])
        }
    }

    @Test("'where' chooses among the events; what it reads and an event does not have is not chosen")
    func condition() async throws {
        let on = """
            on:
              - { event: user.created, key: "${event.userId}", where: "${event.age >= 18}" }
            """
        try await node("test", Self.welcome(on: on)).run { node in
            for body in [#""a","age":17"#, #""b","age":18"#, #""c""#, #""d","age":"old""#] {
                try await send(node, #"{"userId":\#(body)}"#)
            }
            #expect(try await started(node) == ["welcome 1 event:b"])
            #expect(node.bus.quarantined.isEmpty)
        }
    }

    // MARK: What cannot be started

    @Test(
        "an event that has no key, or not the right input, is put aside with the reason, and those around it go on",
        arguments: [
            (#"{"name":"x"}"#, "userId"), (#"{"userId":null}"#, "neither text nor a number"),
            (#"{"userId":["u"]}"#, "neither text nor a number"), (#"{"userId":""}"#, "0 bytes"),
            (#"{"userId":"\#(String(repeating: "x", count: 201))"}"#, "201 bytes"),
            (#"{"userId":"long"}"#, "does not fit"),
        ])
    func unusable(_ body: String, _ reason: String) async throws {
        try await node("test", Self.welcome(on: Self.whole, more: Self.strict)).run { node in
            let events = [#"{"userId":"u1"}"#, body, #"{"userId":"u2"}"#].map { node.bus.event("user.created", $0) }
            await node.engine.receive(events)
            try await eventually("one is put aside") { node.bus.quarantined.count == 1 }
            try await eventually("two are acknowledged") { node.bus.acknowledgedEvents.count == 2 }
            #expect(try await started(node) == ["welcome 1 event:u1", "welcome 1 event:u2"])
            #expect(node.bus.quarantined[0].contains("welcome version 1") && node.bus.quarantined[0].contains(reason))
            #expect(node.log.count(of: "error an event does not start what it is to start") == 1)
            #expect(node.engine.statistics.startsRefused == 1 && node.bus.givenBack.isEmpty)
            let failed = try await node.store.failedStarts(limit: 10)
            #expect(failed.map(\.reason) == node.bus.quarantined && failed.map(\.name) == ["user.created"])
            #expect(failed.first?.source == .event && failed.first?.key.hasPrefix("sha256:") == true)
        }
    }

    @Test("an event is not put aside before it is on record why; until then it is left to the broker")
    func recordedFirst() async throws {
        try await node("test", Self.welcome(on: Self.whole, more: Self.strict)).run { node in
            node.store.whenKeepingFailedStart { .unavailable }
            let event = node.bus.event("user.created", #"{"userId":"too long"}"#, id: "e-1")
            await node.engine.receive([event])
            try await eventually("it is given back") { node.bus.givenBack == [event.receipt] }
            #expect(node.bus.quarantined.isEmpty)
            node.store.whenKeepingFailedStart(nil)
            await node.engine.receive([event])
            try await eventually("it is put aside") { node.bus.quarantined.count == 1 }
            #expect(try await node.store.failedStarts(limit: 10).map(\.key) == ["e-1"])
        }
    }

    @Test("an event that nobody can read, or that came back too often, is on record too")
    func unreadable() async throws {
        try await node("test", Self.welcome()).run { node in
            await node.engine.receive([node.bus.event("user.created", "[1]", id: "list")])
            try await eventually("it is put aside") { node.bus.quarantined.count == 1 }
            node.store.chooseFaults { $0.starts.isEmpty ? nil : .fails(.broken) }
            await node.engine.receive([
                node.bus.event("user.created", #"{"userId":"u1"}"#, id: "often", redeliveries: 20)
            ])
            try await eventually("it is put aside") { node.bus.quarantined.count == 2 }
            let failed = try await node.store.failedStarts(limit: 10)
            #expect(failed.map(\.key) == ["often", "list"])
            #expect(failed.map(\.reason) == node.bus.quarantined.reversed())
            #expect(failed[0].reason.contains("20 times") && failed[1].reason.contains("no JSON object"))
        }
    }

    @Test("what one workflow refuses another begins with, and the event is put aside once that is committed")
    func badBesideGood() async throws {
        let node = try await node("test", Self.welcome("bad", on: Self.whole, more: Self.strict), Self.welcome("good"))
        let fails = Mutex(true)
        let tries = Mutex(0)
        node.store.chooseFaults { batch in
            guard !batch.starts.isEmpty else { return nil }
            tries.withLock { $0 += 1 }
            return fails.withLock { $0 } ? .fails(.unavailable) : nil
        }
        try await node.run { node in
            await node.engine.receive([node.bus.event("user.created", #"{"userId":"too long"}"#)])
            try await eventually("it was tried") { tries.withLock { $0 } > 1 }
            #expect(node.bus.quarantined.isEmpty)
            fails.withLock { $0 = false }
            try await eventually("it is put aside") { node.bus.quarantined.count == 1 }
            #expect(try await started(node) == ["good 1 event:too long"])
            #expect(node.bus.quarantined[0].contains("bad version 1") && !node.bus.quarantined[0].contains("good"))
        }
    }

    @Test("a key that was used with another input is told of, within a batch and later")
    func conflict() async throws {
        try await node("test", Self.welcome(on: Self.whole)).run { node in
            let events = [1, 2].map { node.bus.event("user.created", #"{"userId":"u1","n":\#($0)}"#) }
            await node.engine.receive(events)
            try await eventually("one is put aside") { node.bus.quarantined.count == 1 }
            try await send(node, #"{"userId":"u1","n":3}"#)
            try await send(node, #"{"userId":"u1","n":1}"#)
            #expect(node.bus.quarantined.count == 2 && node.bus.acknowledgedEvents.count == 2)
            #expect(node.bus.quarantined.allSatisfy { $0.contains("with the same key and another input") })
            #expect(try await started(node).count == 1)
        }
    }

    @Test("a lock that is held refuses the start or lets it wait in line, as the workflow says")
    func locks() async throws {
        let node = try await node(
            "test", Self.welcome("reject", more: "locks: [\"all\"]"),
            Self.welcome("wait", more: "locks: [\"line\"]\nonBusy: queue"))
        node.bus.whenAsked { _ in .silence }
        try await node.run { node in
            for user in ["u1", "u2"] { try await send(node, #"{"userId":"\#(user)"}"#) }
            #expect(try await started(node) == ["reject 1 event:u1", "wait 1 event:u1", "wait 1 event:u2"])
            #expect(node.bus.quarantined.count == 1 && node.bus.quarantined[0].contains("holds the lock all"))
            let statuses = try await node.store.list(SagaFilter(), after: nil, limit: 10).map(\.row.status)
            #expect(statuses.count { $0 == .queued } == 1)
        }
    }

    // MARK: What goes wrong

    @Test("an event is acknowledged only once its starts are committed, however long that takes")
    func committedFirst() async throws {
        let node = try await node("test", Self.welcome())
        let fails = Mutex(true)
        let tries = Mutex(0)
        node.store.chooseFaults { batch in
            guard !batch.starts.isEmpty else { return nil }
            tries.withLock { $0 += 1 }
            return fails.withLock { $0 } ? .fails(.unavailable) : nil
        }
        try await node.run { node in
            let event = node.bus.event("user.created", #"{"userId":"u1"}"#)
            await node.engine.receive([event])
            try await eventually("it was tried") { tries.withLock { $0 } > 1 }
            #expect(node.bus.acknowledgedEvents.isEmpty && node.bus.givenBack.isEmpty)
            fails.withLock { $0 = false }
            try await eventually("it is acknowledged") { node.bus.acknowledgedEvents == [event.receipt] }
            #expect(try await started(node).count == 1)
        }
    }

    @Test("a commit whose answer is lost starts one saga, and its command is sent")
    func lostAnswer() async throws {
        let node = try await node("test", Self.welcome())
        node.store.chooseFaults { $0.starts.isEmpty ? nil : .failsAfterwards(.outcomeUnknown) }
        try await node.run { node in
            try await send(node, #"{"userId":"u1"}"#)
            #expect(try await started(node).count == 1)
            try await eventually("it is asked") { node.bus.log == ["one.greet do 1"] }
        }
    }

    @Test("two nodes that get the same event start one saga")
    func race() async throws {
        let nodes = [try await node("one", Self.welcome()), try await node("two", Self.welcome())]
        try await nodes[0].run { one in
            try await nodes[1].run { two in
                for round in 0..<30 {
                    async let first = send(one, #"{"userId":"u\#(round)"}"#)
                    async let second = send(two, #"{"userId":"u\#(round)"}"#)
                    _ = try await (first, second)
                }
                #expect(try await started(one).count == 30)
                #expect(one.engine.statistics.sagasStarted + two.engine.statistics.sagasStarted == 30)
                #expect(one.bus.quarantined.isEmpty && two.bus.quarantined.isEmpty)
            }
        }
    }

    @Test("more than a batch takes is started batch by batch, whatever else waits for its start")
    func overload() async throws {
        let node = try await node("test", Self.welcome("a"), Self.welcome("b"), Self.welcome("c")) {
            $0.batchLimit = 4
            $0.startLimit = 0
        }
        let largest = Mutex(0)
        node.store.chooseFaults { batch in
            largest.withLock { $0 = max($0, batch.starts.count) }
            return nil
        }
        try await node.run { node in
            let events = (0..<20).map { node.bus.event("user.created", #"{"userId":"u\#($0)"}"#) }
            await node.engine.receive(events)
            try await eventually("all are acknowledged") { node.bus.acknowledgedEvents.count == 20 }
            #expect(try await started(node).count == 60)
            #expect(largest.withLock { $0 } == 3)
        }
    }

    @Test("an event whose start breaks its batch goes back to the broker, and the others do not suffer")
    func broken() async throws {
        let node = try await node("test", Self.welcome())
        node.store.chooseFaults { batch in
            batch.starts.contains { $0.origin.businessKey == "poison" } ? .fails(.broken) : nil
        }
        try await node.run { node in
            let events = ["u1", "poison", "u2"].map { node.bus.event("user.created", #"{"userId":"\#($0)"}"#) }
            await node.engine.receive(events)
            try await eventually("it goes back") { node.bus.givenBack == [events[1].receipt] }
            #expect(try await started(node) == ["welcome 1 event:u1", "welcome 1 event:u2"])
            await node.engine.receive([node.bus.event("user.created", #"{"userId":"poison"}"#, redeliveries: 20)])
            try await eventually("it is put aside") { node.bus.quarantined.count == 1 }
        }
    }

    @Test("what a version that cannot be read here may start is left to other nodes, and nothing else is")
    func unreadableVersion() async throws {
        let node = try await node("test", Self.welcome("old"), Self.welcome("other"))
        _ = try await node.store.deploy(workflow: "old", version: 2, digest: "d", source: "on: [user.created, {}")
        try await node.run { node in
            let event = node.bus.event("user.created", #"{"userId":"u1"}"#)
            await node.engine.receive([event])
            try await eventually("it goes back") { node.bus.givenBack == [event.receipt] }
            #expect(try await started(node) == ["other 1 event:u1"])
            #expect(node.bus.acknowledgedEvents.isEmpty)
            // A newer one still, which does not speak of the event, has nothing to do with it.
            _ = try await node.store.deploy(workflow: "old", version: 3, digest: "d", source: "on: [nothing, {}")
            try await node.engine.parts.catalog.refresh()
            try await send(node, #"{"userId":"u2"}"#)
            #expect(try await started(node) == ["other 1 event:u1", "other 1 event:u2"])
        }
    }

    @Test("a node that has not heard of a workflow starts it all the same")
    func unknownWorkflow() async throws {
        let old = try await node("old", Self.welcome("a"))
        try await old.run { old in
            try await node("new").run { new in
                try await new.deploy(Self.welcome("b"))
                try await new.deploy(Self.welcome("a", version: 2))
                try await send(old, #"{"userId":"u1"}"#)
                #expect(try await started(old) == ["a 2 event:u1", "b 1 event:u1"])
                // And of an event of which it has not heard.
                let on = "on: [{ event: user.deleted, key: \"${event.userId}\" }]"
                try await new.deploy(Self.welcome("c", on: on))
                try await send(old, #"{"userId":"u1"}"#, name: "user.deleted")
                #expect(try await started(old).last == "c 1 event:u1")
            }
        }
    }
}
