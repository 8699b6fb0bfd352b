import LocalServers
import Postgres
import SagaValues
import SagaWire
import TestServers
import TestSupport
import Testing

@testable import ParticipantKit

@Suite("The barrier under contention and loss")
struct ContentionTests {
    private let saga = UUID.v7()

    @Test("The same command on many workers at once takes effect once, and all get the same answer")
    func sameCommandAtOnce() async throws {
        let shop = try await Workshop()
        let runners = try (0..<2).map { _ in try shop.runner() }
        for _ in 0..<10 {
            let saga = UUID.v7()
            let answers = try await withThrowingTaskGroup(of: String.self) { group in
                for index in 0..<8 {
                    let command = try shop.command("make", saga: saga, attempt: index + 1)
                    group.addTask { await runners[index % 2].answer(command).line }
                }
                return try await group.reduce(into: Set<String>()) { $0.insert($1) }
            }
            #expect(answers == [#"done {"number":42,"item":"cup"}"#])
            #expect(try await shop.effects(of: saga) == ["make cup"])
        }
        // The second waits for the first and then finds its answer: it does not even begin.
        #expect(shop.runCount("make") == 10)
    }

    @Test("A do and its undo at once end with both done in order, or with neither", arguments: 0..<20)
    func doAgainstUndo(_: Int) async throws {
        let shop = try await Self.shared.value()
        let runner = try shop.runner()
        let saga = UUID.v7()
        let undo = try shop.command("unmake", .undo, saga: saga, ["input": ["item": "cup"]])
        let made = try shop.command("make", saga: saga)
        async let first = runner.answer(made).line
        async let second = runner.answer(undo).line
        let answers = await (first, second)
        #expect(answers.1 == "done {}")
        let effects = try await shop.effects(of: saga)
        if answers.0.hasPrefix("done") {
            #expect(effects == ["make cup", "unmake cup 42"])
        } else {
            #expect(answers.0 == "rejected \(KitCode.compensated)")
            #expect(effects.isEmpty)
        }
    }

    @Test("A refusal against a concurrent duplicate is one refusal")
    func concurrentRefusal() async throws {
        let shop = try await Workshop()
        let runner = try shop.runner()
        let command = try shop.command("fail", saga: saga, ["how": "reject"])
        async let first = runner.answer(command).line
        async let second = runner.answer(command).line
        #expect(await [first, second] == ["rejected too-dear", "rejected too-dear"])
        #expect(try await shop.count("SELECT count(*) FROM saga_barrier") == 1)
        #expect(try await shop.effects().isEmpty)
    }

    @Test("A transaction that lost against another is run again, unseen by the sender", arguments: ["40001", "40P01"])
    func serializationFailure(state: String) async throws {
        let shop = try await Workshop()
        let strike = try await shop.onNthRun(
            of: "effects", until: 2, "RAISE EXCEPTION 'lost' USING ERRCODE = '\(state)'")
        let answer = await (try shop.runner()).answer(try shop.command("make", saga: saga))
        #expect(answer.line == #"done {"number":42,"item":"cup"}"#)
        #expect(shop.runCount("make") == 3)
        #expect(try await shop.effects() == ["make cup"])
        #expect(try await shop.count("SELECT last_value FROM \(strike)") == 3)
    }

    @Test("A commit whose answer is lost is settled by the barrier, not guessed at")
    func outcomeUnknown() async throws {
        let shop = try await Workshop()
        // The session is ended in the middle of COMMIT: the client cannot know how that went.
        try await shop.onNthRun(
            of: "effects", until: 1, "PERFORM pg_terminate_backend(pg_backend_pid()); PERFORM pg_sleep(5)",
            deferred: true)
        let answer = await (try shop.runner()).answer(try shop.command("make", saga: saga))
        #expect(answer.line == #"done {"number":42,"item":"cup"}"#)
        #expect(try await shop.effects() == ["make cup"])
    }

