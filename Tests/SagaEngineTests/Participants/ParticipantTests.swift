import MemoryStore
import SagaCore
import SagaValues
import Synchronization
import TestSupport
import Testing

@testable import SagaEngine

@Suite("Participants that are down, and limits") struct ParticipantTests {
    let database = MemoryDatabase()

    /// Two steps at two participants; patient but for the tries of the first.
    private static func workflow(timeout: String = "30s", deadline: String = "") -> String {
        """
        workflow: two
        version: 1
        \(deadline)
        defaults:
          retry: { attempts: 3, initial: 5ms, max: 5ms, timeout: \(timeout) }
          undoRetry: { attempts: 3, initial: 5ms, max: 5ms, timeout: \(timeout) }
        steps:
          - a: { do: one.a, undo: one.a-undo }
          - b: { do: two.b, undo: two.b-undo }
        """
    }

    private func node(_ name: String = "test", _ adjust: (inout EngineConfiguration) -> Void = { _ in }) -> Node {
        Node(database, name: name) { configuration in
            configuration.participantPoll = .milliseconds(10)
            configuration.breaker.pause = .milliseconds(50)
            configuration.breaker.longestPause = .milliseconds(100)
            configuration.breaker.patience = .milliseconds(30)
            configuration.breaker.recheck = .milliseconds(300)
            adjust(&configuration)
        }
    }

    private static let boss = Requester(subject: "mia", credential: "c", role: .admin)

    private func move(_ node: Node, _ name: String, _ mode: BreakerState.Mode) async throws {
        try await node.engine.setBreaker(of: name, to: mode, reason: "maintenance", by: Self.boss)
    }

    private func status(_ node: Node, _ name: String) async throws -> ParticipantStatus {
        try #require(try await node.engine.participants().first { $0.record.name == name })
    }

