import Logging
import MemoryStore
import SagaCore
import SagaValues
import Synchronization
import TestSupport
import Testing
import Workflows

@testable import SagaEngine

@Suite("Starts by the clock") struct ScheduleTests {
    let clock = TurnedClock("2026-11-20T12:00:00Z")
    let database: MemoryDatabase

    init() {
        let clock = self.clock
        database = MemoryDatabase { clock.now }
    }

    /// Reports every night at three, unless something else is said.
    static func report(
        version: Int = 1, cron: String? = "0 3 * * *", zone: String = "UTC", catchUp: String = "last",
        input: String = "{ kind: full, n: 1.50 }", more: String = ""
    ) -> String {
        let schedule = cron.map {
            "schedule: { cron: \"\($0)\", timeZone: \(zone), catchUp: \(catchUp), input: \(input) }"
        }
        return """
            workflow: report
            version: \(version)
            \(schedule ?? "title: no schedule")
            \(more)
            steps:
              - a: { do: one.a, undo: one.a-undo }
            """
    }

    static func findings(_ compile: () throws(WorkflowErrors) -> Void) -> [Finding] {
        do throws(WorkflowErrors) {
            try compile()
            return []
        } catch {
            return error.findings
        }
    }

    func node(
        _ name: String = "test", zones: any TimeZones = UTCAlone(),
        _ adjust: (inout EngineConfiguration) -> Void = { _ in }
    ) -> Node {
        Node(database, name: name, zones: zones) {
            $0.schedulePoll = .milliseconds(5)
            $0.lease = .seconds(1_000 * 86_400)
            adjust(&$0)
        }
    }

    /// The keys of what was started, the oldest first.
    func keys(_ node: Node) async throws -> [String] {
        try await node.store.list(SagaFilter(), after: nil, limit: 10_000).reversed().map(\.origin.key.idempotencyKey)
    }

    func started(_ node: Node, _ expected: [String]) async throws {
        try await eventually("\(expected) are started") { try await keys(node) == expected }
    }

    func mark(_ node: Node) async throws -> String {
        let marks = try await node.store.schedules(of: ["report"]).marks
        return "\(try #require(marks["report"]))"
    }

    func seen(_ node: Node, upTo text: String) async throws {
        try await eventually("it has been seen to up to \(text)") { try await mark(node) == text }
    }

    /// Waits until a node has looked at the time from beginning to end, and for what came of it.
    func looks(_ node: Node) async throws {
        let looks = Mutex(0)
        node.store.whenAskedForSchedules { looks.withLock { $0 += 1 } }
        try await eventually("it looks") { looks.withLock { $0 } > 2 }
        node.store.whenAskedForSchedules(nil)
    }

    /// Deploys while somebody is there, and then nobody is.
    func deployed(_ sources: String...) async throws {
        try await node("deploys").run { node in
            for source in sources { try await node.deploy(source) }
        }
    }

    // MARK: When

    @Test("a saga is started when its time comes, not before and once, with its input and the time in its key")
    func due() async throws {
        try await node().run { [self] node in
            try await node.deploy(Self.report())
            #expect(try await mark(node) == "2026-11-20T12:00:00.000Z")
            clock.turn(to: "2026-11-21T02:59:59.999Z")
            try await looks(node)
            #expect(try await keys(node).isEmpty)
            clock.turn(to: "2026-11-21T03:00:00Z")
            try await started(node, ["schedule:report:2026-11-21T03:00Z"])
            try await seen(node, upTo: "2026-11-21T03:00:00.000Z")
            let saga = try #require(try await node.store.list(SagaFilter(), after: nil, limit: 1).first)
            #expect(saga.origin.key.tenant == "default" && saga.origin.businessKey == nil)
            #expect(try await node.history(saga.id)[0].data == Array(#"{"kind":"full","n":1.50}"#.utf8))
            clock.turn(to: "2026-11-22T03:00:10Z")
            try await started(node, ["schedule:report:2026-11-21T03:00Z", "schedule:report:2026-11-22T03:00Z"])
        }
    }

