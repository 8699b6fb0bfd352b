import MemoryStore
import SagaCore
import SagaEngine
import SagaValues
import Synchronization
import TestSupport
import Testing

/// No row says that a command must still be sent: a mark on the saga says who answers for it. It must not get lost.
@Suite("Commands that are owed") struct OwedCommandTests {
    let database = MemoryDatabase()

    @Test("a node takes over from itself page by page, each saga once, and then nothing is left to take over")
    func ownPages() async throws {
        let node = Node(database) { $0.takeOverPage = 3 }
        node.bus.whenAsked { _ in .unconfirmed }
        try await node.run { node in
            try await node.deploy(Definitions.patient)
            for number in 0..<10 { _ = try await node.start("patient", key: "\(number)") }
            node.bus.whenAsked { _ in .silence }
            let first = node.bus.sent.count
            try await eventually("all are sent again") { Set(node.bus.sent.dropFirst(first).map(\.id)).count == 10 }
        }
        let heir = MemoryStore(database)
        let id = try await heir.register(nodeNamed: "heir")
        #expect(try await heir.heartbeat(id, watermark: 0, lease: .seconds(30)).dead.isEmpty)
    }

    /// Two nodes, and a saga with two branches that the first has started and whose command for `action` it does not
    /// get out.
    private func whileStuck(
        on action: String,
        _ body: @escaping @Sendable (_ stuck: Node, _ other: Node, _ saga: UUID) async throws -> Void
    ) async throws {
        let stuck = Node(database, name: "stuck")
        stuck.bus.whenAsked { $0.action == action ? .unconfirmed : .silence }
        let other = Node(database, name: "other")
        other.bus.whenAsked { _ in .silence }
        try await other.run { other in
            try await stuck.run { stuck in
                try await stuck.deploy(Definitions.branches)
                let id = try await stuck.start("branches")
                try await eventually("both are sent") { Set(stuck.bus.log).count == 2 }
                try await body(stuck, other, id)
            }
        }
    }

    @Test("who sends a further command of a saga sends those with it that another node has not got out")
    func withAnothersSaga() async throws {
        try await whileStuck(on: "two.right") { stuck, other, id in
            other.bus.receive(CommandID(saga: id, step: "left", direction: .do), .done)
            try await eventually("the other sends both") {
                Set(other.bus.log) == ["one.next do 1", "two.right do 1"]
            }
            stuck.bus.whenAsked { _ in .silence }
        }
    }

    @Test("who sends nothing for a saga leaves it to be taken over from the node that had commands to send")
    func withoutCommands() async throws {
        try await whileStuck(on: "one.left") { stuck, other, id in
            other.bus.receive(CommandID(saga: id, step: "right", direction: .do), .done)
            try await eventually("the reply is taken in") { try await other.history(id).count == 2 }
            #expect(other.bus.sent.isEmpty)
            stuck.store.cutOff()
            try await eventually("the other sends what is owed") { other.bus.log == ["one.left do 1"] }
        }
    }

    @Test("a node that goes on under a new id sends what another took over from it and has not got out")
    func underANewID() async throws {
        try await whileStuck(on: "two.right") { sleeper, heir, id in
            heir.bus.whenAsked { _ in .unconfirmed }
            sleeper.store.cutOff()
            try await eventually("the heir has tried") { !heir.bus.sent.isEmpty }
            let before = sleeper.bus.sent.count
            sleeper.bus.whenAsked { _ in .silence }
            sleeper.store.reconnect()
            try await eventually("it has another id") {
                sleeper.log.count(of: "warning declared dead by another node") > 0
            }
            sleeper.bus.receive(CommandID(saga: id, step: "left", direction: .do), .done)
            try await eventually("it goes on, and sends what is owed") {
                // Besides these, what it was about to send when it was cut off may still have gone out.
                Set(sleeper.bus.log.dropFirst(before)).isSuperset(of: ["one.next do 1", "two.right do 1"])
            }
            heir.bus.whenAsked { _ in .silence }
        }
    }

