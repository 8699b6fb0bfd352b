import Foundation
import LocalServers
import Logging
import Postgres
import SagaValues
import SagaWire
import Synchronization
import TestServers

@testable import ParticipantKit

/// A database of its own with the kit's tables and one business table, and runners on it.
final class Workshop: Sendable {
    let pool: PostgresPool
    let database: PostgresConfiguration
    let name: String
    /// Handlers that have run, committed or not.
    private let notes = Mutex<[String]>([])

    /// - Parameter server: the shared one when nil.
    init(on server: LocalPostgres? = nil) async throws {
        name = TestServers.uniqueName("shop").replacing("_", with: "-")
        let databaseName = TestServers.uniqueName("kit")
        let shared: LocalPostgres
        if let server { shared = server } else { shared = try await TestServers.postgres() }
        try await shared.createDatabase(databaseName)
        database = PostgresConfiguration(
            host: shared.host, port: shared.port, user: shared.user, database: databaseName)
        pool = PostgresPool(database, size: 8)
        try await ParticipantTables.migrate(pool, logger: .quiet)
        try await pool.withConnection {
            try await $0.runScript("CREATE TABLE effects (id bigserial PRIMARY KEY, saga uuid, what text)")
        }
    }

    static let insertEffect = PostgresStatement("INSERT INTO effects (saga, what) VALUES ($1, $2)")

    var runs: [String] { notes.withLock { $0 } }

    func note(_ what: String) { notes.withLock { $0.append(what) } }

    func runCount(_ what: String) -> Int { runs.count { $0 == what } }

    /// What the handlers of committed transactions left, in order.
    func effects(of saga: SagaValues.UUID? = nil) async throws -> [String] {
        let statement = PostgresStatement(
            "SELECT what FROM effects WHERE $1::uuid IS NULL OR saga = $1 ORDER BY id")
        return try await pool.execute(statement, [saga.map { .uuid($0) } ?? .null]).map { try $0.text(0) }
    }

    func count(_ sql: String) async throws -> Int64 {
        try await pool.execute(PostgresStatement(sql)).only.int64(0)
    }

    /// `make` writes an effect and answers a number; `unmake` writes one too; `fail` throws what its input names.
    var actions: [Action] {
        [
            .do("make") { (input: Make, context) in
                self.note("make")
                try await context.transaction.execute(
                    Self.insertEffect, [.uuid(context.sagaID), .text("make \(input.item)")])
                return Made(number: 42, item: input.item)
            },
            .undo("unmake") { (input: Make, made: Made, context) in
                self.note("unmake")
                try await context.transaction.execute(
                    Self.insertEffect, [.uuid(context.sagaID), .text("unmake \(input.item) \(made.number)")])
            },
            .do("fail") { (input: Fail, context) in
                self.note("fail")
                try await context.transaction.execute(Self.insertEffect, [.uuid(context.sagaID), .text("fail")])
                try context.emit("thing.failed", about: context.sagaID, ["no": "never"])
                switch input.how {
                case "reject": throw Rejection("too-dear", "it costs too much", details: ["limit": "10.00"])
                case "temporary": throw TemporaryFailure("provider-busy", "come back", retryAfter: .seconds(7))
                case "unknown": throw Surprise()
                case "lost": throw OutcomeUnknown("answer-lost", "who knows", retryAfter: .seconds(7))
                default: return
                }
            },
        ]
    }

    func runner(
        actions: [Action]? = nil, interceptors: [any ActionInterceptor] = [], limits: JSON.Limits = .default,
        retention: Duration = ParticipantConfiguration().retention, pool: PostgresPool? = nil,
        logger: Logger = .quiet,
        announce: @escaping @Sendable (ReplyMessage.Outcome, ReceivedCommand) -> Void = { _, _ in }
    ) throws -> CommandRunner {
        CommandRunner(
            participant: name, pool: pool ?? self.pool, actions: try ActionTable(actions ?? self.actions),
            interceptors: interceptors, limits: limits, retention: retention, logger: logger, announce: announce,
            eventsCommitted: {})
    }

    func command(
        _ action: String, _ direction: Direction = .do, saga: SagaValues.UUID, step: String = "one", attempt: Int = 1,
        round: Int = 1, _ body: JSON = ["item": "cup"]
    ) throws -> ReceivedCommand {
        var message = message(action, direction, saga: saga, step: step, attempt: attempt, body)
        message.round = round
        return try ReceivedCommand(try message.wireMessage(), limits: .default)
    }

    func message(
        _ action: String, _ direction: Direction = .do, saga: SagaValues.UUID, step: String = "one", attempt: Int = 1,
        _ body: JSON = ["item": "cup"], replyTo: String = "saga.replies"
    ) -> CommandMessage {
        CommandMessage(
            id: CommandID(saga: saga, step: step, direction: direction), action: "\(name).\(action)",
            workflow: "test", workflowVersion: 1, attempt: attempt, tenant: "acme", replyTo: replyTo,
            body: Payload(body))
    }
}

struct Make: Codable, Sendable {
    let item: String
}

struct Made: Codable, Sendable {
    let number: Int
    let item: String
}

struct Fail: Codable, Sendable {
    let how: String
}

struct Surprise: Error {}

extension Logger {
    static var quiet: Logger {
        var logger = Logger(label: "test")
        logger.logLevel = ProcessInfo.processInfo.environment["KIT_LOG"] == nil ? .critical : .debug
        return logger
    }
}

extension CommandRunner.Answer {
    /// The answer in one line: `done {"number":42}`, `rejected too-dear`, `retry internal-error`.
    var line: String {
        switch self {
        case .abandoned: "abandoned"
        case .reply(let outcome): outcome.line
        }
    }
}

extension ReplyMessage.Outcome {
    var line: String {
        switch self {
        case .done(let output): "done \(output.json.text)"
        case .rejected(let error): "rejected \(error.code)"
        case .retry(let error): "retry \(error.code)"
        case .unknown(let error): "unknown \(error.code)"
        case .working: "working"
        }
    }
}
