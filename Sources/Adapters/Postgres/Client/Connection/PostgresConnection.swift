internal import CPostgres
internal import IOThreads
internal import Synchronization

/// One session with PostgreSQL, on a thread of its own.
///
/// It connects by itself when it is first used and after it was lost; nothing is ever sent twice. One
/// operation runs at a time, a transaction being one operation; callers take turns in the order of
/// asking. Every operation has a deadline, which counts from the call, waiting included. When it passes,
/// the session is closed, and the server stops the statement within two seconds.
public actor PostgresConnection {
    nonisolated let configuration: PostgresConfiguration
    nonisolated let thread: IOThread
    nonisolated let turns = WaitingLine<Void>([()], longest: 10_000)
    /// The turns of one transaction's statements.
    nonisolated let statementTurns = WaitingLine<Void>([()], longest: 1000)
    nonisolated let counters = Counters()

    var link: Link?
    /// The link while it is made, or used, so that ``close(grace:)`` can interrupt it.
    var waitingOn: Link?
    var open: OpenTransaction?
    var lastTransactionID: UInt64 = 0
    /// No more time is given to the operation in flight, and no new session is made.
    var isCut = false

    public nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

    /// Does not connect yet.
    ///
    /// - Parameter name: its thread's name; the first 15 bytes count.
    public init(_ configuration: PostgresConfiguration, name: String = "postgres") {
        self.configuration = configuration
        thread = IOThread(name: name)
    }

    deinit {
        thread.stop()
    }

    /// How many sessions this connection has had: it grows by one whenever a new one is made.
    ///
    /// Whoever keeps something in the session (an advisory lock, a setting) has lost it when this changes.
    /// Pass the number to `execute` and it fails instead of running in a newer session.
    public nonisolated var generation: Int { counters.generation.load(ordering: .acquiring) }

    /// How many callers wait for their turn.
    public nonisolated var waitingCount: Int { turns.waitingCount }

    /// Cheap counters since the beginning.
    public nonisolated var statistics: PostgresStatistics { counters.snapshot }

    /// Connects unless a session is there. It is no error to call it again.
    public func connect(deadline: Duration? = nil) async throws(PostgresError) {
        let limit = ContinuousClock.now + (deadline ?? configuration.connectTimeout)
        try await takeTurn(until: limit)
        defer { turns.giveBack(()) }
        _ = try await ensureLink(until: limit)
    }

    /// Runs one statement outside of any transaction; it commits by itself.
    ///
    /// Takes one round trip, also the first time, when it is prepared on the way.
    /// - Parameters:
    ///   - deadline: from now; `statementTimeout` and five seconds when nil.
    ///   - generation: the session it must run in; any when nil. See ``generation``.
    /// - Throws: ``PostgresError``; `outcomeUnknown` when the session was lost after sending, unless the
    ///   statement only reads.
    @discardableResult
    public func execute(
        _ statement: PostgresStatement,
        _ parameters: [PostgresParameter] = [],
        deadline: Duration? = nil,
        generation: Int? = nil
    ) async throws(PostgresError) -> PostgresRows {
        let step = try Exchange.Step(statement, parameters, .statement(0))
        let limit = ContinuousClock.now + (deadline ?? configuration.defaultDeadline)
        try await takeTurn(until: limit)
        defer { turns.giveBack(()) }
        let link = if let generation { try link(of: generation) } else { try await ensureLink(until: limit) }
        try checkCancellation()
        var exchange = Exchange([step], commit: statement.isReadOnly ? .never : .implicit)
        try await run(&exchange, on: link, until: limit)
        try await endStrayTransaction(on: link)
        if var failure = exchange.failure {
            failure.statementIndex = nil
            try leave(failure)
        }
        return exchange.rows.first ?? PostgresRows()
    }

    /// Runs all statements as one transaction in one round trip.
    ///
    /// - Throws: the first failing statement's error, with its ``PostgresError/statementIndex``; nothing
    ///   was committed then. `outcomeUnknown` when the session was lost, or the deadline passed, after
    ///   sending: the transaction may be there or not.
    @discardableResult
    public func executeAll(
        _ batch: [(PostgresStatement, [PostgresParameter])],
        isolation: PostgresIsolation = .readCommitted,
        deadline: Duration? = nil
    ) async throws(PostgresError) -> [PostgresRows] {
        if batch.isEmpty { return [] }
        var steps = [try Exchange.Step(isolation.begin, [], .control)]
        steps.reserveCapacity(batch.count + 2)
        for (index, (statement, parameters)) in batch.enumerated() {
            steps.append(try Exchange.Step(statement, parameters, .statement(index)))
        }
        steps.append(try Exchange.Step(TransactionControl.commit, [], .commit))
        let limit = ContinuousClock.now + (deadline ?? configuration.defaultDeadline)
        try await takeTurn(until: limit)
        defer { turns.giveBack(()) }
        let link = try await ensureLink(until: limit)
        try checkCancellation()
        var exchange = Exchange(steps, commit: .explicit)
        try await run(&exchange, on: link, until: limit)
        try await settle(exchange, on: link)
        return exchange.rows
    }

    /// Runs a script of one or more statements by the simple protocol, without parameters or results.
    ///
    /// Without BEGIN and COMMIT in it, all of it is one transaction.
    public func runScript(_ sql: String, deadline: Duration? = nil) async throws(PostgresError) {
        let limit = ContinuousClock.now + (deadline ?? configuration.defaultDeadline)
        try await takeTurn(until: limit)
        defer { turns.giveBack(()) }
        let link = try await ensureLink(until: limit)
        try checkCancellation()
        _ = try await runSimple(sql, on: link, until: limit, commits: true)
        try await endStrayTransaction(on: link)
    }

    /// Takes no more work, lets the operation in flight end, and closes the session for good.
    ///
    /// - Parameter grace: how long that operation may still take before its session is cut off.
    public func close(grace: Duration = .seconds(5)) async {
        turns.close()
        await turns.drain(until: .now + grace)
        isCut = true
        if let socket = waitingOn?.socket, socket >= 0 { thread.interrupt(socket) }
        disconnect()
        thread.stop()
    }
}