    private func startMany(_ node: Node, _ count: Int, from first: Int = 0) async throws -> [UUID] {
        try await withThrowingTaskGroup(of: UUID.self) { group in
            for number in first..<first + count {
                group.addTask { try await node.start("two", [:], key: "key-\(number)") }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
    }

    @Test("what is held back is not sent, counts as nothing, says so, and goes on when it may")
    func heldAndReleased() async throws {
        let node = node()
        try await node.run { node in
            try await node.deploy(Self.workflow())
            try await move(node, "two", .open)
            let ids = try await startMany(node, 30)
            try await eventually("all wait at the second step") { try await status(node, "two").heldBack == 30 }
            #expect(node.bus.sent.allSatisfy { $0.action == "one.a" })
            let history = try await node.history(ids[0])
            #expect(history.map(\.kind) == [.started, .done, .heldBack])
            let down = try await status(node, "two")
            #expect(down.health == .down && down.inFlight == 0)
            try await move(node, "two", .automatic)
            for id in ids { try await node.reaches(.completed, id) }
            let sent = node.bus.sent.filter { $0.action == "two.b" }
            #expect(sent.count == 30 && sent.allSatisfy { $0.attempt == 1 })
            let last = try await node.history(ids[0]).map(\.kind)
            #expect(last.suffix(2) == [.released, .done] || last.contains(.timer))
            #expect(try await status(node, "two").health == .up)
        }
    }

    @Test("a participant that does not answer is left alone by itself, and used again when it answers; nothing is lost")
    func opensByItself() async throws {
        let node = node { $0.breaker.minimum = 10 }
        let isUp = Atomic(false)
        node.bus.whenAsked { command in
            command.action == "two.b" && !isUp.load(ordering: .relaxed)
                ? TestBus.Response(replies: [
                    (.retry(StepError(code: "down", message: "down"), after: nil), #"{"code":"down","message":"down"}"#)
                ]) : .done()
        }
        try await node.run { node in
            try await node.deploy(Self.workflow().replacing("attempts: 3", with: "attempts: 1000"))
            let ids = try await startMany(node, 30)
            try await eventually("the breaker opens") { try await status(node, "two").breaker.phase != .closed }
            // Some are on their way when it opens; from then on only what is to find out goes through.
            let few = node.bus.sent.count
            try await eventually("it finds out more than once") {
                try await status(node, "two").record.breaker?.openings ?? 0 >= 3
            }
            #expect(node.bus.sent.count - few < 60, "\(node.bus.sent.count - few) were sent to find out")
            isUp.store(true, ordering: .relaxed)
            for id in ids { try await node.reaches(.completed, id) }
            #expect(try await status(node, "two").breaker.phase == .closed)
            let lines = try await node.store.auditRecords(AuditFilter(), before: nil, limit: 100).map(\.record)
            #expect(
                lines.map(\.verb) == ["breaker-close", "breaker-open"], "one line for each, and not one for each try")
            #expect(lines.allSatisfy { $0.author.subject == "saga" })
        }
    }

    @Test("no timeout runs and no attempt is spent while a command is held back")
    func nothingIsSpent() async throws {
        let node = node { $0.breaker.recheck = .milliseconds(20) }
        try await node.run { node in
            try await node.deploy(Self.workflow(timeout: "100ms"))
            try await move(node, "two", .open)
            let id = try await node.start("two")
            try await eventually("it was asked for again and again") {
                try await node.history(id).count { $0.kind == .heldBack } >= 10
            }
            #expect(try await node.status(id) == .running)
            try await move(node, "two", .closed)
            try await node.reaches(.completed, id)
            #expect(node.bus.log == ["one.a do 1", "two.b do 1"])
        }
    }

    @Test("an undo waits for its participant, and is done when that is back")
    func undo() async throws {
        let node = node()
        node.bus.whenAsked { $0.action == "two.b" ? .rejected("no") : .done() }
        try await node.run { node in
            try await node.deploy(Self.workflow())
            let isOpen = Atomic(false)
            node.bus.whenAsked { command in
                guard command.action == "two.b" else { return .done() }
                isOpen.store(true, ordering: .relaxed)
                return .silence
            }
            let id = try await node.start("two")
            try await eventually("the second is asked") { isOpen.load(ordering: .relaxed) }
            try await move(node, "one", .open)
            node.bus.reply(to: try #require(node.bus.sent.last), .rejected(StepError(code: "no", message: "no")))
            try await eventually("the undo is held back") { try await status(node, "one").heldBack == 1 }
            #expect(try await node.status(id) == .compensating)
            try await move(node, "one", .automatic)
            try await node.reaches(.compensated, id)
            #expect(node.bus.log == ["one.a do 1", "two.b do 1", "one.a-undo undo 1"])
        }
    }

    @Test("a deadline is kept though the participant is down")
    func deadline() async throws {
        let node = node()
        try await node.run { node in
            try await node.deploy(Self.workflow(deadline: "deadline: 300ms"))
            try await move(node, "two", .open)
            let id = try await node.start("two")
            try await node.reaches(.compensated, id)
            #expect(node.bus.log == ["one.a do 1", "one.a-undo undo 1"])
        }
    }

    @Test("a node that dies while commands are held back leaves them to the next, which knows that the breaker is open")
    func dies() async throws {
        let first = node("first")
        let ids = try await first.run { node in
            try await node.deploy(Self.workflow())
            try await move(node, "two", .open)
            let ids = try await startMany(node, 10)
            try await eventually("all wait") { try await status(node, "two").heldBack == 10 }
            node.store.cutOff()
            return ids
        }
        let second = node("second")
        try await second.run { node in
            try await eventually("they are asked for again, and held back again") {
                try await node.history(ids[0]).count { $0.kind == .heldBack } >= 2
            }
            #expect(node.bus.sent.allSatisfy { $0.action != "two.b" })
            try await move(node, "two", .automatic)
            for id in ids { try await node.reaches(.completed, id) }
        }
    }

    @Test("all nodes stop and go on together, whichever of them a person asked")
    func shared() async throws {
        let (first, second) = (node("first"), node("second"))
        try await first.run { first in
            try await first.deploy(Self.workflow())
            try await second.run { second in
                try await second.deploy(Self.workflow())
                try await move(second, "two", .open)
                try await eventually("the other node knows") {
                    first.engine.explanation(ofParticipant: "two").isEmpty == false
                }
                let id = try await first.start("two", [:], key: "at the first")
                try await eventually("it waits") { try await status(first, "two").heldBack == 1 }
                #expect(first.bus.sent.allSatisfy { $0.action != "two.b" })
                try await move(second, "two", .automatic)
                try await first.reaches(.completed, id)
            }
        }
    }

    @Test("never more than five are in flight, with a hundred sagas, and all end")
    func inFlightLimit() async throws {
        let node = node()
        let flight = Flight()
        let bus = node.bus
        bus.whenAsked { command in
            guard command.action == "two.b" else { return .done() }
            flight.begin()
            Task {
                try? await Task.sleep(for: .milliseconds(5))
                flight.end()
                bus.reply(to: command, .done)
            }
            return .silence
        }
        try await node.run { node in
            try await node.deploy(Self.workflow())
            try await node.engine.limit(
                participant: "two", to: ParticipantLimits(inFlight: 5), reason: "it is small", by: Self.boss)
            let ids = try await startMany(node, 100)
            for id in ids { try await node.reaches(.completed, id) }
            #expect(flight.most == 5, "no more than may be, and as many as may be")
            #expect(bus.sent.count { $0.action == "two.b" } == 100)
            let lines = try await node.store.auditRecords(AuditFilter(), before: nil, limit: 100).map(\.record)
            #expect(lines.map(\.verb) == ["participant-limit"] && lines[0].author.subject == "mia")
        }
    }

    @Test("what was in flight before a limit was set counts against it")
    func survey() async throws {
        let node = node()
        node.bus.whenAsked { $0.action == "two.b" ? .silence : .done() }
        try await node.run { node in
            try await node.deploy(Self.workflow())
            _ = try await startMany(node, 4)
            try await eventually("four are in flight") { node.bus.sent.count { $0.action == "two.b" } == 4 }
            try await node.engine.limit(
                participant: "two", to: ParticipantLimits(inFlight: 4), reason: "r", by: Self.boss)
            let fifth = try await node.start("two", [:], key: "fifth")
            try await eventually("it is held back") { try await status(node, "two").heldBack == 1 }
            #expect(try await status(node, "two").inFlight == 4)
            let out = try #require(node.bus.sent.first { $0.action == "two.b" })
            node.bus.whenAsked { _ in .done() }
            node.bus.reply(to: out, .done)
            try await node.reaches(.completed, fifth)
        }
    }

    @Test("all that was in flight counts against a limit, also what nobody who asks is told of")
    func surveyOfMany() async throws {
        let node = node()
        node.bus.whenAsked { $0.action == "two.b" ? .silence : .done() }
        try await node.run { node in
            try await node.deploy(Self.workflow(timeout: "10m"))
            let count = Engine.lookedAt + 100
            for first in stride(from: 0, to: count, by: 100) { _ = try await startMany(node, 100, from: first) }
            try await eventually("all are in flight") { node.bus.sent.count { $0.action == "two.b" } == count }
            #expect(try await status(node, "two").isPartial)
            try await node.engine.limit(
                participant: "two", to: ParticipantLimits(inFlight: count - 50), reason: "r", by: Self.boss)
            _ = try await node.start("two", [:], key: "one more")
            try await eventually("it is held back") { try await status(node, "two").heldBack == 1 }
            #expect(node.bus.sent.count { $0.action == "two.b" } == count)
        }
    }

    @Test("two nodes keep one limit")
    func limitOverNodes() async throws {
        let (first, second) = (node("first"), node("second"))
        let flight = Flight()
        for bus in [first.bus, second.bus] {
            // Answers come to the other node, as it may be at a real broker.
            let other = bus === first.bus ? second.bus : first.bus
            bus.whenAsked { command in
                guard command.action == "two.b" else { return .done() }
                flight.begin()
                Task {
                    try? await Task.sleep(for: .milliseconds(5))
                    flight.end()
                    other.reply(to: command, .done)
                }
                return .silence
            }
        }
        try await first.run { first in
            try await first.deploy(Self.workflow())
            try await second.run { second in
                try await second.deploy(Self.workflow())
                try await first.engine.limit(
                    participant: "two", to: ParticipantLimits(inFlight: 3), reason: "r", by: Self.boss)
                try await eventually("both know") {
                    !first.engine.explanation(ofParticipant: "two").isEmpty
                        && !second.engine.explanation(ofParticipant: "two").isEmpty
                }
                var ids: [UUID] = []
                for number in 0..<12 {
                    let node = number.isMultiple(of: 2) ? first : second
                    ids.append(try await node.start("two", [:], key: "key-\(number)"))
                }
                for id in ids { try await first.reaches(.completed, id) }
                #expect(flight.most <= 3)
            }
        }
    }

    @Test("who may not, cannot; and a name that nobody has heard of is refused")
    func refused() async throws {
        let node = node()
        try await node.run { node in
            try await node.deploy(Self.workflow())
            let viewer = Requester(subject: "v", credential: "c", role: .viewer)
            let bound = Requester(subject: "b", credential: "c", role: .admin, tenant: "acme")
            for requester in [viewer, bound] {
                await #expect {
                    try await node.engine.setBreaker(of: "two", to: .open, reason: "r", by: requester)
                } throws: { if case EngineError.forbidden = $0 { true } else { false } }
                await #expect {
                    try await node.engine.limit(participant: "two", to: .init(inFlight: 1), reason: "r", by: requester)
                } throws: { if case EngineError.forbidden = $0 { true } else { false } }
            }
            await #expect {
                try await node.engine.setBreaker(of: "tow", to: .open, reason: "r", by: Self.boss)
            } throws: { if case EngineError.unknownParticipant("tow") = $0 { true } else { false } }
            #expect(try await node.engine.participants().map(\.record.name) == ["one", "two"])
        }
    }
}

/// How many commands a participant has at the same time.
private final class Flight: Sendable {
    private let counts = Mutex((now: 0, most: 0))

    func begin() {
        counts.withLock {
            $0.now += 1
            $0.most = max($0.most, $0.now)
        }
    }

    func end() { counts.withLock { $0.now -= 1 } }

    var most: Int { counts.withLock { $0.most } }
}
