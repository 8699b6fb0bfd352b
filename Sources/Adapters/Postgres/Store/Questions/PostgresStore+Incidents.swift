internal import Postgres
internal import SagaCore
public import SagaEngine
internal import SagaValues

extension PostgresStore {
    public func incidents(
        _ filter: IncidentFilter, after cursor: IncidentPlace?, limit: Int
    ) async throws(StoreError) -> [IncidentRecord] {
        let workflows = try await admitted(filter.workflow, filter.version)
        if let workflows, workflows.isEmpty { return [] }
        var conditions = Conditions(first: .int64(Int64(limit)))
        conditions.add(filter, workflows: workflows)
        if let cursor {
            let at = conditions.parameter(.timestamp(cursor.at))
            let saga = conditions.parameter(.uuid(cursor.name.saga))
            let revision = conditions.parameter(.int32(Int32(clamping: cursor.name.openedRevision)))
            conditions.add("(i.opened_at, i.saga_id, i.opened_revision) < (\(at), \(saga), \(revision))")
        }
        let statement = PostgresStatement(
            """
            SELECT \(Self.incidentColumns)
            FROM (
                SELECT * FROM saga_incidents i \(conditions.clause)
                ORDER BY i.opened_at DESC, i.saga_id DESC, i.opened_revision DESC LIMIT $1
            ) AS i
            \(Self.incidentJoins)
            ORDER BY i.opened_at DESC, i.saga_id DESC, i.opened_revision DESC
            """, name: "incidents", isReadOnly: true)
        let rows = try await ask(statement, conditions.values, narrower: filter.unused)
        return try Decoding.all(rows) { (row) throws(PostgresError) in try row.incident() }
    }

    public func incidentGroups(_ filter: IncidentFilter, limit: Int) async throws(StoreError) -> [IncidentGroup] {
        let workflows = try await admitted(filter.workflow, filter.version)
        if let workflows, workflows.isEmpty { return [] }
        var conditions = Conditions(first: .int64(Int64(limit)))
        conditions.add(filter, workflows: workflows)
        let statement = PostgresStatement(
            """
            SELECT v.workflow, i.step, i.participant, i.cause, i.error_code, count(*), min(i.opened_at), max(i.opened_at),
                (array_agg(i.saga_id ORDER BY i.opened_at DESC, i.saga_id DESC, i.opened_revision DESC))
                    [1:\(IncidentGroup.sampleCount)]
            FROM saga_incidents i JOIN workflow_versions v ON v.id = i.workflow_id
            \(conditions.clause)
            GROUP BY v.workflow, i.step, i.participant, i.cause, i.error_code
            ORDER BY count(*) DESC, max(i.opened_at) DESC, v.workflow, i.step, i.participant, i.cause,
                i.error_code COLLATE "C" NULLS FIRST
            LIMIT $1
            """, name: "incident_groups", isReadOnly: true)
        let rows = try await ask(statement, conditions.values, narrower: filter.unused)
        return try Decoding.all(rows) { (row) throws(PostgresError) in try row.incidentGroup() }
    }

    public func incident(_ name: IncidentName) async throws(StoreError) -> IncidentRecord? {
        let rows = try await StoreError.translating { () async throws(PostgresError) in
            try await readers.executeAll([(Statements.planLookups, []), (Self.oneIncident, name.parameters)])
        }
        return try Decoding.all(rows[1]) { (row) throws(PostgresError) in try row.incident() }.first
    }

    public func assign(
        _ name: IncidentName, to assignee: String?, by author: String
    ) async throws(StoreError) -> Bool {
        let statement = assignee == nil ? Self.unassign : Self.assign
        let values = assignee.map { [PostgresParameter.text($0), .text(author)] } ?? []
        return try await StoreError.translating { () async throws(PostgresError) in
            try await readers.execute(statement, name.parameters + values).count > 0
        }
    }

    /// A comment of which it is not known whether it was written is not written again: it would stand there twice.
    public func comment(
        on name: IncidentName, _ text: String, by author: String
    ) async throws(StoreError) -> Bool {
        try await StoreError.translating { () async throws(PostgresError) in
            try await readers.execute(Self.addComment, name.parameters + [.text(author), .text(text)]).count > 0
        }
    }

