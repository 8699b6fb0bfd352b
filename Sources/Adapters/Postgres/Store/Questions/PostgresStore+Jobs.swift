internal import Postgres
internal import SagaCore
public import SagaEngine
public import SagaValues

extension PostgresStore {
    public func affected(by filter: SagaFilter, limit: Int) async throws(StoreError) -> AffectedSagas {
        let (found, parameters) = try await ids(filter, limit: limit)
        let statement = PostgresStatement(
            """
            WITH found AS MATERIALIZED (\(found))
            SELECT (SELECT count(*) FROM found),
                ARRAY (SELECT id FROM found ORDER BY id LIMIT \(AffectedSagas.sampleCount)),
                g.workflow, g.version, g.status, g.step, g.cause, g.error_code, g.count
            FROM (SELECT) AS one LEFT JOIN (
                SELECT v.workflow, v.version, s.status, i.step, i.cause, i.error_code, count(DISTINCT s.id) AS count
                FROM found JOIN sagas s ON s.id = found.id JOIN workflow_versions v ON v.id = s.workflow_id
                LEFT JOIN saga_incidents i ON i.saga_id = s.id AND i.resolved_at IS NULL
                GROUP BY v.workflow, v.version, s.status, i.step, i.cause, i.error_code
                ORDER BY count DESC, v.workflow, v.version, s.status, i.step, i.cause, i.error_code
                LIMIT \(AffectedSagas.groupCount)
            ) AS g ON true
            ORDER BY g.count DESC, g.workflow, g.version, g.status, g.step, g.cause, g.error_code
            """, name: "affected", isReadOnly: true)
        let rows = try await ask(statement, parameters, narrower: filter.unused)
        return try StoreError.reading { () throws(PostgresError) in
            var groups: [AffectedSagas.Group] = []
            for row in rows {
                guard let workflow = try row.optionalText(2) else { continue }
                groups.append(
                    AffectedSagas.Group(
                        workflow: workflow, version: Int(try row.int32(3)), status: try row.text(4),
                        step: try row.optionalText(5), cause: try row.optionalText(6),
                        errorCode: try row.optionalText(7), count: Int(try row.int64(8))))
            }
            return AffectedSagas(
                count: Int(try rows[0].int64(0)), groups: groups, sample: try rows[0].uuids(1))
        }
    }

    public func create(
        _ order: JobOrder, over filter: SagaFilter, limit: Int, audit: AuditRecord
    ) async throws(StoreError) -> JobCreation {
        // First, so that a repetition is answered even if the filter has become too much to ask.
        if let known = try await job(keyOf: order) { return .known(known) }
        let (found, parameters) = try await ids(filter, limit: limit)
        let own = parameters.count + 1
        let limitAt = own + order.parameters.count
        let statement = PostgresStatement(
            """
            WITH found AS MATERIALIZED (\(found)),
            counted AS (SELECT count(*)::int AS total FROM found),
            made AS (
                INSERT INTO saga_jobs (\(JobOrder.columns), total, status, ended_at)
                SELECT \(JobOrder.values(from: own)), total, CASE WHEN total = 0 THEN 'done' ELSE 'running' END,
                    CASE WHEN total = 0 THEN clock_timestamp() END
                FROM counted WHERE total <= $\(limitAt)
                ON CONFLICT ON CONSTRAINT saga_jobs_key DO NOTHING
                RETURNING id
            ),
            items AS (
                INSERT INTO saga_job_items (job_id, position, saga_id)
                SELECT made.id, row_number() OVER (ORDER BY found.id), found.id FROM found CROSS JOIN made
            ),
            audited AS (\(AuditColumns.insert(from: limitAt + 1, if: "EXISTS (SELECT FROM made)")))
            SELECT total FROM counted
            """, name: "create_job", isReadOnly: false)
        let all = parameters + order.parameters + [.int32(Int32(clamping: limit))] + AuditColumns([audit]).parameters
        _ = try await ask(statement, all, narrower: filter.unused)
        guard let job = try await job(keyOf: order) else { return .tooMany }
        return job.order.id == order.id ? .made(job) : .known(job)
    }

