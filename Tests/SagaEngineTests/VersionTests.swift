import MemoryStore
import SagaCore
import SagaValues
import TestSupport
import Testing

@testable import SagaEngine

@Suite("Versions that are activated and retired") struct VersionTests {
    let clock = TurnedClock("2026-11-20T12:00:00Z")
    private let database: MemoryDatabase
    private static let ann = Requester(subject: "ann", credential: "test", role: .admin)

    init() {
        let clock = self.clock
        database = MemoryDatabase { clock.now }
    }

    private static func buy(_ version: Int, more: String = "") -> String {
        """
        workflow: buy
        version: \(version)
        \(more)
        steps:
          - take: { do: one.take\(version), undo: one.give }
        """
    }

    /// A node that hears of nothing by itself.
    private func node(_ name: String = "test") -> Node {
        let node = Node(database, name: name) {
            $0.catalogPoll = .seconds(3600)
            $0.schedulePoll = .milliseconds(5)
            $0.lease = .seconds(1_000 * 86_400)
        }
        node.bus.whenAsked { _ in .done() }
        return node
    }

    @discardableResult
    private func change(
        _ node: Node, _ deed: VersionDeed, _ version: Int, of workflow: String = "buy", isRehearsal: Bool = false
    ) async throws -> VersionResult {
        try await node.engine.change(
            VersionRequest(
                workflow: workflow, version: version, deed: deed, reason: "a bad day", requester: Self.ann,
                isRehearsal: isRehearsal))
    }

    private func start(_ node: Node, _ key: String, version: Int? = nil) async throws -> UUID {
        try await node.engine.start(
            StartRequest(workflow: "buy", version: version, idempotencyKey: key, input: [:])
        ).saga
    }

    private func version(_ node: Node, _ saga: UUID) async throws -> Int? {
        try await node.store.summary(saga)?.workflowVersion
    }

    /// Fails if it is not refused because the version is retired.
    private func expectRetired(_ version: Int, active: Int?, _ body: () async throws -> Void) async throws {
        do {
            try await body()
            Issue.record("it is not refused")
        } catch let error as EngineError {
            guard case .retiredVersion("buy", version, active) = error else { throw error }
        }
    }