    @Test("what a node writes between two pages of a take-over from itself answers for what it has in flight")
    func betweenOwnPages() async throws {
        let node = Node(database) {
            $0.takeOverPage = 1
            // So that the reply comes between the pages, in a batch of its own.
            $0.batchLimit = 1
        }
        node.bus.whenAsked { $0.action == "two.right" ? .unconfirmed : .silence }
        try await node.run { node in
            try await node.deploy(Definitions.branches)
            let ids = [
                try await node.start("branches", key: "1"), try await node.start("branches", key: "2"),
            ]
            let waiting = Mutex<UUID?>(nil)
            node.store.whenClaimed { claim in
                // The first page: it sets the bound, and leaves one of the two for the next.
                guard claim.batch == claim.bound, claim.sagas.count == 1, waiting.withLock({ $0 == nil }) else {
                    return
                }
                let other = ids[ids[0] == claim.sagas[0] ? 1 : 0]
                waiting.withLock { $0 = other }
                node.bus.whenAsked { _ in .silence }
                node.bus.receive(CommandID(saga: other, step: "left", direction: .do), .done)
            }
            try await eventually("the saga goes on") { node.bus.sent.contains { $0.id.step == "next" } }
            let id = try #require(waiting.withLock { $0 })
            let sent = node.bus.sent
            let next = try #require(sent.firstIndex { $0.id.step == "next" })
            let right = CommandID(saga: id, step: "right", direction: .do)
            #expect(sent[next...].contains { $0.id == right }, "its sibling was never confirmed")
        }
    }

    @Test("a node whose take-over from itself is under way when it is declared dead leaves nothing behind")
    func deadBetweenOwnPages() async throws {
        let node = Node(database) {
            $0.takeOverPage = 1
            $0.batchLimit = 1
        }
        node.bus.whenAsked { _ in .unconfirmed }
        try await node.run { node in
            try await node.deploy(Definitions.patient)
            let ids: Set = [try await node.start("patient", key: "1"), try await node.start("patient", key: "2")]
            let isCut = Atomic(false)
            node.store.whenClaimed { claim in
                // The second page: what the first one claimed is behind the bound already.
                guard claim.batch > claim.bound, !isCut.exchange(true, ordering: .acquiringAndReleasing) else { return }
                node.store.cutOff()
            }
            try await eventually("it is cut off") { isCut.load(ordering: .acquiring) }
            // Another declares it dead, and takes nothing over: it goes away at once.
            let other = MemoryStore(database)
            let id = try await other.register(nodeNamed: "other")
            #expect(try await other.heartbeat(id, watermark: 0, lease: .seconds(30)).dead.count == 1)
            let before = node.bus.sent.count
            node.bus.whenAsked { _ in .silence }
            node.store.reconnect()
            try await eventually("all is sent again, and not by a timer") {
                Set(node.bus.sent.dropFirst(before).filter { $0.attempt == 1 }.map(\.id.saga)) == ids
            }
        }
    }

    @Test("a take-over whose answer is lost is finished all the same")
    func lostClaim() async throws {
        let id = try await Node.leaveUnsent("patient", Definitions.patient, in: database)
        let heir = Node(database, name: "heir")
        heir.store.planClaims(.failsAfterwards(.outcomeUnknown), .fails(.unavailable))
        try await heir.run { node in
            try await eventually("completed by the heir") { try await node.status(id) == .completed }
        }
    }

    @Test("a take-over in a batch with an input that breaks it is not lost")
    func brokenTakeOver() async throws {
        let id = try await Node.leaveUnsent("patient", Definitions.patient, in: database)
        let heir = Node(database, name: "heir")
        // The claim is made, and the batch in which its sagas are loaded breaks.
        heir.store.planLoads(.fails(.broken))
        try await heir.run { node in
            try await eventually("completed by the heir") { try await node.status(id) == .completed }
        }
    }
}
