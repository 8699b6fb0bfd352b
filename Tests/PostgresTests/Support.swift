import LocalServers
import Postgres
import SagaValues
import Synchronization
import TestServers
import TestSupport
import Testing

/// A database of its own in the server that all tests of this process share.
struct TestDatabase {
    let configuration: PostgresConfiguration
    let connection: PostgresConnection

    static func make(
        _ adjust: (inout PostgresConfiguration) -> Void = { _ in }
    ) async throws -> TestDatabase {
        let server = try await TestServers.postgres()
        let name = try await TestServers.freshDatabase(prefix: "postgres")
        var configuration = server.configuration(database: name)
        adjust(&configuration)
        return TestDatabase(configuration: configuration, connection: PostgresConnection(configuration, name: "test"))
    }

    /// Another session in the same database.
    func another(_ adjust: (inout PostgresConfiguration) -> Void = { _ in }) -> PostgresConnection {
        var configuration = configuration
        adjust(&configuration)
        return PostgresConnection(configuration, name: "another")
    }
}

extension LocalPostgres {
    func configuration(database: String = "postgres") -> PostgresConfiguration {
        var configuration = PostgresConfiguration(
            host: host, port: port, user: user, database: database, applicationName: "postgres-tests")
        // All tests run at once, perhaps on a busy machine.
        configuration.connectTimeout = .seconds(30)
        return configuration
    }
}

extension PostgresConnection {
    /// The only value of a query's only row.
    func number(_ sql: String, _ parameters: [PostgresParameter] = []) async throws -> Int64 {
        let rows = try await execute(PostgresStatement(sql), parameters)
        try #require(rows.count == 1)
        return try rows[0].int64(0)
    }
}

/// The error that `body` throws, which must be a ``PostgresError``.
func failure<Result>(
    isolation: isolated (any Actor)? = #isolation,
    _ body: () async throws -> Result,
    sourceLocation: SourceLocation = #_sourceLocation
) async throws -> PostgresError {
    do {
        _ = try await body()
    } catch {
        return try #require(error as? PostgresError, "\(error)", sourceLocation: sourceLocation)
    }
    Issue.record("nothing was thrown", sourceLocation: sourceLocation)
    throw NothingThrown()
}

struct NothingThrown: Error {}

/// What several tasks did, in order.
final class Recorder<Element: Sendable>: Sendable {
    private let elements = Mutex<[Element]>([])

    func add(_ element: Element) { elements.withLock { $0.append(element) } }
    var all: [Element] { elements.withLock { $0 } }
}

/// Somebody who has a connection's turn, and keeps it until told otherwise.
struct TurnHolder {
    private let task: Task<Void, any Error>
    private let signal: AsyncStream<Void>.Continuation

    /// Returns once the turn is taken.
    init(_ connection: PostgresConnection) async throws {
        let (release, signal) = AsyncStream<Void>.makeStream()
        let entered = Recorder<Void>()
        task = Task {
            try await connection.transaction { _ in
                entered.add(())
                for await _ in release { break }
            }
        }
        self.signal = signal
        try await eventually("the turn is taken") { !entered.all.isEmpty }
    }

    func release() async throws {
        signal.yield()
        try await task.value
    }
}
