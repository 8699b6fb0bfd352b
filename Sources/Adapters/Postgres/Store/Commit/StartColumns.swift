internal import Postgres
internal import SagaCore
internal import SagaEngine
internal import SagaValues

/// The starts of a batch, each with its first history row and its timer, as one statement.
struct StartColumns {
    private var ids: [UUID] = []
    private var startedAt: [Timestamp] = []
    private var workflowID: [Int32] = []
    private var digest: [[UInt8]] = []
    private var workflow: [String] = []
    private var tenant: [String] = []
    private var key: [String] = []
    private var businessKey: [String?] = []
    private var traceparent: [String?] = []
    private var tracestate: [String?] = []
    private var rows = RowColumns()
    private var first = HistoryColumns()
    private var parents: [ParentLink?] = []
    private var rerunOf: [UUID?] = []

    var isEmpty: Bool { ids.isEmpty }

    mutating func append(_ start: NewSaga, first entry: HistoryEntry?) {
        ids.append(start.id)
        startedAt.append(start.origin.startedAt)
        workflowID.append(start.origin.workflowID)
        digest.append(start.origin.inputDigest)
        workflow.append(start.origin.key.workflow)
        tenant.append(start.origin.key.tenant)
        key.append(start.origin.key.idempotencyKey)
        businessKey.append(start.origin.businessKey)
        traceparent.append(start.origin.trace?.traceparent)
        tracestate.append(start.origin.trace?.tracestate)
        rows.append(start.row)
        first.append(entry)
        parents.append(start.origin.parent)
        rerunOf.append(start.origin.rerunOf)
    }

    func statement(_ batch: Batch) -> (PostgresStatement, [PostgresParameter]) {
        var parameters: [PostgresParameter] = [
            .int64(batch.node.rawValue), .int64(batch.number), .uuids(ids), .timestamps(startedAt),
            .int32s(workflowID), .byteArrays(digest), .texts(workflow), .texts(tenant), .texts(key),
            .optionalTexts(businessKey), .optionalTexts(traceparent), .optionalTexts(tracestate),
        ]
        parameters += rows.parameters
        parameters += first.parameters
        guard parents.contains(where: { $0 != nil }) || rerunOf.contains(where: { $0 != nil }) else {
            return (Self.alone, parameters)
        }
        parameters += [
            .optionalUUIDs(parents.map { $0?.saga }), .optionalTexts(parents.map { $0?.step }),
            .optionalInt32s(parents.map { $0.map { Int32(clamping: $0.item) } }),
            .optionalInt32s(parents.map { $0.map { Int32(clamping: $0.round) } }),
            .optionalTexts(parents.map { $0?.body }),
            .optionalInt32s(parents.map { $0.map { Int32(clamping: $0.depth) } }),
            .optionalUUIDs(rerunOf),
        ]
        return (Self.related, parameters)
    }

    /// With no child and no other run of a saga among them, they do without the columns that only those have.
    private static let alone = PostgresStatement(sql(related: false), name: "start")
    private static let related = PostgresStatement(sql(related: true), name: "start_related")

    private static func sql(related: Bool) -> String {
        let types =
            related ? ", " + Parameters.list(["uuid", "text", "int", "int", "text", "int", "uuid"], from: 27) : ""
        let columns =
            related ? ", parent_id, parent_step, parent_item, parent_round, parent_body, depth, rerun_of" : ""
        return """
            WITH n AS MATERIALIZED (
                SELECT * FROM unnest($3::uuid[], $4::timestamptz[], $5::int[], $6::bytea[], $7::text[], $8::text[],
                        $9::text[], $10::text[], $11::text[], $12::text[], \(RowColumns.types(from: 13)),
                        \(HistoryColumns.types(from: 20))\(types))
                    AS n(id, started_at, workflow_id, input_digest, workflow, tenant, idempotency_key, business_key,
                        traceparent, tracestate, status, revision, state, timer_at, has_incident, updated_at, ended_at, at,
                        kind, step, item, direction, attempt, data\(columns))
            ),
            rows AS (
                INSERT INTO sagas (id, started_at, node, workflow_id, revision, batch, updated_at, timer_at, ended_at,
                    has_incident, status, state)
                SELECT id, started_at, $1, workflow_id, revision, $2, updated_at, timer_at, ended_at, has_incident,
                    status, convert_from(state, 'UTF8')
                FROM n
            ),
            first_rows AS (
                INSERT INTO saga_history (saga_id, revision, at, kind, step, item, direction, attempt, data)
                SELECT id, 1, at, kind, step, item, direction, attempt, convert_from(data, 'UTF8') FROM n
            ),
            timers AS (
                INSERT INTO saga_timers (due_at, saga_id) SELECT timer_at, id FROM n WHERE timer_at IS NOT NULL
                ON CONFLICT DO NOTHING
            )
            -- The main part runs first, so a key that is taken is found before anything else is written.
            INSERT INTO saga_origins (id, started_at, workflow_id, input_digest, workflow, tenant, idempotency_key,
                business_key, traceparent, tracestate\(columns))
            SELECT id, started_at, workflow_id, input_digest, workflow, tenant, idempotency_key, business_key, traceparent,
                tracestate\(columns)
            FROM n
            """
    }
}
