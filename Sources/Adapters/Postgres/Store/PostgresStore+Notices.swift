internal import Postgres
public import SagaEngine
public import SagaValues

extension PostgresStore: NoticeStore {
    public func setNoticeTargets(_ targets: [NoticeTarget]) async throws(StoreError) -> Int {
        let names = PostgresParameter.texts(targets.map(\.name))
        let results = try await StoreError.translating { () async throws(PostgresError) in
            try await watcher.executeAll([
                (Self.dropTargets, [names]), (Self.dropNotices, [names]), (Self.dropDeliveries, [names]),
                (
                    Self.addTargets, [names, .int64s(targets.map(\.pause.wholeMicroseconds))]
                ),
            ])
        }
        return results[2].affected
    }

    /// One round trip: each node asks every second, and mostly there is nothing.
    public func claimNotices(
        for target: NoticeTarget, limit: Int, lease: Duration
    ) async throws(StoreError) -> [NoticeDelivery] {
        let results = try await StoreError.translating { () async throws(PostgresError) in
            try await watcher.executeAll([
                (Self.bundle, [.text(target.name)]),
                (
                    Self.claimDue,
                    [.text(target.name), .int64(Int64(limit)), .int64(lease.wholeMicroseconds)]
                ),
            ])
        }
        return try Decoding.all(results[1]) { (row) throws(PostgresError) in
            NoticeDelivery(
                id: try row.uuid(0), target: try row.text(1), type: try row.text(2), body: Array(try row.text(3).utf8),
                writtenAt: try row.timestamp(4), now: try row.timestamp(5), attempts: Int(try row.int32(6)))
        }
    }

    public func noticeDelivered(_ id: UUID) async throws(StoreError) {
        _ = try await StoreError.translating { () async throws(PostgresError) in
            try await watcher.execute(Self.removeDelivery, [.uuid(id)])
        }
    }

    public func noticeFailed(_ id: UUID, why: String, pause: Duration) async throws(StoreError) {
        _ = try await StoreError.translating { () async throws(PostgresError) in
            try await watcher.execute(
                Self.putOff, [.uuid(id), .text(String(why.prefix(500))), .int64(pause.wholeMicroseconds)])
        }
    }

    public func giveUpNotice(_ id: UUID, _ record: AuditRecord) async throws(StoreError) {
        _ = try await StoreError.translating { () async throws(PostgresError) in
            try await watcher.executeAll([
                (Self.removeDelivery, [.uuid(id)]), (AuditColumns.statement, AuditColumns([record]).parameters),
            ])
        }
    }

    private static let dropTargets = PostgresStatement(
        "DELETE FROM saga_notice_targets WHERE name <> ALL ($1)", name: "drop_notice_targets")
    private static let dropNotices = PostgresStatement(
        "DELETE FROM saga_notices WHERE target <> ALL ($1)", name: "drop_notices")
    private static let dropDeliveries = PostgresStatement(
        "DELETE FROM saga_notice_deliveries WHERE target <> ALL ($1)", name: "drop_deliveries")
    private static let addTargets = PostgresStatement(
        """
        INSERT INTO saga_notice_targets (name, pause)
        SELECT name, pause * interval '1 microsecond' FROM unnest($1::text[], $2::bigint[]) AS t(name, pause)
        ON CONFLICT (name) DO UPDATE SET pause = excluded.pause
        """, name: "add_notice_targets")
    private static let bundle = PostgresStatement(
        "SELECT saga_bundle_notices($1)", name: "bundle_notices", isReadOnly: false)
    private static let claimDue = PostgresStatement(
        """
        UPDATE saga_notice_deliveries d
        SET attempts = d.attempts + 1, due_at = clock_timestamp() + $3 * interval '1 microsecond'
        FROM (
            SELECT id FROM saga_notice_deliveries WHERE due_at <= clock_timestamp() AND target = $1
            ORDER BY due_at LIMIT $2 FOR UPDATE SKIP LOCKED
        ) AS due
        WHERE d.id = due.id
        RETURNING d.id, d.target, d.type, d.body, d.written_at, clock_timestamp(), d.attempts
        """, name: "claim_notices", isReadOnly: false)
    private static let removeDelivery = PostgresStatement(
        "DELETE FROM saga_notice_deliveries WHERE id = $1", name: "remove_delivery")
    private static let putOff = PostgresStatement(
        """
        UPDATE saga_notice_deliveries SET due_at = clock_timestamp() + $3 * interval '1 microsecond', last_error = $2
        WHERE id = $1
        """, name: "put_off_delivery")
}