/// What a connection has done since it was made. Subtract two to measure what lies between.
public struct PostgresStatistics: Sendable, Hashable {
    /// Times that something was sent and its answer awaited.
    public var roundTrips = 0
    public var statements = 0
    /// Bytes of parameters.
    public var parameterBytes = 0
    /// Rows that came back.
    public var rows = 0

    public static func - (left: PostgresStatistics, right: PostgresStatistics) -> PostgresStatistics {
        PostgresStatistics(
            roundTrips: left.roundTrips - right.roundTrips,
            statements: left.statements - right.statements,
            parameterBytes: left.parameterBytes - right.parameterBytes,
            rows: left.rows - right.rows
        )
    }

    public static func + (left: PostgresStatistics, right: PostgresStatistics) -> PostgresStatistics {
        PostgresStatistics(
            roundTrips: left.roundTrips + right.roundTrips,
            statements: left.statements + right.statements,
            parameterBytes: left.parameterBytes + right.parameterBytes,
            rows: left.rows + right.rows
        )
    }
}

/// Written by the connection, read by anyone.
final class Counters: Sendable {
    let generation = Atomic<Int>(0)
    private let roundTrips = Atomic<Int>(0)
    private let statements = Atomic<Int>(0)
    private let parameterBytes = Atomic<Int>(0)
    private let rows = Atomic<Int>(0)

    var snapshot: PostgresStatistics {
        PostgresStatistics(
            roundTrips: roundTrips.load(ordering: .relaxed),
            statements: statements.load(ordering: .relaxed),
            parameterBytes: parameterBytes.load(ordering: .relaxed),
            rows: rows.load(ordering: .relaxed)
        )
    }

    func count(statements added: Int, bytes: Int) {
        roundTrips.add(1, ordering: .relaxed)
        statements.add(added, ordering: .relaxed)
        parameterBytes.add(bytes, ordering: .relaxed)
    }

    func count(rows added: Int) {
        rows.add(added, ordering: .relaxed)
    }
}