    @Test("After a commit whose answer is lost nobody says that nothing was done, while the database is away either")
    func outcomeUnknownAndThenAway() async throws {
        let server = try await TestServers.ownPostgres()
        let shop = try await Workshop(on: server)
        try await shop.onNthRun(of: "effects", until: 1, "PERFORM pg_sleep(3)", deferred: true)
        let (book, answered) = (LogBook(), Flag())
        let runner = try shop.runner(logger: book.logger)
        let command = try shop.command("make", saga: saga)
        let answer = Task {
            defer { answered.set() }
            return await runner.answer(command).line
        }
        try await eventually("the commit is under way") {
            try await shop.count(
                "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = current_database()")
                == 1
        }
        server.kill()
        let isAsked = "warning the barrier does not answer yet; it is asked again"
        try await eventually("the barrier is asked in vain") { book.count(of: isAsked) > 0 || answered.isSet }
        #expect(!answered.isSet)
        // What comes for the first time was certainly not done; what came before may have been.
        let other = try shop.command("make", saga: .v7())
        let quiet = try shop.runner()
        #expect(await quiet.answer(other).line == "retry \(KitCode.databaseUnavailable)")
        let again = Task { await runner.answer(other, mayBeDone: true).line }
        try await eventually("it is asked for both") { book.count(of: isAsked) > 4 || answered.isSet }
        try await server.startAgain()
        #expect(await answer.value == #"done {"number":42,"item":"cup"}"#)
        #expect(await again.value == #"done {"number":42,"item":"cup"}"#)
        #expect(try await shop.effects() == ["make cup", "make cup"])
        await server.stop()
    }

    @Test("A command that another process is still working on is waited for, beyond the limit of a statement")
    func heldByAnother() async throws {
        let shop = try await Workshop()
        let (book, begun, answered) = (LogBook(), Flag(), Flag())
        let command = try shop.command("make", saga: saga)
        let slow = try shop.runner(actions: [
            .do("make") { (input: Make, context) in
                shop.note("make")
                begun.set()
                try await eventually("the other was answered or has asked twice") {
                    answered.isSet || book.lines.count > 1
                }
                return Made(number: 42, item: input.item)
            }
        ])
        async let first = slow.answer(command).line
        try await eventually("the handler is at work") { begun.isSet }
        var database = shop.database
        database.statementTimeout = .milliseconds(200)
        let impatient = try shop.runner(pool: PostgresPool(database, size: 1), logger: book.logger)
        let second = await impatient.answer(command).line
        answered.set()
        #expect(await [first, second] == Array(repeating: #"done {"number":42,"item":"cup"}"#, count: 2))
        #expect(shop.runCount("make") == 1)
    }

    @Test("A constraint that a handler breaks is its failure, not a refusal")
    func constraint() async throws {
        let shop = try await Workshop()
        try await shop.pool.withConnection {
            try await $0.runScript("ALTER TABLE effects ADD CHECK (what <> 'make cup')")
        }
        let answer = await (try shop.runner()).answer(try shop.command("make", saga: saga))
        #expect(answer.line == "retry \(KitCode.internalError)")
        #expect(try await shop.count("SELECT count(*) FROM saga_barrier") == 0)
    }

    @Test("A handler that keeps a failed statement to itself commits nothing")
    func swallowedFailure() async throws {
        let shop = try await Workshop()
        let broken = PostgresStatement("SELECT 1 / 0")
        let runner = try shop.runner(actions: [
            .do("make") { (_: JSON, context) in
                try await context.transaction.execute(Workshop.insertEffect, [.uuid(context.sagaID), .text("half")])
                _ = try? await context.transaction.execute(broken)
            }
        ])
        let answer = await runner.answer(try shop.command("make", saga: saga))
        #expect(answer.line.hasPrefix("retry"))
        #expect(try await shop.effects().isEmpty)
        #expect(try await shop.count("SELECT count(*) FROM saga_barrier") == 0)
    }

    @Test("What is older than the retention is removed, and nothing else")
    func cleaning() async throws {
        let shop = try await Workshop()
        let runner = try shop.runner()
        for _ in 0..<3 { _ = await runner.answer(try shop.command("make", saga: .v7())) }
        try await shop.pool.execute(
            PostgresStatement("UPDATE saga_barrier SET at = now() - interval '31 days' WHERE saga_id <> $1"),
            [.uuid(saga)])
        _ = await runner.answer(try shop.command("make", saga: saga))
        let cleaner = Cleaner(pool: shop.pool, retention: .seconds(30 * 86_400), logger: .quiet)
        #expect(try await cleaner.cleanOnce() == 3)
        #expect(try await shop.count("SELECT count(*) FROM saga_barrier") == 1)
        #expect(await runner.answer(try shop.command("make", saga: saga)).line.hasPrefix("done"))
        #expect(try await shop.effects(of: saga).count == 1)
    }

