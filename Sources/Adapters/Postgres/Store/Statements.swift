internal import Postgres

/// All that is asked of the server, but for lists, which are composed; see ``ListQuery``.
enum Statements {
    // MARK: Nodes

    static let register = PostgresStatement(
        """
        WITH gone AS MATERIALIZED (SELECT pg_advisory_unlock_all()),
        fresh AS (
            INSERT INTO saga_nodes (name, lease_until)
            SELECT $1, clock_timestamp() + interval '15 seconds' FROM gone RETURNING id
        )
        SELECT id, pg_advisory_lock(1396786945, id::int), set_config('saga.node', id::text, false) FROM fresh
        """, name: "register", isReadOnly: false)

    static let heartbeat = PostgresStatement(
        "SELECT * FROM saga_heartbeat($1, $2, $3)", name: "heartbeat", isReadOnly: false)

    /// Waits for a commit in flight, so that none follows.
    static let awaitCommits = PostgresStatement(
        "SELECT pg_advisory_xact_lock(1396786946, $1::bigint::int)", name: "await_commits", isReadOnly: false)
    static let retire = PostgresStatement(
        """
        UPDATE saga_nodes SET retired_at = clock_timestamp(), dead_at = coalesce(dead_at, clock_timestamp())
        WHERE id = $1 AND retired_at IS NULL
        """, name: "retire")

    /// In the order of the ids, as batches lock them. As text, or the planner would walk the primary key through
    /// all sagas there ever were for the sake of that order, and not the index of those that are open.
    static let claim = PostgresStatement(
        """
        WITH found AS MATERIALIZED (
            SELECT id FROM sagas
            WHERE status IN ('queued', 'running', 'compensating') AND node = $1 AND batch > $2 AND batch < $6
            ORDER BY id::text COLLATE "C" LIMIT $5 FOR NO KEY UPDATE
        ),
        claimed AS (
            UPDATE sagas SET node = $3, batch = $4 WHERE id = ANY (ARRAY (SELECT id FROM found)) RETURNING id
        )
        SELECT id FROM claimed
        UNION SELECT id FROM sagas
            WHERE status IN ('queued', 'running', 'compensating') AND node = $3 AND batch = $4
        """, name: "claim", isReadOnly: false)

    // MARK: The hot path

    static let beginCommit = PostgresStatement("SELECT saga_begin_commit($1)", name: "begin_commit", isReadOnly: false)
    /// The same for batches in which sagas start, with the versions that they start with.
    static let beginStarts = PostgresStatement(
        "SELECT saga_begin_starts($1, $2)", name: "begin_starts", isReadOnly: false)
    /// Goes before statements that look rows up by their keys, in their transaction.
    ///
    /// A generic plan is made from what the planner believes of the tables at that moment. Of a table that is
    /// all but empty it believes, rightly, that to read all of it is cheapest, and the plan stays while the
    /// table grows: every batch reads it whole, until somebody analyses it. Forbidding sequential scans is not
    /// enough, since an index can be read whole as well, if its order might serve a join. So these statements
    /// do not join by keys: each look is a subquery that is fenced off by OFFSET 0 and compares its keys with
    /// parameters, for which the index on these keys is the only way: no other index may have one of them in
    /// any place.
    static let planLookups = PostgresStatement("SELECT saga_plan_lookups()", name: "plan_lookups")

    static let load = PostgresStatement(
        """
        SELECT s.id, s.status, s.revision, convert_to(s.state, 'UTF8'), s.timer_at, s.has_incident, s.updated_at,
            s.ended_at, o.workflow_id, o.tenant, o.workflow, o.idempotency_key, o.input_digest, o.business_key,
            o.traceparent, o.tracestate, o.started_at, o.parent_id, o.parent_step, o.parent_item, o.parent_round, o.parent_body,
            o.depth, o.rerun_of, CASE WHEN s.batch > n.watermark THEN s.node END
        FROM unnest($1::uuid[]) AS wanted(id)
        CROSS JOIN LATERAL (SELECT * FROM sagas WHERE id = wanted.id OFFSET 0) AS s
        CROSS JOIN LATERAL (SELECT * FROM saga_origins WHERE id = wanted.id OFFSET 0) AS o
        LEFT JOIN LATERAL (SELECT watermark FROM saga_nodes WHERE id = s.node OFFSET 0) AS n ON true
        """, name: "load")
    /// Just the rows that the states name: a history may be long, and little of it is needed.
    static let payloads = PostgresStatement(
        """
        SELECT h.saga_id, h.revision, convert_to(h.data, 'UTF8')
        FROM unnest($1::uuid[], $2::int[]) AS wanted(id, revision)
        CROSS JOIN LATERAL (
            SELECT * FROM saga_history WHERE saga_id = wanted.id AND revision = wanted.revision OFFSET 0) AS h
        """, name: "payloads")

