internal import Postgres
internal import SagaCore
internal import SagaEngine
internal import SagaValues

/// A list of sagas as one statement, composed so that it reads little more than it gives.
///
/// Sagas are looked for in parts, newest first and no more of each than are wanted, and the finds are put together:
/// so every part can go along an index in the order that is asked for. See ``ListPart`` for what the parts are.
/// Statuses stand in the text and not in parameters, or the planner could not see which partial index holds them.
/// All else is a parameter.
struct ListQuery {
    let statement: PostgresStatement
    let parameters: [PostgresParameter]

    /// - Parameter workflows: the row ids of the versions that the filter admits, nil for all.
    init(_ filter: SagaFilter, workflows: [Int32]?, after cursor: UUID?, limit: Int) {
        let (found, values) = Self.ids(filter, workflows: workflows, after: cursor, limit: limit)
        statement = PostgresStatement(
            """
            SELECT \(Self.columns)
            FROM (\(found)) AS found
            \(Self.joins)
            ORDER BY s.id DESC
            """, name: "list", isReadOnly: true)
        parameters = values
    }

    /// The query for the ids alone, newest first; `$1` is the limit.
    static func ids(
        _ filter: SagaFilter, workflows: [Int32]?, after cursor: UUID? = nil, limit: Int
    ) -> (text: String, parameters: [PostgresParameter]) {
        var conditions = Conditions(first: .int64(Int64(limit)))
        if !filter.ids.isEmpty {
            let ids = conditions.parameter(.uuids(filter.ids.sorted()))
            conditions.add("s.id = ANY (\(ids))")
        }
        if let key = filter.idempotencyKey { conditions.add("o.idempotency_key = ", .text(key)) }
        if let key = filter.businessKey { conditions.add("o.business_key = ", .text(key)) }
        if let tenant = filter.tenant {
            conditions.add("o.tenant = ", .text(tenant))
            // Where there is but one tenant all sagas are its own, so the index has only those of the others.
            if tenant != "default" { conditions.add("o.tenant <> 'default'") }
        }
        if let time = filter.startedAfter { conditions.add("o.started_at > ", .timestamp(time)) }
        if let time = filter.startedBefore { conditions.add("o.started_at < ", .timestamp(time)) }
        if let time = filter.updatedAfter { conditions.add("s.updated_at > ", .timestamp(time)) }
        if let time = filter.updatedBefore { conditions.add("s.updated_at < ", .timestamp(time)) }
        if let parent = filter.parent {
            conditions.add("o.parent_id = ", .uuid(parent))
        } else if !filter.withChildren {
            conditions.add("o.parent_id IS NULL")
        }
        if filter.withIncident || !filter.incident.isEmpty { conditions.add("s.has_incident") }

        let builder = ListPart.Builder(
            filter: filter, workflows: workflows.map { conditions.parameter(.int32s($0)) },
            cursor: cursor.map { conditions.parameter(.uuid($0)) }, shared: conditions)
        let (parts, values) = builder.build(ListPart.all(filter))
        let found =
            parts.count == 1
            ? parts[0] : parts.map { "(\($0))" }.joined(separator: "\nUNION ALL\n") + "\nORDER BY id DESC LIMIT $1"
        return (found, values)
    }

    static let columns = """
        s.id, s.status, s.revision, convert_to(s.state, 'UTF8'), s.timer_at, s.has_incident, s.updated_at, s.ended_at,
        o.workflow_id, o.tenant, o.workflow, o.idempotency_key, o.input_digest, o.business_key, o.traceparent,
        o.tracestate, o.started_at, o.parent_id, o.parent_step, o.parent_item, o.parent_round, o.parent_body, o.depth,
        o.rerun_of, v.version
        """
    static let joins = """
        JOIN sagas s ON s.id = found.id
        JOIN saga_origins o ON o.id = found.id
        JOIN workflow_versions v ON v.id = o.workflow_id
        """
}

/// What a statement asks for, as it grows, and its parameters.
struct Conditions {
    private(set) var all: [String] = []
    private(set) var values: [PostgresParameter]

    /// - Parameter first: the parameter `$1`.
    init(first: PostgresParameter) {
        values = [first]
    }

    mutating func parameter(_ value: PostgresParameter) -> String {
        values.append(value)
        return "$\(values.count)"
    }

    /// The text stands in one of these columns. No pattern, so that nothing in it is a wildcard; capitals count as everywhere,
    /// whatever the locale.
    mutating func add(text: String, in columns: [String]) {
        let wanted = parameter(.text(text.lowercasedASCII))
        add("(" + columns.map { "strpos(lower(\($0) COLLATE \"C\"), \(wanted)) > 0" }.joined(separator: " OR ") + ")")
    }

    mutating func add(_ condition: String) { all.append(condition) }

    /// Adds `condition` with the value at its end.
    mutating func add(_ condition: String, _ value: PostgresParameter) { all.append(condition + parameter(value)) }

    /// From WHERE on; nothing if nothing is asked for.
    var clause: String { all.isEmpty ? "" : "WHERE " + all.joined(separator: " AND ") }
}

extension Conditions {
    /// What an open or resolved incident `i` must be like.
    mutating func add(_ traits: IncidentTraits) {
        if let step = traits.step { add("i.step = ", .text(step)) }
        if let participant = traits.participant { add("i.participant = ", .text(participant)) }
        if let cause = traits.cause { add("i.cause = ", .text(cause.rawValue)) }
        if let code = traits.errorCode { add("i.error_code = ", .text(code)) }
        if let text = traits.errorText { add(text: text, in: ["i.error_code", "i.error_message"]) }
    }
}