    @Test("What may have been forgotten is not taken for not done: a person is asked")
    func forgotten() async throws {
        let shop = try await Workshop()
        let day = Duration.seconds(86_400)
        let runner = try shop.runner(retention: day * 30)
        let old = UUID.v7(at: .now() - day * 31, random: (1, 2))
        func ask(_ direction: Direction, _ step: String, _ saga: UUID) async throws -> String {
            let (action, body): (String, JSON) =
                direction == .undo ? ("unmake", ["input": ["item": "cup"]]) : ("make", ["item": "cup"])
            return await runner.answer(try shop.command(action, direction, saga: saga, step: step, body)).line
        }
        let expired = "retry \(KitCode.barrierExpired)"
        #expect(try await ask(.undo, "one", old) == expired)
        #expect(try await ask(.do, "one", old) == expired)
        #expect(try await ask(.probe, "one", old) == expired)
        #expect(shop.runs.isEmpty)
        #expect(try await shop.count("SELECT count(*) FROM saga_barrier") == 0)

        // What is still there counts, however old its saga is.
        try await shop.pool.execute(
            PostgresStatement(
                """
                INSERT INTO saga_barrier (saga_id, step, iteration, direction, outcome, round, action, reply)
                VALUES ($1, 'two', 0, 'do', 'done', 1, 'make', '{"number":42,"item":"cup"}')
                """), [.uuid(old)])
        #expect(try await ask(.do, "two", old).hasPrefix("done"))
        #expect(try await ask(.probe, "two", old).hasPrefix("done"))
        for _ in 1...2 { #expect(try await ask(.undo, "two", old) == "done {}") }
        #expect(try await shop.effects() == ["unmake cup 42"])

        // The record of the do is gone, that of its undo is left: it is not done again.
        try await shop.pool.execute(
            PostgresStatement("DELETE FROM saga_barrier WHERE direction = 'do'", isReadOnly: false))
        #expect(try await ask(.do, "two", old) == expired)
        #expect(try await ask(.undo, "two", old) == "done {}")

        let young = UUID.v7(at: .now() - day * 29, random: (1, 2))
        #expect(try await ask(.undo, "one", young) == "done {}")
        #expect(shop.runCount("make") == 0)

        // The saga knows an output that the barrier does not: its record was lost, with a restored database say.
        let lost: JSON = ["input": ["item": "cup"], "output": ["number": 42, "item": "cup"]]
        let command = try shop.command("unmake", .undo, saga: .v7(), lost)
        #expect(await runner.answer(command).line == expired)
        #expect(
            try await shop.count("SELECT count(*) FROM saga_barrier WHERE saga_id = '\(command.message.id.saga)'") == 0)
    }

    /// One database for the cases of a parameterised test.
    private static let shared = SharedWorkshop()
}

actor SharedWorkshop {
    private var task: Task<Workshop, any Error>?

    func value() async throws -> Workshop {
        let task = task ?? Task { try await Workshop() }
        self.task = task
        return try await task.value
    }
}

extension Workshop {
    /// Runs `body` on the first `count` insertions into a table; returns the sequence that counts them,
    /// which no rollback turns back.
    @discardableResult
    func onNthRun(of table: String, until count: Int, _ body: String, deferred: Bool = false) async throws -> String {
        let trigger = deferred ? "CONSTRAINT TRIGGER strike AFTER" : "TRIGGER strike BEFORE"
        let timing = deferred ? "DEFERRABLE INITIALLY DEFERRED" : ""
        try await pool.withConnection {
            try await $0.runScript(
                """
                CREATE SEQUENCE strikes;
                CREATE FUNCTION strike() RETURNS trigger LANGUAGE plpgsql AS $$
                BEGIN
                    IF nextval('strikes') <= \(count) THEN \(body); END IF;
                    RETURN NEW;
                END $$;
                CREATE \(trigger) INSERT ON \(table) \(timing) FOR EACH ROW EXECUTE FUNCTION strike();
                """)
        }
        return "strikes"
    }
}
