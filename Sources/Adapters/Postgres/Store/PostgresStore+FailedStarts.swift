internal import Postgres
public import SagaEngine

extension PostgresStore {
    public func keep(failedStart start: FailedStart) async throws(StoreError) {
        _ = try await idempotently(
            [
                (
                    Statements.keepFailedStart,
                    [.text(start.source.rawValue), .text(start.name), .text(start.key), .text(start.reason)]
                )
            ], on: watcher)
    }

    public func failedStarts(limit: Int) async throws(StoreError) -> [FailedStart] {
        let rows = try await StoreError.translating { () async throws(PostgresError) in
            try await readers.execute(Statements.failedStarts, [.int64(Int64(limit))])
        }
        return try Decoding.all(rows) { (row) throws(PostgresError) in
            guard let source = FailedStart.Source(rawValue: try row.text(0)) else { return nil }
            return FailedStart(
                source, name: try row.text(1), key: try row.text(2), reason: try row.text(3), at: try row.timestamp(4))
        }
    }
}

extension Statements {
    static let keepFailedStart = PostgresStatement(
        """
        INSERT INTO saga_failed_starts (source, name, key, reason, at) VALUES ($1, $2, $3, $4, clock_timestamp())
        ON CONFLICT (source, name, key) DO UPDATE SET reason = excluded.reason, at = excluded.at
        """, name: "keep_failed_start")

    static let failedStarts = PostgresStatement(
        """
        SELECT source, name, key, reason, at FROM saga_failed_starts ORDER BY at DESC, name DESC, key DESC LIMIT $1
        """, name: "failed_starts")

    static let dropFailedStarts = PostgresStatement(
        """
        DELETE FROM saga_failed_starts WHERE ctid = ANY (ARRAY (
            SELECT ctid FROM saga_failed_starts WHERE at < $1 ORDER BY at LIMIT $2))
        """, name: "drop_failed_starts")
}