    @Test("what was due before a workflow was deployed is none of its")
    func firstKnown() async throws {
        try await deployed(Self.report(cron: "0 * * * *", catchUp: "all"))
        clock.turn(to: "2026-11-20T14:30:00Z")
        try await node().run { [self] node in
            try await started(node, ["schedule:report:2026-11-20T13:00Z", "schedule:report:2026-11-20T14:00Z"])
        }
    }

    @Test("times are those of the zone's clocks, and of others a deployment knows nothing")
    func zone() async throws {
        struct East: TimeZones {
            func clock(of zone: String) -> WallClock? { zone == "Far/East" ? WallClock { _ in 8 * 3600 } : nil }
        }
        let source = Self.report(zone: "Far/East")
        try await node("east", zones: East()).run { [self] node in
            _ = try await node.engine.deploy(try node.engine.compile(Array(source.utf8), file: "report.yaml"))
            clock.turn(to: "2026-11-20T18:59:00Z")
            try await looks(node)
            clock.turn(to: "2026-11-20T19:00:00Z")
            try await started(node, ["schedule:report:2026-11-20T19:00Z"])
        }
        // A node that does not know the zone does not take it for another.
        clock.turn(to: "2026-11-22T12:00:00Z")
        try await node("blind").run { [self] node in
            let findings = Self.findings { () throws(WorkflowErrors) in
                _ = try node.engine.compile(Array(source.utf8), file: "report.yaml")
            }
            #expect(findings.map(\.code.rawValue) == ["SAGA-0170"])
            #expect("\(findings)".contains("report.yaml:3:"))
            #expect(
                node.engine.parts.catalog.timetables().isEmpty
                    && node.log.count(of: "error a workflow is scheduled in a time zone") == 1)
            let keys = try await keys(node)
            #expect(keys.count == 1)
        }
    }

    // MARK: Times that were missed

    @Test("of times that were missed, the last one is made up for, all of them in their order, or none")
    func catchUp() async throws {
        for (policy, expected) in [
            ("none", []), ("last", ["24"]), ("all", ["21", "22", "23", "24"]),
        ] {
            let test = ScheduleTests()
            try await test.deployed(Self.report(catchUp: policy))
            test.clock.turn(to: "2026-11-24T12:00:00Z")
            let keys = expected.map { "schedule:report:2026-11-\($0)T03:00Z" }
            try await test.node().run { node in
                try await test.started(node, keys)
                try await test.seen(node, upTo: "2026-11-24T03:00:00.000Z")
                // From now on all is as ever.
                test.clock.turn(to: "2026-11-25T03:00:00Z")
                try await test.started(node, keys + ["schedule:report:2026-11-25T03:00Z"])
                #expect(node.log.lines.contains { $0.contains("passed over") } == (policy == "none"))
            }
        }
    }

    @Test("what is late by less than a minute was not missed, what is later was")
    func grace() async throws {
        for (now, expected) in [("03:00:59Z", 1), ("03:01:01Z", 0)] {
            let test = ScheduleTests()
            try await test.deployed(Self.report(catchUp: "none"))
            test.clock.turn(to: "2026-11-21T\(now)")
            try await test.node().run { node in
                try await test.seen(node, upTo: "2026-11-21T03:00:00.000Z")
                #expect(try await test.keys(node).count == expected)
            }
        }
    }

    @Test("many that were missed are made up for a thousand at a time")
    func bounded() async throws {
        try await deployed(Self.report(cron: "* * * * *", catchUp: "all"))
        clock.turn(by: .seconds(1_100 * 60))
        let node = node { $0.cachedSagas = 0 }
        let marks = Mutex<[Timestamp]>([])
        node.store.whenAdvancing { _, time in marks.withLock { $0.append(time) } }
        try await node.run { [self] node in
            try await seen(node, upTo: "\(clock.now)")
            #expect(try await keys(node).count == 1_100)
            let noon = TurnedClock("2026-11-20T12:00:00Z").now
            #expect(marks.withLock { $0 } == [noon + .seconds(1_000 * 60), clock.now])
        }
    }

    // MARK: Versions

    @Test("a new version's times count from its deployment, those of the one before until then")
    func newVersion() async throws {
        try await node().run { [self] node in
            try await node.deploy(Self.report())
            clock.turn(to: "2026-11-21T10:00:00Z")
            try await started(node, ["schedule:report:2026-11-21T03:00Z"])
            // Eight o'clock was before it.
            try await node.deploy(Self.report(version: 2, cron: "0 8 * * *", input: "{ kind: new }"))
            clock.turn(to: "2026-11-22T08:00:00Z")
            try await started(node, ["schedule:report:2026-11-21T03:00Z", "schedule:report:2026-11-22T08:00Z"])
            let newest = try #require(try await node.store.list(SagaFilter(), after: nil, limit: 1).first)
            #expect(newest.workflowVersion == 2)
            #expect(try await node.history(newest.id)[0].data == Array(#"{"kind":"new"}"#.utf8))
            // A version without a schedule ends it.
            try await node.deploy(Self.report(version: 3, cron: nil))
            clock.turn(to: "2026-11-23T12:00:00Z")
            try await node.deploy(Self.report(version: 4, cron: "0 13 * * *", catchUp: "all"))
            clock.turn(to: "2026-11-23T13:00:00Z")
            try await eventually("the fourth starts") { try await keys(node).count == 3 }
            #expect(try await keys(node).last == "schedule:report:2026-11-23T13:00Z")
        }
    }

    @Test("a time that was due when a new version came, and that nobody had seen to, is not lost")
    func takenOver() async throws {
        // Nobody looks between three and the deployment.
        try await node("slow") { $0.schedulePoll = .seconds(3600) }.run { [self] node in
            try await node.deploy(Self.report())
            clock.turn(to: "2026-11-21T03:00:00.5Z")
            try await node.deploy(Self.report(version: 2, input: "{ kind: new }"))
        }
        try await node().run { [self] node in
            try await started(node, ["schedule:report:2026-11-21T03:00Z"])
            let saga = try #require(try await node.store.list(SagaFilter(), after: nil, limit: 1).first)
            #expect(saga.workflowVersion == 2)
        }
    }

    @Test("a leader that has not heard of a new version learns of it before it starts anything by the old one")
    func unknownVersion() async throws {
        let old = node("old") { $0.catalogPoll = .seconds(3600) }
        try await old.run { [self] old in
            try await old.deploy(Self.report())
            try await eventually("it leads") { old.engine.parts.isLeader }
            try await node("new").run { [self] new in
                clock.turn(to: "2026-11-21T02:00:00Z")
                try await new.deploy(Self.report(version: 2, cron: "0 4 * * *"))
                clock.turn(to: "2026-11-21T03:00:00Z")
                try await looks(old)
                clock.turn(to: "2026-11-21T04:00:00Z")
                try await eventually("one is started") { try await !keys(new).isEmpty }
                #expect(try await keys(new) == ["schedule:report:2026-11-21T04:00Z"])
            }
        }
        #expect(old.engine.statistics.sagasStarted == 1)
    }

    @Test("a start that was made by a version with another input is not made again by the next")
    func sameTimeOfTwoVersions() async throws {
        try await deployed(Self.report())
        let dying = node("dying")
        dying.store.whenAdvancing { _, _ in dying.store.cutOff() }
        try await dying.run { [self] dying in
            clock.turn(to: "2026-11-21T03:00:00Z")
            try await eventually("it is started") { dying.engine.statistics.sagasStarted == 1 }
            try await eventually("it is dead") { !dying.engine.parts.isLeader }
            let next = try Workflow.compile(Self.report(version: 2, input: "{ kind: new }"))
            _ = try await MemoryStore(database).deploy(
                workflow: "report", version: 2, digest: next.digest, source: next.source)
            try await node("heir").run { [self] heir in
                try await seen(heir, upTo: "2026-11-21T03:00:00.000Z")
                #expect(try await keys(heir).count == 1 && heir.engine.statistics.startsRefused == 0)
            }
        }
    }
}
