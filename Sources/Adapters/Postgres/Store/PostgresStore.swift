public import Postgres
public import SagaEngine
internal import Synchronization

/// Sagas in PostgreSQL: a node's store for production.
///
/// It has several kinds of connections, so that none waits for another: one writes batches, two look up what a
/// batch needs, one looks for what is due, some answer people's questions, however long those take, and one is
/// the node's sign of life. Any number of nodes may use one database. The sign of
/// life is a lock of its session, so connect directly, or through a pooler that keeps sessions.
///
/// Call ``migrate()`` once before anything else, and ``ensurePartitions()`` every few hours.
public final class PostgresStore: SagaStore {
    let writer: PostgresConnection
    /// Short look-ups by keys, on which batches wait.
    let scouts: PostgresPool
    /// Timers and turns in line.
    let watcher: PostgresConnection
    let readers: PostgresPool
    let lifeline: PostgresConnection
    /// How long a question that reads much may take before it is given up.
    let patience: Duration
    private let commits = Atomic<Int>(0)

    /// - Parameters:
    ///   - configuration: its application name is shown for each connection with what the connection is for.
    ///   - readers: how many questions of people are answered at once.
    ///   - patience: how long a list may take before it is given up, and the person is told to narrow it down.
    public init(_ configuration: PostgresConfiguration, readers: Int = 3, patience: Duration = .seconds(5)) {
        self.patience = patience
        func named(_ purpose: String) -> PostgresConfiguration {
            var named = configuration
            named.applicationName += " \(purpose)"
            return named
        }
        writer = PostgresConnection(named("writer"), name: "store-writer")
        scouts = PostgresPool(named("scout"), size: 2, name: "store-scout")
        watcher = PostgresConnection(named("watcher"), name: "store-watcher")
        self.readers = PostgresPool(named("reader"), size: readers, name: "store-reader")
        lifeline = PostgresConnection(named("lifeline"), name: "store-lifeline")
    }

    /// Brings the schema up to date, and the partitions of the history. Several nodes may do so at once.
    ///
    /// - Returns: the numbers of migrations that a newer version has applied, and this one does not know.
    @discardableResult
    public func migrate() async throws(StoreError) -> [Int] {
        let outcome = try await StoreError.translating { () async throws(PostgresError) in
            try await Schema.migrations.apply(on: lifeline)
        }
        try await ensurePartitions()
        return outcome.newer
    }

    /// Makes the partitions of the history for this week and five more, where they are missing.
    ///
    /// Once a day is enough; nothing is lost if it is late, see ``historyOutsidePartitions()``.
    /// - Returns: the names of those that were made.
    @discardableResult
    public func ensurePartitions() async throws(StoreError) -> [String] {
        try await StoreError.translating { () async throws(PostgresError) in
            var names: [String] = []
            for row in try await lifeline.execute(Statements.ensurePartitions, [.int32(5)]) {
                names.append(try row.text(0))
            }
            return names
        }
    }

    /// How many rows of history lie in the partition for what has no other. Should be 0: retention, which
    /// drops partitions, does not reach them.
    public func historyOutsidePartitions() async throws(StoreError) -> Int {
        try await StoreError.translating { () async throws(PostgresError) in
            Int(try await readers.execute(Statements.historyOutsidePartitions)[0].int64(0))
        }
    }

    /// Lets what is under way end, and closes all connections: a node that was not retired is taken for dead.
    public func close() async {
        await withDiscardingTaskGroup { group in
            group.addTask { await self.writer.close() }
            group.addTask { await self.scouts.close() }
            group.addTask { await self.watcher.close() }
            group.addTask { await self.readers.close() }
            group.addTask { await self.lifeline.close() }
        }
    }

    func countCommit() {
        commits.add(1, ordering: .relaxed)
    }

    /// What the store has asked of the server since it was made. Subtract two to measure what lies between.
    public var statistics: PostgresStoreStatistics {
        PostgresStoreStatistics(
            commits: commits.load(ordering: .relaxed), writer: writer.statistics, scouts: scouts.statistics,
            watcher: watcher.statistics, readers: readers.statistics, lifeline: lifeline.statistics)
    }
}

/// Counted, not timed, so that they are the same on every machine.
public struct PostgresStoreStatistics: Sendable, Hashable {
    /// Batches that were committed.
    public var commits: Int
    public var writer: PostgresStatistics
    /// What batches needed to know.
    public var scouts: PostgresStatistics
    /// What was due: asked for by the clock, however much goes on.
    public var watcher: PostgresStatistics
    public var readers: PostgresStatistics
    public var lifeline: PostgresStatistics

    /// What batches asked for and wrote.
    public var batches: PostgresStatistics { writer + scouts }

    private var all: PostgresStatistics { batches + watcher + readers + lifeline }
    public var roundTrips: Int { all.roundTrips }
    public var statements: Int { all.statements }

    public static func - (left: Self, right: Self) -> Self {
        Self(
            commits: left.commits - right.commits, writer: left.writer - right.writer,
            scouts: left.scouts - right.scouts, watcher: left.watcher - right.watcher,
            readers: left.readers - right.readers, lifeline: left.lifeline - right.lifeline)
    }
}
