import Logging
import MemoryStore
import SagaCore
import SagaValues
import Synchronization
import TestSupport
import Testing
import Workflows

@testable import SagaEngine

/// Several nodes, and what may go wrong between a start and its mark.
extension ScheduleTests {
    @Test("two nodes that both take themselves for the leader start nothing twice, and leave nothing out")
    func twoLeaders() async throws {
        try await deployed(Self.report(cron: "0 * * * *", catchUp: "all"))
        let nodes = ["one", "two"].map { node($0) { $0.heartbeat = .seconds(3600) } }
        try await nodes[0].run { [self] one in
            try await nodes[1].run { [self] two in
                clock.turn(by: .seconds(40 * 3600))
                for node in [one, two] { node.engine.parts.leads(true) }
                try await seen(one, upTo: "2026-11-22T04:00:00.000Z")
                let found = try await keys(one)
                #expect(found.count == 40 && Set(found).count == 40)
                clock.turn(by: .seconds(3600))
                try await eventually("the next one is there") { try await keys(two).count == 41 }
            }
        }
        let starts = nodes.map { $0.engine.statistics.sagasStarted }
        #expect(starts.reduce(0, +) == 41)
    }

    @Test("a node that dies between a start and its mark leaves a start that is found, not made again")
    func deathBeforeMark() async throws {
        try await deployed(Self.report(cron: "0 * * * *", catchUp: "all"))
        let dying = node("dying")
        dying.store.whenAdvancing { _, _ in dying.store.cutOff() }
        try await dying.run { [self] dying in
            clock.turn(by: .seconds(5 * 3600))
            try await eventually("all are started") { dying.engine.statistics.sagasStarted == 5 }
            try await eventually("it is dead") { !dying.engine.parts.isLeader }
            try await node("heir").run { [self] heir in
                try await seen(heir, upTo: "2026-11-20T17:00:00.000Z")
                #expect(try await keys(heir).count == 5)
                #expect(heir.engine.statistics.sagasStarted == 0)
            }
        }
    }

    @Test("a node that dies before a start is committed leaves it to the next one")
    func deathBeforeStart() async throws {
        try await deployed(Self.report())
        let dying = node("dying")
        let tries = Mutex(0)
        dying.store.chooseFaults { batch in
            guard !batch.starts.isEmpty else { return nil }
            tries.withLock { $0 += 1 }
            return .fails(.unavailable)
        }
        try await dying.run { [self] dying in
            clock.turn(to: "2026-11-21T03:00:00Z")
            try await eventually("it was tried") { tries.withLock { $0 } > 0 }
            #expect(try await mark(dying) == "2026-11-20T12:00:00.000Z")
            dying.store.cutOff()
            try await node("heir").run { [self] heir in
                try await started(heir, ["schedule:report:2026-11-21T03:00Z"])
            }
        }
    }

    @Test("a commit whose answer is lost starts one saga, and its command is sent")
    func lostAnswer() async throws {
        let node = node()
        try await node.run { [self] node in
            try await node.deploy(Self.report())
            node.store.chooseFaults { $0.starts.isEmpty ? nil : .failsAfterwards(.outcomeUnknown) }
            clock.turn(to: "2026-11-21T03:00:00Z")
            try await seen(node, upTo: "2026-11-21T03:00:00.000Z")
            #expect(try await keys(node).count == 1)
            try await eventually("it is asked") { node.bus.log.contains("one.a do 1") }
        }
    }

    @Test("a node that takes no starts at present leaves them for later")
    func overload() async throws {
        try await deployed(Self.report())
        clock.turn(to: "2026-11-21T03:00:00Z")
        try await node("full") { $0.startLimit = 0 }.run { [self] full in
            try await eventually("it was tried") { full.log.lines.contains { $0.contains("too many starts") } }
            #expect(try await mark(full) == "2026-11-20T12:00:00.000Z")
        }
        try await node("empty").run { [self] empty in
            try await started(empty, ["schedule:report:2026-11-21T03:00Z"])
        }
    }

    @Test("what cannot be started is told, and does not hold up what comes after it")
    func refused() async throws {
        let node = node()
        node.bus.whenAsked { _ in .silence }
        try await node.run { [self] node in
            try await node.deploy(Self.report(more: "locks: [\"all-${input.kind}\"]"))
            clock.turn(to: "2026-11-21T03:00:00Z")
            try await started(node, ["schedule:report:2026-11-21T03:00Z"])
            clock.turn(to: "2026-11-22T03:00:00Z")
            try await seen(node, upTo: "2026-11-22T03:00:00.000Z")
            #expect(try await keys(node).count == 1 && node.engine.statistics.startsRefused == 1)
            #expect(node.log.lines.contains { $0.contains("cannot be started") && $0.contains("all-full") })
            let failed = try await node.store.failedStarts(limit: 10)
            #expect(failed.map(\.key) == ["schedule:report:2026-11-22T03:00Z"])
            #expect(
                failed.first?.source == .schedule && failed.first?.name == "report" && failed.first?.at == clock.now)
            #expect(failed.first?.reason == "it cannot start version 1: another saga holds the lock all-full")
        }
    }

    @Test("a time is not passed over before it is on record why")
    func refusalFirst() async throws {
        let node = node()
        node.bus.whenAsked { _ in .silence }
        try await node.run { [self] node in
            try await node.deploy(Self.report(more: "locks: [all]"))
            clock.turn(to: "2026-11-21T03:00:00Z")
            try await started(node, ["schedule:report:2026-11-21T03:00Z"])
            let tries = Mutex(0)
            node.store.whenKeepingFailedStart {
                tries.withLock { $0 += 1 }
                return .unavailable
            }
            clock.turn(to: "2026-11-22T03:00:00Z")
            try await eventually("it was tried again") { tries.withLock { $0 } > 2 }
            #expect(try await mark(node) == "2026-11-21T03:00:00.000Z")
            node.store.whenKeepingFailedStart(nil)
            try await seen(node, upTo: "2026-11-22T03:00:00.000Z")
            #expect(try await node.store.failedStarts(limit: 10).count == 1)
        }
    }
}
