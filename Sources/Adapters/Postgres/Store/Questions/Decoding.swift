internal import Postgres
internal import SagaCore
internal import SagaEngine
internal import SagaValues

/// Why a result cannot be read; typed throws want one type where two things can go wrong.
enum Decoding {
    /// Reads every row; a value that means nothing here is damage, or the work of a newer program.
    static func all<R>(
        _ rows: PostgresRows, _ read: (PostgresRow) throws(PostgresError) -> R?
    ) throws(StoreError) -> [R] {
        var values: [R] = []
        values.reserveCapacity(rows.count)
        for row in rows {
            let value = try StoreError.reading { () throws(PostgresError) in try read(row) }
            guard let value else { throw StoreError(.broken, "a stored value is not known to this version") }
            values.append(value)
        }
        return values
    }
}

extension PostgresRow {
    /// From seven columns: status, revision, state, timer_at, has_incident, updated_at, ended_at.
    func sagaRow(from first: Int) throws(PostgresError) -> SagaRow? {
        guard let status = Saga.Status(rawValue: try text(first)) else { return nil }
        return SagaRow(
            status: status, revision: Int(try int32(first + 1)), state: try bytes(first + 2),
            timerAt: try optionalTimestamp(first + 3), hasOpenIncident: try bool(first + 4),
            updatedAt: try timestamp(first + 5), endedAt: try optionalTimestamp(first + 6))
    }

    /// From sixteen columns: workflow_id, tenant, workflow, idempotency_key, input_digest, business_key, traceparent,
    /// tracestate, started_at, parent_id, parent_step, parent_item, parent_round, parent_body, depth, rerun_of.
    func origin(from first: Int) throws(PostgresError) -> SagaOrigin {
        let state = try optionalText(first + 7)
        return SagaOrigin(
            workflowID: try int32(first),
            key: StartKey(
                tenant: try text(first + 1), workflow: try text(first + 2), idempotencyKey: try text(first + 3)),
            inputDigest: try bytes(first + 4), businessKey: try optionalText(first + 5),
            trace: try optionalText(first + 6).flatMap { TraceContext(traceparent: $0, tracestate: state) },
            startedAt: try timestamp(first + 8), parent: try parent(from: first + 9),
            rerunOf: try optionalUUID(first + 15))
    }

    private func parent(from first: Int) throws(PostgresError) -> ParentLink? {
        guard let saga = try optionalUUID(first) else { return nil }
        return ParentLink(
            saga: saga, step: try text(first + 1), item: Int(try int32(first + 2)), round: Int(try int32(first + 3)),
            body: try optionalText(first + 4), depth: Int(try int32(first + 5)))
    }

    /// From eight columns: revision, at, kind, step, item, direction, attempt, data.
    func historyEntry() throws(PostgresError) -> HistoryEntry? {
        guard let kind = HistoryEntry.Kind(rawValue: try text(2)) else { return nil }
        var direction: Direction?
        if let text = try optionalText(5) {
            direction = Direction(rawValue: text)
            if direction == nil { return nil }
        }
        return HistoryEntry(
            revision: Int(try int32(0)), at: try timestamp(1), kind: kind, step: try optionalText(3),
            item: try optionalInt32(4).map { Int($0) }, direction: direction,
            attempt: try optionalInt32(6).map { Int($0) }, data: try bytes(7))
    }

    func workflow() throws(PostgresError) -> WorkflowRecord {
        WorkflowRecord(
            id: try int32(0), workflow: try text(1), version: Int(try int32(2)), digest: try text(3),
            source: try text(4), deployedAt: try timestamp(5),
            activatedAt: try optionalTimestamp(6), retiredAt: try optionalTimestamp(7), changes: Int(try int32(8)))
    }

    /// From fourteen columns: saga_id, opened_revision, step, participant, cause, error_code, error_message,
    /// opened_at, resolved_at, resolution, workflow, version, tenant, assignee.
    func incident() throws(PostgresError) -> IncidentRecord? {
        guard let cause = Incident.Cause(rawValue: try text(4)) else { return nil }
        var error: StepError?
        if let code = try optionalText(5) { error = StepError(code: code, message: try optionalText(6) ?? "") }
        let opening = IncidentOpening(
            saga: try uuid(0), openedRevision: Int(try int32(1)), step: try text(2), participant: try text(3),
            cause: cause, error: error, at: try timestamp(7))
        var resolution: IncidentResolution?
        if let at = try optionalTimestamp(8) {
            guard let kind = HistoryEntry.Kind(rawValue: try text(9)) else { return nil }
            resolution = IncidentResolution(
                saga: opening.saga, openedRevision: opening.openedRevision, resolution: kind, at: at)
        }
        return IncidentRecord(
            opening: opening, resolution: resolution, workflow: try text(10), version: Int(try int32(11)),
            tenant: try text(12), assignee: try optionalText(13))
    }

    /// From nine columns: workflow, step, participant, cause, error_code, how many, the first and the last time, sagas.
    func incidentGroup() throws(PostgresError) -> IncidentGroup? {
        guard let cause = Incident.Cause(rawValue: try text(3)) else { return nil }
        return IncidentGroup(
            workflow: try text(0), step: try text(1), participant: try text(2), cause: cause,
            errorCode: try optionalText(4), count: Int(try int64(5)), first: try timestamp(6), last: try timestamp(7),
            samples: try uuids(8))
    }
}
