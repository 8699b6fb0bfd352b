/// A fixed number of connections, shared by many callers.
///
/// Callers wait in the order of asking. Connections connect when they are first used and again after they
/// were lost. The one given back last is used first, so at low load the others stay idle.
///
/// A session keeps what a statement has set in it (`SET`, advisory locks, temporary tables): undo such
/// things before giving the connection back, or use `SET LOCAL` and transaction locks.
public final class PostgresPool: Sendable {
    private let connections: [PostgresConnection]
    private let line: WaitingLine<PostgresConnection>
    private let patience: Duration

    /// - Parameters:
    ///   - size: how many connections; at least one. Each has a thread of its own once it is used.
    ///   - name: the threads' name, with a number behind it.
    ///   - longestLine: how many callers may wait; the next one gets `poolExhausted` at once.
    ///   - patience: how long a caller without a deadline waits for a connection.
    public init(
        _ configuration: PostgresConfiguration,
        size: Int,
        name: String = "postgres",
        longestLine: Int = 10_000,
        patience: Duration = .seconds(30)
    ) {
        precondition(size > 0, "a pool needs a connection")
        connections = (1...size).map { PostgresConnection(configuration, name: "\(name)-\($0)") }
        line = WaitingLine(connections.reversed(), longest: longestLine)
        self.patience = patience
    }

    /// How many connections there are.
    public var size: Int { connections.count }

    /// How many callers wait for one.
    public var waitingCount: Int { line.waitingCount }

    /// The sum over all connections.
    public var statistics: PostgresStatistics {
        connections.reduce(PostgresStatistics()) { $0 + $1.statistics }
    }

    /// Lends a connection to `body`, which must not keep it.
    ///
    /// - Parameter deadline: for waiting only; the pool's patience when nil.
    /// - Throws: ``PostgresError/Code/poolExhausted`` when none was free in time; else what `body` throws.
    @discardableResult
    public nonisolated(nonsending) func withConnection<Result>(
        deadline: Duration? = nil,
        _ body: nonisolated(nonsending) (PostgresConnection) async throws -> Result
    ) async throws -> Result {
        let connection = try await take(deadline)
        defer { line.giveBack(connection) }
        return try await body(connection)
    }

    /// As ``PostgresConnection/execute(_:_:deadline:generation:)``, on any connection.
    @discardableResult
    public nonisolated(nonsending) func execute(
        _ statement: PostgresStatement,
        _ parameters: [PostgresParameter] = [],
        deadline: Duration? = nil
    ) async throws(PostgresError) -> PostgresRows {
        let limit = Limit(deadline)
        let connection = try await take(deadline)
        defer { line.giveBack(connection) }
        return try await connection.execute(statement, parameters, deadline: limit.left)
    }

    /// As ``PostgresConnection/executeAll(_:isolation:deadline:)``, on any connection.
    @discardableResult
    public nonisolated(nonsending) func executeAll(
        _ batch: [(PostgresStatement, [PostgresParameter])],
        isolation: PostgresIsolation = .readCommitted,
        deadline: Duration? = nil
    ) async throws(PostgresError) -> [PostgresRows] {
        let limit = Limit(deadline)
        let connection = try await take(deadline)
        defer { line.giveBack(connection) }
        return try await connection.executeAll(batch, isolation: isolation, deadline: limit.left)
    }

    /// As ``PostgresConnection/transaction(isolation:deadline:_:)``, on any connection.
    ///
    /// `body` may use the pool, but then holds two connections: more such callers than connections would
    /// wait for each other until their deadlines.
    @discardableResult
    public nonisolated(nonsending) func transaction<Result: Sendable>(
        isolation: PostgresIsolation = .readCommitted,
        deadline: Duration? = nil,
        _ body: sending nonisolated(nonsending) (PostgresTransaction) async throws -> Result
    ) async throws -> Result {
        let limit = Limit(deadline)
        let connection = try await take(deadline)
        defer { line.giveBack(connection) }
        return try await connection.transaction(isolation: isolation, deadline: limit.left, body)
    }

    /// Refuses new work, lets the work in flight end, and closes all connections.
    ///
    /// - Parameter grace: how long that work may still take before its sessions are cut off.
    public func close(grace: Duration = .seconds(5)) async {
        let end = ContinuousClock.now + grace
        line.close()
        await line.drain(until: end)
        await withTaskGroup { group in
            for connection in connections {
                group.addTask { await connection.close(grace: max(.zero, end - .now)) }
            }
        }
    }

    private nonisolated(nonsending) func take(_ deadline: Duration?) async throws(PostgresError) -> PostgresConnection {
        do {
            return try await line.take(until: .now + (deadline ?? patience))
        } catch {
            switch error {
            case .timedOut:
                throw PostgresError(.poolExhausted, "none of \(size) connections to PostgreSQL became free in time")
            case .cancelled: throw PostgresError(.taskCancelled, "the task was cancelled")
            case .tooManyWaiting:
                throw PostgresError(.poolExhausted, "too many callers wait for \(size) connections to PostgreSQL")
            case .closed: throw PostgresError(.closed, "the pool was closed")
            }
        }
    }
}

/// A deadline that waiting eats up.
private struct Limit {
    private let instant: ContinuousClock.Instant?

    init(_ deadline: Duration?) {
        instant = deadline.map { .now + $0 }
    }

    var left: Duration? { instant.map { max(.zero, $0 - .now) } }
}
