import MemoryStore
import SagaCore
import SagaEngine
import SagaValues
import Synchronization
import TestSupport
import Testing

@Suite struct EngineTests {
    let database = MemoryDatabase()

    private func answers(_ command: Command) -> TestBus.Response {
        command.action == "one.a" ? .done(#"{"id":1234567890123456789}"#) : .done()
    }

    @Test("a saga runs its steps in order and completes, and digits pass through unchanged")
    func completes() async throws {
        let node = Node(database)
        node.bus.whenAsked(answers)
        try await node.run { node in
            try await node.deploy(Definitions.three)
            let (id, status) = try await node.play("three", ["n": .number("12345678901234567890.10")])
            #expect(status == .completed)
            #expect(node.bus.log == ["one.a do 1", "two.b do 1", "three.c do 1"])
            #expect(node.bus.sent[0].body.text == #"{"n":12345678901234567890.10}"#)
            #expect(node.bus.sent[1].body.text == #"{"from":1234567890123456789}"#)
            let history = try await node.history(id)
            #expect(history.map(\.kind) == [.started, .done, .done, .done])
            #expect(history.map(\.revision) == [1, 2, 3, 4])
        }
    }

    @Test("a refusal unwinds in reverse order, and an undo gets the input and the output of its step")
    func unwinds() async throws {
        let node = Node(database)
        node.bus.whenAsked { $0.action == "three.c" ? .rejected("no-stock") : self.answers($0) }
        try await node.run { node in
            try await node.deploy(Definitions.three)
            let (_, status) = try await node.play("three", ["n": 1])
            #expect(status == .compensated)
            #expect(
                node.bus.log == ["one.a do 1", "two.b do 1", "three.c do 1", "two.b-undo undo 1", "one.a-undo undo 1"])
            #expect(node.bus.sent[4].body.text == #"{"input":{"n":1},"output":{"id":1234567890123456789}}"#)
        }
    }

