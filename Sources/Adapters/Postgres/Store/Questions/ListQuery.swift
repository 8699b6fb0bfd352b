internal import Postgres
internal import SagaCore
internal import SagaEngine
internal import SagaValues

/// A list of sagas as one statement, composed so that it reads little more than it gives.
///
/// Each status is looked for on its own, newest first and no more than are wanted, and the finds are put
/// together: so every part can go along an index in the order that is asked for. Statuses stand in the
/// text and not in parameters, or the planner could not see which partial index holds them. All else is a
/// parameter.
struct ListQuery {
    let statement: PostgresStatement
    private(set) var parameters: [PostgresParameter] = []

    init(_ filter: SagaFilter, after cursor: UUID?, limit: Int) {
        var conditions: [String] = []
        /// What ids are compared with, and how.
        var bounds: [(comparison: String, value: String)] = []
        var values: [PostgresParameter] = [.int64(Int64(limit))]
        func parameter(_ value: PostgresParameter) -> String {
            values.append(value)
            return "$\(values.count)"
        }
        if let cursor { bounds.append(("<", parameter(.uuid(cursor)))) }
        if let key = filter.idempotencyKey { conditions.append("o.idempotency_key = \(parameter(.text(key)))") }
        if let key = filter.businessKey { conditions.append("o.business_key = \(parameter(.text(key)))") }
        if let workflow = filter.workflow { conditions.append("o.workflow = \(parameter(.text(workflow)))") }
        if let tenant = filter.tenant {
            conditions.append("o.tenant = \(parameter(.text(tenant)))")
            // Where there is but one tenant all sagas are its own, so the index has only those of the others.
            if tenant != "default" { conditions.append("o.tenant <> 'default'") }
        }
        // Ids tell the time too, as the clock of whoever made them saw it: enough to know where to look.
        if let time = filter.startedAfter {
            conditions.append("o.started_at > \(parameter(.timestamp(time)))")
            bounds.append((">=", parameter(.uuid(.floor(of: time - Self.clockSlack)))))
        }
        if let time = filter.startedBefore {
            conditions.append("o.started_at < \(parameter(.timestamp(time)))")
            bounds.append(("<", parameter(.uuid(.floor(of: time + Self.clockSlack)))))
        }
        if let parent = filter.parent {
            conditions.append("o.parent_id = \(parameter(.uuid(parent)))")
        } else if !filter.withChildren {
            conditions.append("o.parent_id IS NULL")
        }
        if filter.withIncident { conditions.append("s.has_incident") }

        let parts = Self.statuses(filter).map { status in
            // Completed sagas are nearly all: then the workflow is what singles them out.
            // And of the children of one saga there are few: their own order would lead through all there are.
            let isSingledOut =
                filter.parent != nil
                || filter.workflow != nil && !filter.withIncident && (status ?? .completed) == .completed
            let id = isSingledOut ? "uuid_send(o.id)" : "s.id"
            var all = conditions
            all += bounds.map { "\(id) \($0.comparison) \(isSingledOut ? "uuid_send(\($0.value))" : $0.value)" }
            if let status { all.append("s.status = '\(status.rawValue)'") }
            return """
                SELECT s.id FROM sagas s JOIN saga_origins o ON o.id = s.id
                \(all.isEmpty ? "" : "WHERE " + all.joined(separator: " AND "))
                ORDER BY \(id) DESC LIMIT $1
                """
        }
        let found =
            parts.count == 1
            ? parts[0] : parts.map { "(\($0))" }.joined(separator: "\nUNION ALL\n") + " ORDER BY id DESC LIMIT $1"
        statement = PostgresStatement(
            """
            SELECT \(Self.columns)
            FROM (\(found)) AS found
            \(Self.joins)
            ORDER BY s.id DESC
            """, name: "list", isReadOnly: true)
        parameters = values
    }

    /// How far the clock of a node may be from the server's.
    private static let clockSlack = Duration.seconds(2 * 3600)

    /// nil for no restriction. An incident that is open is one of an open saga.
    private static func statuses(_ filter: SagaFilter) -> [Saga.Status?] {
        let wanted = filter.statuses
        if wanted.isEmpty || wanted.count == Saga.Status.allCases.count
            || filter.withIncident && wanted.isSuperset(of: open)
        {
            return [nil]
        }
        return Saga.Status.allCases.filter(wanted.contains)
    }

    private static let open = Set(Saga.Status.allCases.filter { !$0.isTerminal })

    static let columns = """
        s.id, s.status, s.revision, convert_to(s.state, 'UTF8'), s.timer_at, s.has_incident, s.updated_at, s.ended_at,
        o.workflow_id, o.tenant, o.workflow, o.idempotency_key, o.input_digest, o.business_key, o.traceparent,
        o.tracestate, o.started_at, o.parent_id, o.parent_step, o.parent_item, o.parent_round, o.parent_body, o.depth,
        v.version
        """
    static let joins = """
        JOIN sagas s ON s.id = found.id
        JOIN saga_origins o ON o.id = found.id
        JOIN workflow_versions v ON v.id = o.workflow_id
        """
}

extension UUID {
    /// The least id that a saga started at this time can have.
    fileprivate static func floor(of time: Timestamp) -> UUID {
        UUID(high: UInt64(min(max(time.microseconds, 0) / 1000, 1 << 48 - 1)) << 16, low: 0)
    }
}
