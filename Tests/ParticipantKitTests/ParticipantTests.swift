import LocalServers
import Logging
import Postgres
import RabbitMQ
import SagaValues
import SagaWire
import Synchronization
import TestSupport
import TestServers
import Testing

@testable import ParticipantKit

@Suite("A participant on a broker")
struct ParticipantTests {
    private let saga = UUID.v7()

    @Test("A command is carried out and answered, and then leaves the queue")
    func answers() async throws {
        try await Stage.play { stage in
            let running = try stage.start()
            try await stage.send(stage.command("make", saga: saga, attempt: 3))
            let reply = try await stage.replies(to: saga, count: 1)[0]
            #expect(reply.outcome.line == #"done {"number":42,"item":"cup"}"#)
            #expect(reply.attempt == 3 && reply.appID == stage.shop.name)
            #expect(reply.command == CommandID(saga: saga, step: "one", direction: .do))
            #expect(try await stage.shop.effects() == ["make cup"])
            try await eventually("the queue is empty") { try await stage.messagesLeft(in: "commands") == 0 }
            try await running.stop()
        }
    }

    @Test("Two participants and many duplicates have one effect and one answer")
    func duplicates() async throws {
        try await Stage.play { stage in
            let both = [try stage.start(), try stage.start()]
            let sagas = (0..<20).map { _ in UUID.v7() }
            for attempt in 1...4 {
                try await stage.send(sagas.map { stage.command("make", saga: $0, attempt: attempt) })
            }
            for saga in sagas {
                let replies = try await stage.replies(to: saga, count: 4)
                #expect(Set(replies.map(\.outcome.line)) == [#"done {"number":42,"item":"cup"}"#])
                #expect(Set(replies.map(\.attempt)) == [1, 2, 3, 4])
                #expect(try await stage.shop.effects(of: saga) == ["make cup"])
            }
            for running in both { try await running.stop() }
        }
    }

    @Test("A reply that is lost comes again with the next attempt, from the store")
    func lostReply() async throws {
        try await Stage.play { stage in
            let running = try stage.start(interceptors: [LoseReplies(count: 2)])
            for attempt in 1...3 { try await stage.send(stage.command("make", saga: saga, attempt: attempt)) }
            let reply = try await stage.replies(to: saga, count: 1)[0]
            #expect(reply.attempt == 3 && reply.outcome.line == #"done {"number":42,"item":"cup"}"#)
            #expect(try await stage.shop.effects() == ["make cup"])
            #expect(running.participant.statistics.repliesDropped == 2)
            try await running.stop()
        }
    }

    @Test("Death between commit and reply is healed by redelivery and the stored reply")
    func deathAfterCommit() async throws {
        try await Stage.play { stage in
            let gate = Gate()
            let doomed = try stage.start(interceptors: [gate])
            try await stage.send(stage.command("make", saga: saga))
            try await eventually("the transaction is committed") { gate.arrivals > 0 }
            #expect(try await stage.shop.effects() == ["make cup"])
            #expect(stage.replies(to: saga).isEmpty)
            await doomed.kill()

            let heir = try stage.start()
            let reply = try await stage.replies(to: saga, count: 1)[0]
            #expect(reply.outcome.line == #"done {"number":42,"item":"cup"}"#)
            #expect(try await stage.shop.effects() == ["make cup"])
            #expect(stage.shop.runCount("make") == 1)
            try await heir.stop()
        }
    }

    @Test("A command stays with the broker until that has confirmed the reply")
    func replyNotTaken() async throws {
        try await Stage.play { stage in
            let key = TestServers.uniqueName("key")
            let full = try await stage.fullQueue(of: .init("saga.replies", .direct), key: key)
            // A quorum queue says only now and then how long it is.
            let running = try stage.start { $0.usesQuorumQueues = false }
            var command = stage.command("make", saga: saga)
            command.replyTo = key
            try await stage.send(command)
            try await eventually("the transaction is committed") {
                try await stage.shop.effects() == ["make cup"]
            }
            let waiting = try await stage.messagesLeft(in: "commands")
            #expect(waiting == 1, "with a reply that is not confirmed")
            try await TestServers.rabbitMQ().rabbitmqctl("purge_queue", full)
            try await eventually("the reply is confirmed, and the command done with") {
                try await stage.messagesLeft(in: "commands") == 0
            }
            try await running.stop()
        }
    }

    @Test("Death before the commit leaves nothing, and redelivery does the work")
    func deathBeforeCommit() async throws {
        try await Stage.play { stage in
            let reached = Flag()
            let doomed = try stage.start(actions: [
                .do("make") { (input: Make, context) in
                    try await context.transaction.execute(
                        Workshop.insertEffect, [.uuid(context.sagaID), .text("lost")])
                    reached.set()
                    try await Task.sleep(for: .seconds(3600))
                }
            ])
            try await stage.send(stage.command("make", saga: saga))
            try await eventually("the handler is at work") { reached.isSet }
            await doomed.kill()
            let heir = try stage.start()
            #expect(try await stage.replies(to: saga, count: 1)[0].outcome.line.hasPrefix("done"))
            #expect(try await stage.shop.effects() == ["make cup"])
            try await heir.stop()
        }
    }

