import MemoryStore
import SagaCore
import SagaEngine
import SagaValues
import Synchronization
import TestSupport
import Testing
import Workflows

@Suite struct EngineFaultTests {
    let database = MemoryDatabase()

    private func answers(_ command: Command) -> TestBus.Response {
        command.action == "one.a" ? .done(#"{"id":1}"#) : .done()
    }

    /// Everything that happened to the saga is folded again and must give what is stored.
    private func checkFold(_ node: Node, _ id: UUID, _ source: String = Definitions.three) async throws {
        let plan = try #require(node.engine.workflow(id: 1)).workflow.plan
        let stored = try #require(try await node.store.summary(id))
        let folded = try Saga(folding: try await node.history(id), id: id, plan: plan)
        #expect(folded.encodedState() == stored.row.state)
        #expect(folded.status == stored.row.status)
    }

    @Test(
        "whatever a commit answers, and whether or not it was written, the saga completes with each command acted on",
        arguments: [
            MemoryStore.CommitFault.fails(.unavailable), .fails(.contention), .fails(.startConflict),
            .fails(.outcomeUnknown), .failsAfterwards(.outcomeUnknown), .fails(.refused), .fails(.nodeRetired),
        ], 0..<4)
    func commitFaults(fault: MemoryStore.CommitFault, at position: Int) async throws {
        let node = Node(database)
        node.bus.whenAsked(answers)
        let commits = Mutex(0)
        node.store.chooseFaults { batch in
            guard !batch.starts.isEmpty || !batch.updates.isEmpty else { return nil }
            return commits.withLock { count in
                defer { count += 1 }
                return count == position ? fault : nil
            }
        }
        try await node.run { node in
            try await node.deploy(Definitions.three)
            let (id, status) = try await node.play("three", ["n": 1])
            #expect(status == .completed)
            #expect(Set(node.bus.log) == ["one.a do 1", "two.b do 1", "three.c do 1"])
            try await checkFold(node, id)
            #expect(node.engine.statistics.failedRounds == 1)
        }
    }

    @Test(
        "nothing is told, acknowledged or sent before the store has it, and the node says why it is not ready",
        arguments: ["a start", "a request", "a reply"])
    func commitFirst(what: String) async throws {
        let node = Node(database)
        node.bus.whenAsked { _ in .silence }
        try await node.run { node in
            try await node.deploy(Definitions.patient)
            let id = try await node.start("patient")
            try await eventually("its command is sent") { node.bus.sent.count == 1 }
            node.store.chooseFaults { _ in .fails(.unavailable) }
            let answers = Mutex(0)
            switch what {
            case "a start":
                Task { @Sendable in
                    _ = try await node.start("patient", key: "another")
                    answers.withLock { $0 += 1 }
                }
            case "a request":
                Task { @Sendable in
                    _ = try await node.engine.perform(
                        OperatorRequest(
                            saga: id, verb: .compensate, expectedRevision: nil, reason: "r", subject: "s"))
                    answers.withLock { $0 += 1 }
                }
            default: node.bus.receive(CommandID(saga: id, step: "a", direction: .do), .done)
            }
            try await eventually("it is refused again and again") { node.engine.statistics.failedRounds >= 3 }
            #expect(answers.withLock { $0 } == 0)
            #expect(node.bus.acknowledged.isEmpty)
            #expect(node.bus.sent.count == 1)
            #expect(node.engine.unreadiness == "a planned fault of the memory store")
            node.store.chooseFaults(nil)
            try await eventually("it is written, and then told", within: .seconds(30)) {
                answers.withLock { $0 } + node.bus.acknowledged.count == 1
            }
            try await eventually("the node is ready", within: .seconds(30)) { node.engine.unreadiness == nil }
        }
    }

    @Test("commands that the broker did not confirm are made again from the store and sent again")
    func unconfirmed() async throws {
        let node = Node(database)
        let tries = Mutex<[String: Int]>([:])
        node.bus.whenAsked { command in
            let count = tries.withLock { tries in
                tries[command.action, default: 0] += 1
                return tries[command.action]!
            }
            return count < 3 ? .unconfirmed : self.answers(command)
        }
        try await node.run { node in
            try await node.deploy(Definitions.three)
            let (_, status) = try await node.play("three", ["n": 1])
            #expect(status == .completed)
            #expect(node.bus.log.filter { $0 == "two.b do 1" }.count == 3)
        }
    }

    @Test("a broker that is there and confirms nothing is asked at growing intervals")
    func neverConfirmed() async throws {
        let node = Node(database)
        node.bus.whenAsked { _ in .unconfirmed }
        try await node.run { node in
            try await node.deploy(Definitions.patient)
            let id = try await node.start("patient")
            try await eventually("it is sent again and again") { node.bus.sent.count >= 4 }
            let before = node.bus.sent.count
            // Not for something to happen, but for it not to: without pauses these are hundreds.
            try await Task.sleep(for: .milliseconds(500))
            #expect(node.bus.sent.count - before < 15, "too often in half a second")
            node.bus.whenAsked(answers)
            try await eventually("completed") { try await node.status(id) == .completed }
        }
    }

    @Test("what a node had committed and not sent when it died is sent by another, at once")
    func takeOver() async throws {
        let id = try await Node.leaveUnsent("patient", Definitions.patient, in: database)
        let heir = Node(database, name: "heir")
        heir.bus.whenAsked(answers)
        try await heir.run { node in
            try await eventually("completed by the heir") { try await node.status(id) == .completed }
            #expect(node.bus.log.first == "one.a do 1")
        }
    }

    @Test("a node without work is ready again once its store is back")
    func readyAgain() async throws {
        let node = Node(database)
        try await node.run { node in
            node.store.cutOff()
            try await eventually("it says why it is not ready") { node.engine.unreadiness != nil }
            node.store.reconnect()
            try await eventually("it is ready", within: .seconds(20)) { node.engine.unreadiness == nil }
        }
    }

    @Test("a node that was declared dead while it slept registers again and goes on")
    func declaredDead() async throws {
        let sleeper = Node(database, name: "sleeper")
        // What was confirmed before it fell asleep would not be sent again.
        sleeper.bus.whenAsked { _ in .unconfirmed }
        let other = Node(database, name: "other")
        other.bus.whenAsked { _ in .silence }
        try await sleeper.run { sleeper in
            try await sleeper.deploy(Definitions.patient)
            let id = try await sleeper.start("patient")
            sleeper.store.cutOff()
            try await other.run { other in
                try await eventually("the other sends its commands again") { !other.bus.sent.isEmpty }
                sleeper.store.reconnect()
                sleeper.bus.whenAsked(answers)
                sleeper.bus.receive(CommandID(saga: id, step: "a", direction: .do), .done, #"{"id":1}"#)
                try await eventually("completed") { try await other.status(id) == .completed }
            }
        }
    }

    @Test("two engines that take in the same replies give the same result as one")
    func twoEngines() async throws {
        let one = Node(database, name: "one")
        let two = Node(database, name: "two")
        // Every reply reaches both, so each transition is fought over.
        for (mine, other) in [(one, two), (two, one)] {
            mine.bus.whenAsked { command in
                let response = self.answers(command)
                for (reply, body) in response.replies { other.bus.reply(to: command, reply, body) }
                return response
            }
        }
        try await one.run { one in
            try await two.run { two in
                try await one.deploy(Definitions.three)
                var ids: [UUID] = []
                for number in 0..<40 { ids.append(try await one.start("three", ["n": 1], key: "\(number)")) }
                for id in ids {
                    try await eventually("completed") { try await one.status(id) == .completed }
                    try await checkFold(one, id)
                    #expect(try await one.history(id).count == 4)
                }
            }
        }
    }

    @Test("a reply counts wherever it arrives, also at a node that knows the saga from before another moved it on")
    func repliesAnywhere() async throws {
        let one = Node(database, name: "one")
        let two = Node(database, name: "two")
        // As a broker does it: each reply goes to one of the two. Nobody who sent a command gets its reply.
        for (mine, other) in [(one, two), (two, one)] {
            mine.bus.whenAsked { command in
                let response = self.answers(command)
                for (reply, body) in response.replies { other.bus.reply(to: command, reply, body) }
                return .silence
            }
        }
        try await one.run { one in
            try await two.run { two in
                try await one.deploy(Definitions.three)
                var ids: [UUID] = []
                for number in 0..<40 { ids.append(try await one.start("three", ["n": 1], key: "\(number)")) }
                for id in ids {
                    try await eventually("completed") { try await one.status(id) == .completed }
                    let kinds = try await one.history(id).map(\.kind)
                    // No timer has had to fire: nothing that arrived was passed over.
                    #expect(kinds == [.started, .done, .done, .done])
                }
            }
        }
        #expect(one.bus.sent.count + two.bus.sent.count == 120)
    }

    @Test("an attempt that is not answered is made again, and unknown outcomes are undone")
    func timeouts() async throws {
        let node = Node(database)
        node.bus.whenAsked { $0.action == "two.b" ? .silence : self.answers($0) }
        try await node.run { node in
            try await node.deploy(Definitions.impatient)
            let (id, status) = try await node.play("three", ["n": 1])
            #expect(status == .compensated)
            #expect(
                node.bus.log == ["one.a do 1", "two.b do 1", "two.b do 2", "two.b-undo undo 1", "one.a-undo undo 1"])
            try await checkFold(node, id)
        }
    }

    @Test("a batch with an input that the store cannot digest loses only that input")
    func poison() async throws {
        let node = Node(database)
        node.bus.whenAsked { _ in .silence }
        try await node.run { node in
            try await node.deploy(Definitions.three)
            let good = try await node.start("three", ["n": 1], key: "good")
            let bad = try await node.start("three", ["n": 1], key: "bad")
            node.store.chooseFaults { batch in
                batch.updates.contains { $0.id == bad } ? .fails(.broken) : nil
            }
            for id in [bad, good] {
                node.bus.receive(CommandID(saga: id, step: "a", direction: .do), .done, #"{"id":1}"#)
            }
            try await eventually("the good one moves on") { try await node.store.summary(good)?.row.revision == 2 }
            try await eventually("the bad one is put aside") { node.bus.quarantined.count == 1 }
            #expect(try await node.store.summary(bad)?.row.revision == 1)
        }
    }

    @Test("a node that is told to stop finishes what it has taken in, and leaves nothing to take over")
    func orderlyEnd() async throws {
        let node = Node(database)
        node.bus.whenAsked(answers)
        try await node.run { node in
            try await node.deploy(Definitions.three)
            for number in 0..<100 { _ = try await node.start("three", ["n": 1], key: "\(number)") }
        }
        let successor = Node(database, name: "successor")
        successor.bus.whenAsked(answers)
        try await successor.run { successor in
            #expect(successor.bus.sent.isEmpty)
            await #expect { try await node.start("three", ["n": 1], key: "late") } throws: {
                if case EngineError.unavailable = $0 { true } else { false }
            }
        }
    }

    @Test("a node whose task is cancelled ends, even while its store is away")
    func cancelled() async throws {
        let node = Node(database)
        node.bus.whenAsked { _ in .silence }
        await #expect(throws: Abandoned.self) {
            try await node.run { node in
                try await node.deploy(Definitions.three)
                _ = try await node.start("three", ["n": 1])
                node.store.cutOff()
                throw Abandoned()
            }
        }
    }

    private struct Abandoned: Error {}
}
