internal import Postgres
internal import SagaCore
public import SagaEngine
public import SagaValues

/// How jobs go on: short statements, asked for by the clock and by persons who steer them.
extension PostgresStore {
    public func steer(
        _ job: UUID, from statuses: Set<SagaJob.Status>, to status: SagaJob.Status, audit: AuditRecord
    ) async throws(StoreError) -> SagaJob? {
        let parameters: [PostgresParameter] = [
            .uuid(job), .texts(statuses.map(\.rawValue).sorted()), .text(status.rawValue), .bool(status.isFinal),
        ]
        let rows = try await StoreError.translating { () async throws(PostgresError) in
            try await readers.execute(Self.steerJob, parameters + AuditColumns([audit]).parameters)
        }
        return try Decoding.all(rows) { (row) throws(PostgresError) in try row.job() }.first
    }

    public func runningJobs(limit: Int) async throws(StoreError) -> [SagaJob] {
        let rows = try await StoreError.translating { () async throws(PostgresError) in
            try await watcher.execute(Self.runningJobs, [.int64(Int64(limit))])
        }
        return try Decoding.all(rows) { (row) throws(PostgresError) in try row.job() }
    }

    public func pendingItems(of job: UUID, limit: Int) async throws(StoreError) -> [JobItem] {
        let rows = try await StoreError.translating { () async throws(PostgresError) in
            try await watcher.execute(Self.pendingItems, [.uuid(job), .int64(Int64(limit))])
        }
        return try Decoding.all(rows) { (row) throws(PostgresError) in
            JobItem(name: JobItemName(job: job, position: Int(try row.int32(0))), saga: try row.uuid(1))
        }
    }

    public func settle(_ outcome: JobItemOutcome, audit: AuditRecord?) async throws(StoreError) -> Bool {
        let parameters: [PostgresParameter] = [
            .uuid(outcome.item.job), .int32(Int32(clamping: outcome.item.position)), .text(outcome.kind.rawValue),
            outcome.revision.map { .int32(Int32(clamping: $0)) } ?? .null, .text(outcome.message),
        ]
        // A line about no saga is about none of this statement's, so none is written.
        let records = audit.map { [$0] } ?? []
        let results = try await StoreError.translating { () async throws(PostgresError) in
            try await watcher.executeAll([
                JobItemColumns.lock([outcome.item.job]),
                (Self.settleItem, parameters + AuditColumns(records).parameters),
            ])
        }
        return !results[1].isEmpty
    }

    private static let steerJob = PostgresStatement(
        """
        WITH u AS (
            UPDATE saga_jobs SET status = $3, updated_at = clock_timestamp(),
                ended_at = CASE WHEN $4 THEN clock_timestamp() END
            WHERE id = $1 AND status = ANY ($2)
            RETURNING \(SagaJob.columns)
        ),
        audited AS (\(AuditColumns.insert(from: 5, if: "EXISTS (SELECT FROM u)")))
        SELECT \(SagaJob.columns) FROM u
        """, name: "steer_job", isReadOnly: false)

    private static let runningJobs = PostgresStatement(
        "SELECT \(SagaJob.columns) FROM saga_jobs WHERE status = 'running' ORDER BY id LIMIT $1", name: "running_jobs")

    private static let pendingItems = PostgresStatement(
        """
        SELECT position, saga_id FROM saga_job_items
        WHERE job_id = $1 AND status = 'pending'
            AND EXISTS (SELECT FROM saga_jobs WHERE id = $1 AND status = 'running')
        ORDER BY position LIMIT $2
        """, name: "pending_items")

    private static let settleItem = PostgresStatement(
        """
        WITH w AS (SELECT $1::uuid AS job_id, $2::int AS position),
        u AS (
            UPDATE saga_job_items AS d SET status = $3::text, revision = $4::int, message = $5::text, at = clock_timestamp()
            FROM w WHERE d.job_id = w.job_id AND d.position = w.position AND NOT \(JobItemColumns.isClosed)
            RETURNING d.saga_id AS id
        ),
        counted AS (
            UPDATE saga_jobs AS j SET refused = j.refused + CASE WHEN $3 = 'refused' THEN 1 ELSE 0 END,
                failed = j.failed + CASE WHEN $3 = 'failed' THEN 1 ELSE 0 END, \(JobItemColumns.end(adding: "1"))
            WHERE j.id = $1 AND EXISTS (SELECT FROM u)
        ),
        \(AuditColumns.sql(from: 6))
        last AS (SELECT 1)
        SELECT id FROM u
        """, name: "settle_item", isReadOnly: false)
}

extension SagaJob {
    static let columns = """
        id, tenant, request_key, digest, verb, filter, reason, subject, credential, role, requester_tenant, groups,
        address, rate, status, total, done, refused, failed, created_at, updated_at, ended_at
        """
}

extension JobOrder {
    /// Keys of those who are bound to a tenant are that tenant's.
    var keyScope: String { requester.tenant ?? "" }

    static let columns = """
        id, tenant, request_key, key_scope, digest, verb, filter, reason, subject, credential, role, requester_tenant,
        groups, address, rate
        """

    var parameters: [PostgresParameter] {
        [
            .uuid(id), tenant.map { .text($0) } ?? .null, .text(key), .text(keyScope), .bytes(digest),
            .text(verb.json.text), .text(filter.text), .text(reason), .text(requester.subject),
            .text(requester.credential), .text(requester.role.rawValue), requester.tenant.map { .text($0) } ?? .null,
            .texts(requester.groups.sorted()), requester.address.map { .text($0) } ?? .null,
            .int32(Int32(clamping: rate)),
        ]
    }

    static func values(from first: Int) -> String {
        let types = [
            "uuid", "text", "text", "text", "bytea", "text", "text", "text", "text", "text", "text", "text", "text[]",
            "text", "int",
        ]
        return types.enumerated().map { "$\(first + $0.offset)::\($0.element)" }.joined(separator: ", ")
    }
}

extension PostgresRow {
    /// From the columns of ``SagaJob/columns``.
    func job() throws(PostgresError) -> SagaJob? {
        guard let verb = (try? JSON(parsing: try text(4))).flatMap(OperatorRequest.Verb.init),
            let filter = try? JSON(parsing: try text(5)), let role = Requester.Role(rawValue: try text(9)),
            let status = SagaJob.Status(rawValue: try text(14))
        else { return nil }
        let requester = Requester(
            subject: try text(7), credential: try text(8), role: role, tenant: try optionalText(10),
            groups: Set(try texts(11)), address: try optionalText(12))
        let order = JobOrder(
            id: try uuid(0), tenant: try optionalText(1), verb: verb, filter: filter, reason: try text(6),
            requester: requester, rate: Int(try int32(13)), key: try text(2), digest: try bytes(3))
        return SagaJob(
            order: order, status: status,
            counts: SagaJob.Counts(
                total: Int(try int32(15)), done: Int(try int32(16)), refused: Int(try int32(17)),
                failed: Int(try int32(18))),
            createdAt: try timestamp(19), updatedAt: try timestamp(20), endedAt: try optionalTimestamp(21))
    }
}