    @Test("A slow handler says that it is still at it")
    func working() async throws {
        try await Stage.play { stage in
            let running = try stage.start(actions: [
                .do("make") { (_: JSON, context) in
                    context.working("half way")
                    try await Task.sleep(for: .milliseconds(50))
                }
            ])
            try await stage.send(stage.command("make", saga: saga))
            let replies = try await stage.replies(to: saga, count: 2)
            #expect(replies.map(\.outcome.line) == ["working", "done {}"])
            guard case .working(let note) = replies[0].outcome else { return }
            #expect(note?.message == "half way" && replies[0].attempt == 1)
            try await running.stop()
        }
    }

    @Test("A stop finishes what was begun and gives the rest back")
    func gracefulStop() async throws {
        try await Stage.play { stage in
            let begun = Flag()
            let slow: [Action] = [
                .do("make") { (_: JSON, context) in
                    begun.set()
                    try await Task.sleep(for: .milliseconds(300))
                    try await context.transaction.execute(
                        Workshop.insertEffect, [.uuid(context.sagaID), .text("slow")])
                }
            ]
            let first = try stage.start(actions: slow) {
                $0.concurrency = 2
                $0.stopTimeout = .seconds(60)
            }
            let sagas = (0..<30).map { _ in UUID.v7() }
            try await stage.send(sagas.map { stage.command("make", saga: $0) })
            try await eventually("work has begun") { begun.isSet }
            let clock = ContinuousClock()
            let elapsed = try await clock.measure { try await first.stop() }
            // Far from the whole timeout, which is what one forgotten delivery would cost.
            #expect(elapsed < .seconds(30))
            let done = try await stage.shop.effects().count
            #expect((1..<30).contains(done), "\(done) were done by the time it had stopped")
            #expect(try await stage.shop.count("SELECT count(*) FROM saga_barrier") == done)
            let heir = try stage.start(actions: slow)
            for saga in sagas {
                #expect(try await stage.replies(to: saga, count: 1)[0].outcome.line == "done {}")
                #expect(try await stage.shop.effects(of: saga) == ["slow"])
            }
            try await heir.stop()
        }
    }

    @Test("A stop does not wait for ever: a handler that goes on is rolled back and its command comes again")
    func stopTimeout() async throws {
        try await Stage.play { stage in
            let begun = Flag()
            let endless = try stage.start(actions: [
                .do("make") { (_: JSON, context) in
                    try await context.transaction.execute(
                        Workshop.insertEffect, [.uuid(context.sagaID), .text("half")])
                    begun.set()
                    try await Task.sleep(for: .seconds(3600))
                }
            ]) { $0.stopTimeout = .seconds(2) }
            try await stage.send(stage.command("make", saga: saga))
            try await eventually("the handler is at work") { begun.isSet }
            let elapsed = await ContinuousClock().measure { try? await endless.stop() }
            #expect(elapsed < .seconds(20))
            let heir = try stage.start()
            #expect(try await stage.replies(to: saga, count: 1)[0].outcome.line.hasPrefix("done"))
            #expect(try await stage.shop.effects() == ["make cup"])
            try await heir.stop()
        }
    }

    @Test("A stop is heard while the database has never been there")
    func stopBeforeTheStart() async throws {
        let book = LogBook()
        // Nobody listens there.
        let pool = PostgresPool(
            PostgresConfiguration(host: "127.0.0.1", port: 1, user: "nobody", database: "none"), size: 1)
        let participant = try Participant(
            "early", database: pool, broker: RabbitMQConfiguration(port: 1), actions: [], logger: book.logger)
        let running = Stage.Running(participant, pool: pool)
        try await eventually("it waits") { book.count(of: "warning waiting for the database") > 0 }
        let stopped = Flag()
        let stopping = Task {
            try await running.stop()
            stopped.set()
        }
        do {
            try await eventually("it has stopped", within: .seconds(10)) { stopped.isSet }
        } catch {
            await running.kill()
            throw error
        }
        try await stopping.value
    }

    @Test("Commands of one step are carried out in order, also when they arrive at once")
    func orderWithinStep() async throws {
        try await Stage.play { stage in
            let running = try stage.start { $0.concurrency = 8 }
            let sagas = (0..<30).map { _ in UUID.v7() }
            let undo: JSON = ["input": ["item": "cup"]]
            try await stage.send(
                sagas.flatMap {
                    [stage.command("make", saga: $0), stage.command("unmake", .undo, saga: $0, undo)]
                })
            for saga in sagas {
                #expect(try await stage.replies(to: saga, count: 2).map(\.outcome.type) == ["done", "done"])
                #expect(try await stage.shop.effects(of: saga) == ["make cup", "unmake cup 42"])
            }
            try await running.stop()
        }
    }
}

/// Drops the first replies.
final class LoseReplies: ActionInterceptor {
    private let left: Mutex<Int>

    init(count: Int) { left = Mutex(count) }

    func willReply(_ command: CommandDescription, with type: ReplyType) async -> ReplyDecision {
        left.withLock { left in
            left -= 1
            return left >= 0 ? .drop : .send
        }
    }
}

/// Lets no reply pass, ever: whoever is killed here has committed and not answered.
final class Gate: ActionInterceptor {
    private let count = Atomic<Int>(0)
    var arrivals: Int { count.load(ordering: .relaxed) }

    func willReply(_ command: CommandDescription, with type: ReplyType) async -> ReplyDecision {
        count.add(1, ordering: .relaxed)
        try? await Task.sleep(for: .seconds(3600))
        return .drop
    }
}

final class Flag: Sendable {
    private let value = Atomic(false)
    var isSet: Bool { value.load(ordering: .acquiring) }
    func set() { value.store(true, ordering: .releasing) }
}
