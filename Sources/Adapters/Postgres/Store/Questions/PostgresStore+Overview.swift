internal import Postgres
internal import SagaCore
public import SagaEngine
internal import SagaValues

extension PostgresStore {
    public func overview(tenant: String?, oldest: Int) async throws(StoreError) -> Overview {
        let limit = patience.wholeMicroseconds / 1_000
        let tenant = tenant.map { PostgresParameter.text($0) } ?? .null
        let results: [PostgresRows]
        do throws(PostgresError) {
            results = try await readers.executeAll([
                (Statements.planForTheseValues, []), (Self.giveUp, [.text("\(limit)ms")]),
                (Self.clock, []), (Self.workloads, [tenant]), (Self.oldest, [tenant, .int64(Int64(oldest))]),
            ])
        } catch {
            throw tooMuch(error, narrower: [])
        }
        var workflows: [Workload] = []
        for row in try Decoding.all(results[3], { (row) throws(PostgresError) in try row.count() }) {
            switch row.what {
            case "started": workflows[of: row.workflow].started = row.count
            case "incident": workflows[of: row.workflow].withIncident = row.count
            case "ended": if let status = row.status { workflows[of: row.workflow].ended[status] = row.count }
            default: if let status = row.status { workflows[of: row.workflow].open[status] = row.count }
            }
        }
        return Overview(
            at: try StoreError.reading { () throws(PostgresError) in try results[2][0].timestamp(0) },
            workflows: workflows,
            oldest: try Decoding.all(results[4]) { (row) throws(PostgresError) in try row.summary() })
    }

    private static let clock = PostgresStatement("SELECT now()", name: "overview_clock", isReadOnly: true)
    private static let open = "('queued', 'running', 'compensating')"
    /// Of those only that somebody started.
    private static let isCounted = "o.parent_id IS NULL AND ($1::text IS NULL OR o.tenant = $1::text)"
    private static let span = "interval '\(Overview.span.components.seconds) s'"

    /// $1 is the tenant.
    private static let workloads = PostgresStatement(
        """
        SELECT 'open', o.workflow, s.status, count(*) FROM sagas s JOIN saga_origins o ON o.id = s.id
        WHERE s.status IN \(open) AND \(isCounted) GROUP BY o.workflow, s.status
        UNION ALL
        SELECT 'incident', o.workflow, NULL, count(*) FROM sagas s JOIN saga_origins o ON o.id = s.id
        WHERE s.has_incident AND \(isCounted) GROUP BY o.workflow
        UNION ALL
        SELECT 'ended', o.workflow, s.status, count(*) FROM sagas s JOIN saga_origins o ON o.id = s.id
        WHERE s.ended_at >= now() - \(span) AND \(isCounted) GROUP BY o.workflow, s.status
        UNION ALL
        SELECT 'started', o.workflow, NULL, count(*) FROM saga_origins o
        WHERE o.id >= saga_id_floor(now() - \(span)) AND \(isCounted) GROUP BY o.workflow
        ORDER BY 2, 1, 3
        """, name: "workloads", isReadOnly: true)

    /// In the order of the ids, which is that of the starts.
    private static let oldest = PostgresStatement(
        """
        SELECT \(ListQuery.columns)
        FROM sagas s JOIN saga_origins o ON o.id = s.id JOIN workflow_versions v ON v.id = o.workflow_id
        WHERE s.status IN \(open) AND \(isCounted) ORDER BY s.id LIMIT $2
        """, name: "oldest", isReadOnly: true)
}

extension PostgresRow {
    fileprivate func count() throws(PostgresError) -> (
        what: String, workflow: String, status: Saga.Status?, count: Int
    )? {
        var status: Saga.Status?
        if let text = try optionalText(2) {
            status = Saga.Status(rawValue: text)
            if status == nil { return nil }
        }
        return (try text(0), try text(1), status, Int(try int64(3)))
    }
}