    /// The query for the ids of a filter's sagas, up to one more than the limit.
    private func ids(
        _ filter: SagaFilter, limit: Int
    ) async throws(StoreError) -> (text: String, parameters: [PostgresParameter]) {
        let workflows = try await admitted(filter.workflow, filter.version)
        if let workflows, workflows.isEmpty { return ("SELECT s.id FROM sagas s WHERE $1 < 0", [.int64(0)]) }
        return ListQuery.ids(filter, workflows: workflows, limit: limit + 1)
    }

    private func job(keyOf order: JobOrder) async throws(StoreError) -> SagaJob? {
        try await jobs("WHERE request_key = $1 AND key_scope = $2", [.text(order.key), .text(order.keyScope)]).first
    }

    public func job(_ id: UUID) async throws(StoreError) -> SagaJob? {
        try await jobs("WHERE id = $1", [.uuid(id)]).first
    }

    public func jobs(_ filter: JobFilter, before cursor: UUID?, limit: Int) async throws(StoreError) -> [SagaJob] {
        var conditions = Conditions(first: .int64(Int64(limit)))
        if !filter.statuses.isEmpty {
            let statuses = conditions.parameter(.texts(filter.statuses.map(\.rawValue).sorted()))
            conditions.add("status = ANY (\(statuses))")
        }
        if let tenant = filter.tenant { conditions.add("tenant = ", .text(tenant)) }
        if let cursor { conditions.add("id < ", .uuid(cursor)) }
        return try await jobs("\(conditions.clause) ORDER BY id DESC LIMIT $1", conditions.values)
    }

    private func jobs(_ clause: String, _ parameters: [PostgresParameter]) async throws(StoreError) -> [SagaJob] {
        let statement = PostgresStatement(
            "SELECT \(SagaJob.columns) FROM saga_jobs \(clause)", name: "jobs", isReadOnly: true)
        let rows = try await StoreError.translating { () async throws(PostgresError) in
            try await readers.execute(statement, parameters)
        }
        return try Decoding.all(rows) { (row) throws(PostgresError) in try row.job() }
    }

    public func items(
        of job: UUID, status: JobItem.Status?, after position: Int, limit: Int
    ) async throws(StoreError) -> [JobItem] {
        var conditions = Conditions(first: .int64(Int64(limit)))
        conditions.add("i.job_id = ", .uuid(job))
        conditions.add("i.position > ", .int32(Int32(clamping: position)))
        switch status {
        case .pending: conditions.add("i.status = 'pending' AND j.status <> 'aborted'")
        case .skipped: conditions.add("i.status = 'pending' AND j.status = 'aborted'")
        case let status?: conditions.add("i.status = ", .text(status.rawValue))
        case nil: break
        }
        let statement = PostgresStatement(
            """
            SELECT i.job_id, i.position, i.saga_id, i.revision, i.at, i.message,
                CASE WHEN i.status = 'pending' AND j.status = 'aborted' THEN 'skipped' ELSE i.status END
            FROM saga_job_items i JOIN saga_jobs j ON j.id = i.job_id
            \(conditions.clause) ORDER BY i.position LIMIT $1
            """, name: "job_items", isReadOnly: true)
        let rows = try await StoreError.translating { () async throws(PostgresError) in
            try await readers.execute(statement, conditions.values)
        }
        return try Decoding.all(rows) { (row) throws(PostgresError) in
            guard let status = JobItem.Status(rawValue: try row.text(6)) else { return nil }
            return JobItem(
                name: JobItemName(job: try row.uuid(0), position: Int(try row.int32(1))), saga: try row.uuid(2),
                status: status, revision: try row.optionalInt32(3).map { Int($0) }, message: try row.optionalText(5),
                at: try row.optionalTimestamp(4))
        }
    }
}