    public func comments(on name: IncidentName, limit: Int) async throws(StoreError) -> [IncidentComment] {
        let rows = try await StoreError.translating { () async throws(PostgresError) in
            try await readers.executeAll([
                (Statements.planLookups, []), (Self.someComments, name.parameters + [.int64(Int64(limit))]),
            ])
        }
        return try Decoding.all(rows[1]) { (row) throws(PostgresError) in
            IncidentComment(at: try row.timestamp(0), author: try row.text(1), text: try row.text(2))
        }
    }

    private static let incidentColumns = """
        i.saga_id, i.opened_revision, i.step, i.participant, i.cause, i.error_code, i.error_message, i.opened_at,
        i.resolved_at, i.resolution, v.workflow, v.version, i.tenant, a.assignee
        """
    private static let incidentJoins = """
        JOIN workflow_versions v ON v.id = i.workflow_id
        LEFT JOIN saga_incident_assignees a ON a.saga_id = i.saga_id AND a.opened_revision = i.opened_revision
        """
    private static let oneIncident = PostgresStatement(
        """
        SELECT \(incidentColumns) FROM saga_incidents i \(incidentJoins)
        WHERE i.saga_id = $1 AND i.opened_revision = $2
        """, name: "incident", isReadOnly: true)

    /// Tied to the incident, so that there is nothing about one that is not there.
    private static let assign = PostgresStatement(
        """
        INSERT INTO saga_incident_assignees (saga_id, opened_revision, assignee, assigned_by)
        SELECT saga_id, opened_revision, $3, $4 FROM saga_incidents WHERE saga_id = $1 AND opened_revision = $2
        ON CONFLICT (saga_id, opened_revision)
            DO UPDATE SET assignee = excluded.assignee, assigned_by = excluded.assigned_by, assigned_at = clock_timestamp()
        RETURNING saga_id
        """, name: "assign_incident", isReadOnly: false)
    private static let unassign = PostgresStatement(
        """
        WITH gone AS (DELETE FROM saga_incident_assignees WHERE saga_id = $1 AND opened_revision = $2)
        SELECT saga_id FROM saga_incidents WHERE saga_id = $1 AND opened_revision = $2
        """, name: "unassign_incident", isReadOnly: false)
    private static let addComment = PostgresStatement(
        """
        INSERT INTO saga_incident_comments (saga_id, opened_revision, author, text)
        SELECT saga_id, opened_revision, $3, $4 FROM saga_incidents WHERE saga_id = $1 AND opened_revision = $2
        RETURNING saga_id
        """, name: "comment_incident", isReadOnly: false)
    private static let someComments = PostgresStatement(
        """
        SELECT at, author, text FROM (
            SELECT number, at, author, text FROM saga_incident_comments
            WHERE saga_id = $1 AND opened_revision = $2 ORDER BY number DESC LIMIT $3
        ) AS last ORDER BY number
        """, name: "incident_comments", isReadOnly: true)
}

extension IncidentName {
    fileprivate var parameters: [PostgresParameter] { [.uuid(saga), .int32(Int32(clamping: openedRevision))] }
}

extension Conditions {
    /// What an incident `i` must be like.
    fileprivate mutating func add(_ filter: IncidentFilter, workflows: [Int32]?) {
        switch filter.state {
        case .open: add("i.resolved_at IS NULL")
        case .resolved: add("i.resolved_at IS NOT NULL")
        case nil: break
        }
        if let saga = filter.saga { add("i.saga_id = ", .uuid(saga)) }
        if let workflows { add("i.workflow_id = ANY (\(parameter(.int32s(workflows))))") }
        if let tenant = filter.tenant { add("i.tenant = ", .text(tenant)) }
        if let time = filter.openedAfter { add("i.opened_at > ", .timestamp(time)) }
        if let time = filter.openedBefore { add("i.opened_at < ", .timestamp(time)) }
        add(filter.traits)
    }
}

extension IncidentFilter {
    /// What would narrow it down, by the names that the API has for it.
    fileprivate var unused: [String] {
        var names: [String] = []
        if state != .open { names.append("state=open") }
        if openedAfter == nil { names.append("openedAfter") }
        if openedBefore == nil { names.append("openedBefore") }
        return names
    }
}