    @Test("the same key and input give the same saga, other input is refused, twins in one batch too")
    func idempotentStart() async throws {
        let node = Node(database)
        node.bus.whenAsked { _ in .silence }
        try await node.run { node in
            try await node.deploy(Definitions.three)
            // In tasks of their own: a start that is forgotten would never return.
            let answers = Mutex<[UUID]>([])
            for _ in 0..<50 {
                Task { @Sendable in
                    let id = try await node.start("three", ["n": 1])
                    answers.withLock { $0.append(id) }
                }
            }
            try await eventually("each start is answered", within: .seconds(30)) { answers.withLock { $0.count } == 50 }
            let ids = Set(answers.withLock { $0 })
            #expect(ids.count == 1)
            await #expect { try await node.start("three", ["n": 2]) } throws: {
                if case EngineError.keyConflict(let id) = $0 { ids.contains(id) } else { false }
            }
            #expect(database.openSagas.count == 1)
        }
    }

    @Test("an output that lacks what a later step needs is a refusal of that step, not a stuck saga")
    func unresolvedReference() async throws {
        let node = Node(database)
        node.bus.whenAsked { _ in .done() }
        try await node.run { node in
            try await node.deploy(Definitions.three)
            let (id, status) = try await node.play("three", ["n": 1])
            #expect(status == .compensated)
            #expect(node.bus.log == ["one.a do 1", "one.a-undo undo 1"])
            let refusal = try #require(try await node.history(id).first { $0.kind == .rejected })
            #expect(StepError(body: refusal.data).code == "unresolved-reference")
        }
    }

    @Test("replies to unknown sagas and steps are put aside, repeated ones change nothing, all are settled")
    func strangeReplies() async throws {
        let node = Node(database)
        node.bus.whenAsked(answers)
        try await node.run { node in
            try await node.deploy(Definitions.three)
            let (id, _) = try await node.play("three", ["n": 1])
            node.bus.receive(CommandID(saga: id, step: "a", direction: .do), .done)
            node.bus.receive(CommandID(saga: id, step: "zzz", direction: .do), .done)
            node.bus.receive(CommandID(saga: UUID.v7(), step: "a", direction: .do), .done)
            try await eventually("both are put aside") { node.bus.quarantined.count == 2 }
            try await eventually("the duplicate is acknowledged") { node.bus.acknowledged.count == 4 }
            #expect(try await node.history(id).count == 4)
            #expect(node.engine.statistics.ignored.values.reduce(0, +) == 1)
        }
    }

    @Test("a command that no queue takes opens an incident, which closes by itself when the participant appears")
    func unroutable() async throws {
        let node = Node(database)
        node.bus.whenAsked { $0.action == "two.b" ? .unroutable : self.answers($0) }
        try await node.run { node in
            try await node.deploy(Definitions.three)
            let id = try await node.start("three", ["n": 1])
            try await eventually("an incident is open") {
                try await node.store.incidents(saga: id, openOnly: true, limit: 10).count == 1
            }
            let incident = try await node.store.incidents(saga: id, openOnly: true, limit: 10)[0]
            #expect(incident.opening.cause == .unroutable)
            #expect(incident.opening.participant == "two")
            node.bus.whenAsked(answers)
            let result = try await node.engine.perform(
                OperatorRequest(
                    saga: id, verb: .retry(step: nil), expectedRevision: nil, reason: "it is there now", subject: "test"
                ))
            #expect(result.status == .running)
            try await eventually("completed") { try await node.status(id) == .completed }
            #expect(try await node.store.incidents(saga: id, openOnly: true, limit: 10).isEmpty)
        }
    }

    @Test("a lock is held to the end: a second start is refused while it is held, and let in afterwards")
    func lockRejects() async throws {
        let node = Node(database)
        node.bus.whenAsked { _ in .silence }
        try await node.run { node in
            try await node.deploy(Definitions.locked("reject"))
            let first = try await node.start("locked", ["user": "u1"], key: "1")
            await #expect { try await node.start("locked", ["user": "u1"], key: "2") } throws: {
                if case EngineError.busy(lock: "user:u1") = $0 { true } else { false }
            }
            _ = try await node.start("locked", ["user": "u2"], key: "3")
            node.bus.receive(CommandID(saga: first, step: "a", direction: .do), .done)
            try await eventually("the first has ended") { try await node.status(first) == .completed }
            _ = try await node.start("locked", ["user": "u1"], key: "2")
        }
    }

    @Test("sagas in line for a lock run one after the other, in the order of their starts")
    func lockQueues() async throws {
        let node = Node(database)
        let running = Mutex((now: 0, most: 0, order: [UUID]()))
        node.bus.whenAsked { command in
            running.withLock { state in
                state.now += 1
                state.most = max(state.most, state.now)
                state.order.append(command.id.saga)
            }
            return .silence
        }
        try await node.run { node in
            try await node.deploy(Definitions.locked("queue"))
            var ids: [UUID] = []
            for number in 0..<5 { ids.append(try await node.start("locked", ["user": "u"], key: "\(number)")) }
            #expect(try await node.status(ids[4]) == .queued)
            for id in ids {
                try await eventually("its turn comes") { running.withLock { $0.order.contains(id) } }
                running.withLock { $0.now -= 1 }
                node.bus.receive(CommandID(saga: id, step: "a", direction: .do), .done)
            }
            try await eventually("all have ended") { database.openSagas.isEmpty }
            #expect(running.withLock { $0.order } == ids)
            #expect(running.withLock { $0.most } == 1)
        }
    }

    @Test("a lock that is freed here is handed on here, without the leader, who looks only now and then")
    func lockHandedOn() async throws {
        let leader = MemoryStore(database)
        let elder = try await leader.register(nodeNamed: "leader")
        _ = try await leader.heartbeat(elder, watermark: 0, lease: .seconds(3600))
        let node = Node(database)
        node.bus.whenAsked { _ in .silence }
        try await node.run { node in
            try await node.deploy(Definitions.locked("queue"))
            let first = try await node.start("locked", ["user": "u"], key: "1")
            let second = try await node.start("locked", ["user": "u"], key: "2")
            node.bus.receive(CommandID(saga: first, step: "a", direction: .do), .done)
            try await eventually("the turn of the second comes", within: .seconds(20)) {
                try await node.status(second) == .running
            }
        }
        _ = leader
    }

    @Test("a lock that was freed and not handed on, as its node failed just then, is found by the leader")
    func lockFound() async throws {
        let node = Node(database)
        node.bus.whenAsked { _ in .silence }
        try await node.run { node in
            try await node.deploy(Definitions.locked("queue"))
            let first = try await node.start("locked", ["user": "u"], key: "1")
            let second = try await node.start("locked", ["user": "u"], key: "2")
            // The end is written, but nothing of what comes after a commit is done.
            node.store.chooseFaults { batch in
                batch.updates.contains { $0.id == first } ? .failsAfterwards(.broken) : nil
            }
            node.bus.receive(CommandID(saga: first, step: "a", direction: .do), .done)
            try await eventually("the first has ended") { try await node.status(first) == .completed }
            try await eventually("the turn of the second comes", within: .seconds(20)) {
                try await node.status(second) == .running
            }
        }
    }

    @Test("a timer that is left behind by a saga's end is removed when it falls due")
    func timersLeft() async throws {
        let later = Atomic<Bool>(false)
        let database = MemoryDatabase { later.load(ordering: .relaxed) ? .now() + .seconds(600) : .now() }
        let node = Node(database)
        node.bus.whenAsked(answers)
        try await node.run { node in
            try await node.deploy(Definitions.three)
            _ = try await node.play("three", ["n": 1])
            #expect(!database.timers.isEmpty, "the timeout of the first step")
            later.store(true, ordering: .relaxed)
            try await eventually("no timer is left", within: .seconds(20)) { database.timers.isEmpty }
        }
    }

    @Test("an operator's request is refused when the saga has moved on or its state does not allow it")
    func operatorRefusals() async throws {
        let node = Node(database)
        node.bus.whenAsked { _ in .silence }
        try await node.run { node in
            try await node.deploy(Definitions.three)
            let id = try await node.start("three", ["n": 1])
            func ask(_ verb: OperatorRequest.Verb, _ revision: Int?) async throws(EngineError) -> OperatorResult {
                try await node.engine.perform(
                    OperatorRequest(saga: id, verb: verb, expectedRevision: revision, reason: "r", subject: "s"))
            }
            await #expect { try await ask(.compensate, 7) } throws: {
                if case EngineError.moved(revision: 1) = $0 { true } else { false }
            }
            await #expect { try await ask(.retry(step: "b"), 1) } throws: {
                guard case EngineError.illegal(let objection, let legal) = $0 else { return false }
                return objection.hasPrefix("'b' is waiting") && legal.contains("compensate")
            }
            #expect(try await ask(.compensate, 1).revision == 2)
        }
    }
}