    @Test("starts take the highest version with its deployment, and the one that is activated from then on")
    func activated() async throws {
        let node = node()
        try await node.run { [self] node in
            for version in 1...2 { try await node.deploy(Self.buy(version)) }
            #expect(try await version(node, start(node, "a")) == 2)
            let told = try await change(node, .activate, 1, isRehearsal: true)
            #expect(told.state == .active && told.changes.first?.contains("in place of version 2") ?? false)
            #expect(try await version(node, start(node, "b")) == 2)
            try await change(node, .activate, 1)
            #expect(try await version(node, start(node, "c")) == 1)
            #expect(try await version(node, start(node, "d", version: 2)) == 2)
            #expect(try await change(node, .activate, 1).changes.first?.contains("already") ?? false)
            // The same file again is no deployment, as at each start of a server; a higher version is one.
            try await node.deploy(Self.buy(2))
            #expect(try await version(node, start(node, "e")) == 1)
            try await node.deploy(Self.buy(3))
            #expect(try await version(node, start(node, "f")) == 3)
            let audit = try await node.store.auditRecords(AuditFilter(), before: nil, limit: 9).map(\.record)
            #expect(audit.map(\.verb) == ["workflow-activate"] && audit[0].workflow == "buy")
            #expect(
                try JSON(parsing: audit[0].detail) == [
                    "version": .number("1"), "before": "inactive", "active": .number("1"), "activeBefore": .number("2"),
                ])
        }
    }

    @Test(
        "a saga moves at once to a version that its node has not heard of, and to none that is not there or is retired")
    func moved() async throws {
        let (first, second) = (node("first"), node("second"))
        for node in [first, second] { node.bus.whenAsked { _ in .silence } }
        @Sendable func move(_ node: Node, _ saga: UUID, to version: Int) async throws -> OperatorResult {
            try await node.engine.perform(
                OperatorRequest(
                    saga: saga, verb: .migrate(version: version), expectedRevision: nil, reason: "r", subject: "ann"))
        }
        try await first.run { [self] first in
            try await first.deploy(Self.buy(1))
            let saga = try await start(first, "a")
            try await second.run { [self] second in
                for version in 2...3 {
                    try await first.deploy(Self.buy(1).replacing("version: 1", with: "version: \(version)"))
                }
                try await change(first, .activate, 1)
                try await change(first, .retire, 3)
                #expect(second.engine.workflow(named: "buy", version: 2) == nil, "it has not heard of it")
                _ = try await move(second, saga, to: 2)
                #expect(try await version(second, saga) == 2)
                for (number, word) in [(9, "unknownWorkflow"), (3, "retired")] {
                    do {
                        _ = try await move(second, saga, to: number)
                        Issue.record("it moves to version \(number)")
                    } catch {
                        #expect("\(error)".contains(word), "\(error)")
                    }
                }
            }
        }
    }

    @Test("a retired version starts nothing, by whatever way; what was started before is found, and goes on")
    func retired() async throws {
        let node = node()
        node.bus.whenAsked { _ in .silence }
        try await node.run { [self] node in
            for version in 1...2 { try await node.deploy(Self.buy(version)) }
            let running = try await start(node, "old", version: 1)
            try await eventually("it has sent its command") { node.bus.sent.count == 1 }
            let told = try await change(node, .retire, 1, isRehearsal: true)
            #expect(told.openSagas == 1 && told.changes.last == "1 saga of it is open and goes on")
            #expect(try await node.store.workflows(ids: nil)[0].retiredAt == nil)
            #expect(try await change(node, .retire, 1).openSagas == 1)
            try await expectRetired(1, active: 2) { _ = try await start(node, "new", version: 1) }
            #expect(try await start(node, "old", version: 1) == running)
            #expect(try await version(node, start(node, "other")) == 2)
            node.bus.whenAsked { _ in .done() }
            try await expectRetired(1, active: 2) { _ = try await rerun(node, version: 1, isRehearsal: true) }
            try await expectRetired(1, active: 2) { _ = try await rerun(node, version: 1) }
            try await change(node, .activate, 1)
            #expect(try await version(node, start(node, "new", version: 1)) == 1)
        }
    }

    /// Of a saga that has ended.
    private func rerun(_ node: Node, version: Int?, isRehearsal: Bool = false) async throws -> UUID? {
        let former = try await start(node, "former")
        try await node.reaches(.completed, former)
        return try await node.engine.rerun(
            RerunRequest(
                saga: former, version: version, reason: "r", requester: Self.ann, isRehearsal: isRehearsal)
        ).saga
    }

    @Test("the active version is not retired, and that it was asked for is in the audit")
    func active() async throws {
        let node = node()
        try await node.run { [self] node in
            try await node.deploy(Self.buy(1))
            for isRehearsal in [true, false] {
                do {
                    try await change(node, .retire, 1, isRehearsal: isRehearsal)
                    Issue.record("it is retired")
                } catch let error as EngineError {
                    guard case .activeVersion("buy", version: 1) = error else { throw error }
                }
            }
            let audit = try await node.store.auditRecords(AuditFilter(), before: nil, limit: 9).map(\.record)
            #expect(audit.map(\.outcome) == [.refused] && audit.map(\.verb) == ["workflow-retire"])
            await #expect(throws: EngineError.self) { try await change(node, .retire, 2) }
            await #expect(throws: EngineError.self) { try await change(node, .activate, 1, of: "nobody") }
        }
    }

    @Test("a node that has not heard of it starts nothing with a retired version: what names none takes the active one")
    func elsewhere() async throws {
        let (one, other) = (node("one"), node("other"))
        try await one.run { [self] one in
            try await one.deploy(Self.buy(1))
            try await one.deploy("workflow: caller\nversion: 1\nsteps:\n  - run: { run: buy, with: {} }\n")
            try await other.run { [self] other in
                #expect(try await version(other, start(other, "a")) == 1)
                try await one.deploy(Self.buy(2))
                try await change(one, .retire, 1)
                // It takes version 1 for the active one still.
                #expect(other.engine.parts.catalog.active(of: "buy")?.version == 1)
                try await expectRetired(1, active: 2) { _ = try await start(other, "b", version: 1) }
                try await change(one, .activate, 1)
                try await change(one, .retire, 2)
                #expect(other.engine.parts.catalog.active(of: "buy")?.version == 2)
                #expect(try await version(other, start(other, "c")) == 1)
                try await change(one, .activate, 2)
                try await change(one, .retire, 1)
                let parent = try await other.start("caller", key: "parent")
                try await other.reaches(.completed, parent)
                #expect(try await other.children(of: parent).map(\.workflowVersion) == [2])
            }
        }
    }

    @Test("an event starts what the active version says, on a node that has not heard of it as well")
    func events() async throws {
        @Sendable func on(_ event: String) -> String { "on: [{ event: \(event), key: \"${event.id}\" }]" }
        let (one, other) = (node("one"), node("other"))
        try await one.run { [self] one in
            try await one.deploy(Self.buy(1, more: on("paid")))
            try await one.deploy(Self.buy(2, more: on("paid")))
            try await other.run { [self] other in
                for (active, retired) in [(1, 2), (2, 1)] {
                    try await change(one, .activate, active)
                    if retired == 2 { try await change(one, .retire, retired) }
                    let event = other.bus.event("paid", #"{"id":"e\#(active)"}"#)
                    await other.engine.receive([event])
                    try await eventually("it is taken in") { other.bus.acknowledgedEvents.contains(event.receipt) }
                }
                let started = try await other.store.list(SagaFilter(), after: nil, limit: 9)
                #expect(started.reversed().map(\.workflowVersion) == [1, 2])
                #expect(other.bus.quarantined.isEmpty)
            }
        }
    }

    @Test("the clock starts what the active version says, from when it was activated, on a leader that has not heard")
    func schedules() async throws {
        @Sendable func nightly(_ version: Int, _ cron: String) -> String {
            Self.buy(version, more: "schedule: { cron: \"\(cron)\", timeZone: UTC, catchUp: all, input: {} }")
        }
        let leader = node("leader")
        try await leader.run { [self] leader in
            try await leader.deploy(nightly(1, "0 3 * * *"))
            try await leader.deploy(nightly(2, "0 4 * * *"))
            try await eventually("it leads") { leader.engine.parts.isLeader }
            try await node("other").run { [self] other in
                clock.turn(to: "2026-11-21T00:00:00Z")
                try await change(other, .activate, 1)
                try await change(other, .retire, 2)
                clock.turn(to: "2026-11-21T12:00:00Z")
                try await eventually("one is started") {
                    try await !leader.store.list(SagaFilter(), after: nil, limit: 9).isEmpty
                }
                let started = try await leader.store.list(SagaFilter(), after: nil, limit: 9)
                #expect(started.map(\.origin.key.idempotencyKey) == ["schedule:buy:2026-11-21T03:00Z"])
                #expect(started.map(\.workflowVersion) == [1])
            }
        }
    }

    @Test("a version that is retired while a saga runs with it still does the items of its list")
    func bodies() async throws {
        let source = """
            workflow: buy
            version: 1
            steps:
              - first: { do: one.first, undo: one.first-undo }
              - all:
                  each: "${input.items}"
                  as: item
                  steps:
                    - take: { do: one.take, undo: one.give }
            """
        let node = node()
        node.bus.whenAsked { $0.action == "one.first" ? .silence : .done() }
        try await node.run { [self] node in
            try await node.deploy(source)
            let id = try await node.start("buy", ["items": [.number("1"), .number("2")]])
            try await eventually("it waits") { node.bus.sent.count == 1 }
            try await node.deploy(Self.buy(2))
            try await change(node, .retire, 1)
            let command = try #require(node.bus.sent.first)
            node.bus.reply(to: command, .done)
            try await node.reaches(.completed, id)
            #expect(try await node.children(of: id).map(\.row.status) == [.completed, .completed])
        }
    }
}