    static let existingStarts = PostgresStatement(
        """
        SELECT wanted.place, o.id, o.input_digest
        FROM unnest($1::text[], $2::text[], $3::text[]) WITH ORDINALITY AS wanted(tenant, workflow, key, place)
        CROSS JOIN LATERAL (
            (SELECT id, input_digest, workflow, tenant FROM saga_origins WHERE idempotency_key = wanted.key OFFSET 0)
            UNION ALL
            (SELECT id, input_digest, workflow, tenant FROM saga_archived WHERE idempotency_key = wanted.key OFFSET 0)
        ) AS o
        WHERE o.workflow = wanted.workflow AND o.tenant = wanted.tenant
        """, name: "existing_starts")
    static let takenLocks = PostgresStatement(
        """
        SELECT wanted.key FROM unnest($1::text[]) AS wanted(key)
        CROSS JOIN LATERAL (
            (SELECT FROM saga_locks WHERE key = wanted.key AND held LIMIT 1)
            UNION ALL (SELECT FROM saga_locks WHERE key = wanted.key AND NOT held LIMIT 1) LIMIT 1) AS taken
        """, name: "taken_locks")

    /// By the time at which the statement arrived: `clock_timestamp()` goes on while it runs, so that no index
    /// could be searched for it.
    static let dueTimers = PostgresStatement(
        """
        SELECT t.due_at, t.saga_id, s.id IS NULL OR s.ended_at IS NOT NULL
        FROM (SELECT due_at, saga_id FROM saga_timers
              WHERE due_at <= statement_timestamp() ORDER BY due_at, saga_id LIMIT $1) AS t
        LEFT JOIN LATERAL (SELECT id, ended_at FROM sagas WHERE id = t.saga_id OFFSET 0) AS s ON true
        ORDER BY t.due_at, t.saga_id
        """, name: "due_timers")

    static let grantable = PostgresStatement(
        """
        SELECT first.saga_id
        FROM (SELECT DISTINCT ON (key) saga_id, place FROM saga_locks WHERE NOT held ORDER BY key, place) AS first
        GROUP BY first.saga_id
        HAVING NOT EXISTS (
            SELECT FROM saga_locks mine JOIN saga_locks other ON other.key = mine.key
            WHERE mine.saga_id = first.saga_id AND other.saga_id <> mine.saga_id
                AND (other.held OR other.place < mine.place))
        ORDER BY min(first.place) LIMIT $1
        """, name: "grantable")

    // MARK: Workflows

    /// What a ``WorkflowRecord`` is read from.
    static let workflowColumns =
        "id, workflow, version, digest, source, deployed_at, activated_at, retired_at, changes"

    static let deploy = PostgresStatement(
        """
        INSERT INTO workflow_versions (workflow, version, digest, source) VALUES ($1, $2, $3, $4)
        ON CONFLICT ON CONSTRAINT workflow_versions_name DO NOTHING
        """, name: "deploy")
    static let workflowVersion = PostgresStatement(
        """
        SELECT \(workflowColumns) FROM workflow_versions
        WHERE workflow = $1 AND version = $2
        """, name: "workflow_version")
    static let allWorkflows = PostgresStatement(
        "SELECT \(workflowColumns) FROM workflow_versions ORDER BY id",
        name: "all_workflows")
    static let someWorkflows = PostgresStatement(
        """
        SELECT \(workflowColumns) FROM workflow_versions
        WHERE id = ANY ($1) ORDER BY id
        """, name: "some_workflows")

    // MARK: Questions

    /// For what is asked too seldom for the planner's time to matter: what suits a rare workflow or an empty
    /// line does not suit a common one or a long one.
    static let planForTheseValues = PostgresStatement(
        "SELECT set_config('plan_cache_mode', 'force_custom_plan', true), set_config('jit', 'off', true)",
        name: "plan_for_these")

    static let history = PostgresStatement(
        """
        SELECT revision, at, kind, step, item, direction, attempt, convert_to(data, 'UTF8') FROM saga_history
        WHERE saga_id = $1 AND revision > $2 ORDER BY revision LIMIT $3
        """, name: "history")

    static let ping = PostgresStatement(
        """
        SELECT clock_timestamp(), current_setting('transaction_read_only')::bool,
            has_table_privilege('sagas', 'INSERT') AND has_table_privilege('sagas', 'UPDATE')
                AND has_table_privilege('saga_history', 'INSERT')
        """, name: "ping")

    // MARK: Upkeep

    static let ensurePartitions = PostgresStatement(
        "SELECT saga_ensure_partitions($1)", name: "ensure_partitions", isReadOnly: false)
    static let historyOutsidePartitions = PostgresStatement(
        "SELECT count(*) FROM saga_history_other", name: "history_outside")
}
