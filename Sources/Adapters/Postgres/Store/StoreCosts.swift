internal import Postgres
public import SagaEngine

/// What writing sagas costs a server, whatever its speed: for benchmarks, and to notice what got dearer.
public struct StoreCosts: Sendable, Hashable {
    /// Bytes of write-ahead log; of the whole server, so measure where nobody else writes.
    public var walBytes: Int64
    public var rowsInserted: Int64
    public var rowsUpdated: Int64
    public var rowsDeleted: Int64
    /// Updates of `sagas`, and how many of them stayed within their page (HOT), so that no index was touched.
    public var sagaUpdates: Int64
    public var sagaHotUpdates: Int64

    /// From 0 to 1; nil if nothing was updated.
    public var hotShare: Double? { sagaUpdates > 0 ? Double(sagaHotUpdates) / Double(sagaUpdates) : nil }

    public static func - (left: Self, right: Self) -> Self {
        Self(
            walBytes: left.walBytes - right.walBytes, rowsInserted: left.rowsInserted - right.rowsInserted,
            rowsUpdated: left.rowsUpdated - right.rowsUpdated, rowsDeleted: left.rowsDeleted - right.rowsDeleted,
            sagaUpdates: left.sagaUpdates - right.sagaUpdates,
            sagaHotUpdates: left.sagaHotUpdates - right.sagaHotUpdates)
    }
}

extension PostgresStore {
    /// The server's counters now; what lies between two calls is what was done between them by this store.
    ///
    /// Sessions of other stores hand their counts in when they have been idle for a second.
    public func costs() async throws(StoreError) -> StoreCosts {
        try await StoreError.translating { () async throws(PostgresError) in
            _ = try await writer.execute(Self.handIn)
            let row = try await readers.execute(Self.readCosts)[0]
            return StoreCosts(
                walBytes: try row.int64(0), rowsInserted: try row.int64(1), rowsUpdated: try row.int64(2),
                rowsDeleted: try row.int64(3), sagaUpdates: try row.int64(4), sagaHotUpdates: try row.int64(5))
        }
    }

    private static let handIn = PostgresStatement("SELECT pg_stat_force_next_flush()", name: "hand_in_statistics")
    private static let readCosts = PostgresStatement(
        """
        SELECT (pg_current_wal_insert_lsn() - '0/0')::bigint, sum(n_tup_ins)::bigint, sum(n_tup_upd)::bigint,
            sum(n_tup_del)::bigint, coalesce(sum(n_tup_upd) FILTER (WHERE relname = 'sagas'), 0)::bigint,
            coalesce(sum(n_tup_hot_upd) FILTER (WHERE relname = 'sagas'), 0)::bigint
        FROM pg_stat_user_tables
        """, name: "costs")
}
