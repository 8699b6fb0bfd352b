public import SagaCore
public import SagaValues
public import Workflows

/// A saga with all that is known of it, for a file: see `SagaRecord`, which reads it.
///
/// Sensitive values are masked.
public struct SagaExport: Sendable {
    public let summary: SagaSummary
    public let history: [HistoryEntry]
    public let incidents: [(record: IncidentRecord, comments: [IncidentComment])]
    public let audit: [StoredAuditRecord]

    /// The most rows of a history, and the most bytes in them together, that an export takes.
    public static let rowLimit = 20_000
    public static let byteLimit = 32 << 20
    private static let page = 1_000

    /// Reads all of it.
    ///
    /// - Throws: `tooMuch` for one that has more than the limits.
    public init(_ summary: SagaSummary, from store: any SagaStore) async throws(StoreError) {
        self.summary = summary
        history = try await Self.history(summary, store)
        var filter = IncidentFilter()
        (filter.saga, filter.state) = (summary.id, nil)
        var incidents: [(record: IncidentRecord, comments: [IncidentComment])] = []
        var place: IncidentPlace?
        repeat {
            let found = try await store.incidents(filter, after: place, limit: Self.page)
            for record in found {
                incidents.append((record, try await store.comments(on: record.name, limit: Self.page)))
            }
            place = found.count == Self.page ? found.last?.place : nil
        } while place != nil
        self.incidents = incidents.reversed()
        var question = AuditFilter()
        question.saga = summary.id
        var audit: [StoredAuditRecord] = []
        var cursor: Int64?
        repeat {
            let found = try await store.auditRecords(question, before: cursor, limit: Self.page)
            audit += found
            cursor = found.count == Self.page ? found.last?.number : nil
        } while cursor != nil
        self.audit = audit.reversed()
    }

    private static func history(_ summary: SagaSummary, _ store: any SagaStore) async throws(StoreError)
        -> [HistoryEntry]
    {
        var rows: [HistoryEntry] = []
        var bytes = 0
        // What comes after the revision that was looked at first is not part of it.
        while rows.last?.revision ?? 0 < summary.row.revision {
            let found = try await store.history(summary.id, after: rows.last?.revision ?? 0, limit: page)
            guard !found.isEmpty else { break }
            rows += found.filter { $0.revision <= summary.row.revision }
            bytes += found.reduce(0) { $0 + $1.data.count }
            guard rows.count <= rowLimit, bytes <= byteLimit else {
                throw StoreError(
                    .tooMuch,
                    "the history of saga \(summary.id) has more than \(rowLimit) rows or \(byteLimit >> 20) MiB, which "
                        + "no export takes; read it in pages")
            }
        }
        return rows
    }

    /// - Parameters:
    ///   - workflow: the version that it goes by, or went by when it ended.
    ///   - isSelfContained: whether the definitions stand in it.
    ///   - version: gives those that it has left.
    public func json(
        _ workflow: Workflow, isSelfContained: Bool, version: (Int) -> Workflow?
    ) throws(StoreError) -> JSON {
        let body = summary.origin.parent?.body
        guard let plan = workflow.plan(ofBody: body) else {
            throw StoreError(.broken, "the workflow of saga \(summary.id) has not the part that it runs")
        }
        guard let saga = saga(plan) else {
            throw StoreError(.broken, "the stored state of saga \(summary.id) cannot be read")
        }
        guard let course = Course(saga.left, to: plan, version: { version($0)?.plan(ofBody: body) }) else {
            throw StoreError(.broken, "a version that saga \(summary.id) has left is not known")
        }
        var whole: JSON.Object = [
            "record": .string(SagaRecord.kind), "format": JSON(SagaRecord.format),
            "workflow": .object(Self.definition(workflow, isSelfContained)), "saga": origin,
        ]
        if !saga.left.isEmpty {
            whole["formerWorkflows"] = .array(
                saga.left.compactMap { leaving in
                    guard let former = version(leaving.version) else { return nil }
                    var definition = Self.definition(former, isSelfContained)
                    definition["revision"] = JSON(leaving.revision)
                    return .object(definition)
                })
        }
        whole["input"] = history.first?.masked(course.first)
        whole["output"] = output(saga, plan)
        whole["state"] = .string(String(decoding: summary.row.state, as: UTF8.self))
        whole["history"] = .array(history.map { $0.json($0.masked(course.plan(at: $0.revision))) })
        whole["incidents"] = .array(incidents.map { Self.json($0.record, $0.comments) })
        whole["audit"] = .array(audit.map { Self.json($0) })
        return .object(whole)
    }

    private static func definition(_ workflow: Workflow, _ isSelfContained: Bool) -> JSON.Object {
        var definition: JSON.Object = [
            "name": .string(workflow.plan.workflow), "version": JSON(workflow.plan.version),
            "digest": .string(workflow.digest),
        ]
        if isSelfContained { definition["source"] = .string(workflow.source) }
        return definition
    }

    /// As it was stored; nil if that cannot be read.
    public func saga(_ plan: Plan) -> Saga? {
        Saga(
            id: summary.id, status: summary.row.status, revision: summary.row.revision,
            startedAt: summary.origin.startedAt, encodedState: summary.row.state, plan: plan)
    }

    private var origin: JSON {
        let (origin, row) = (summary.origin, summary.row)
        var saga: JSON.Object = [
            "id": .string(summary.id.description), "status": .string(row.status.rawValue),
            "revision": JSON(row.revision),
            "tenant": .string(origin.key.tenant), "idempotencyKey": .string(origin.key.idempotencyKey),
            "inputDigest": .string(origin.inputDigest.hexadecimal), "startedAt": .string(origin.startedAt.description),
            "updatedAt": .string(row.updatedAt.description),
        ]
        saga["endedAt"] = row.endedAt.map { .string($0.description) }
        saga["businessKey"] = origin.businessKey.map { .string($0) }
        saga["traceparent"] = origin.trace.map { .string($0.traceparent) }
        saga["tracestate"] = origin.trace?.tracestate.map { .string($0) }
        saga["rerunOf"] = origin.rerunOf.map { .string($0.description) }
        if let parent = origin.parent {
            var link: JSON.Object = [
                "saga": .string(parent.saga.description), "step": .string(parent.step), "item": JSON(parent.item),
                "round": JSON(parent.round), "depth": JSON(parent.depth),
            ]
            link["body"] = parent.body.map { .string($0) }
            saga["parent"] = .object(link)
        }
        return .object(saga)
    }

    /// What it gave, as people may see it.
    private func output(_ saga: Saga, _ plan: Plan) -> JSON? {
        guard saga.status == .completed else { return nil }
        let wanted = saga.payloadRevisions
        let rows = history.filter { wanted.contains($0.revision) }.map { ($0.revision, $0.data) }
        let payloads = Dictionary(rows) { first, _ in first }
        var process = SagaProcess(
            saga: saga, data: SagaData(payloads: payloads), plan: plan, updatedAt: summary.row.updatedAt)
        return process.output(isMasked: true)
    }

    private static func json(_ record: IncidentRecord, _ comments: [IncidentComment]) -> JSON {
        let opening = record.opening
        var incident: JSON.Object = [
            "openedRevision": JSON(opening.openedRevision), "openedAt": .string(opening.at.description),
            "step": .string(opening.step), "participant": .string(opening.participant),
            "cause": .string(opening.cause.rawValue),
        ]
        incident["errorCode"] = opening.error.map { .string($0.code) }
        incident["errorMessage"] = opening.error.map { .string($0.message) }
        incident["resolvedAt"] = record.resolution.map { .string($0.at.description) }
        incident["resolution"] = record.resolution.map { .string($0.resolution.rawValue) }
        incident["assignee"] = record.assignee.map { .string($0) }
        incident["comments"] = .array(
            comments.map {
                ["at": .string($0.at.description), "author": .string($0.author), "text": .string($0.text)]
            })
        return .object(incident)
    }

    private static func json(_ stored: StoredAuditRecord) -> JSON {
        let record = stored.record
        var line: JSON.Object = [
            "number": JSON(stored.number), "at": .string(record.at.description),
            "subject": .string(record.author.subject), "credential": .string(record.author.credential),
            "role": .string(record.author.role), "verb": .string(record.verb),
            "outcome": .string(record.outcome.rawValue), "reason": .string(record.reason),
        ]
        line["address"] = record.author.address.map { .string($0) }
        line["step"] = record.step.map { .string($0) }
        line["detail"] = (try? JSON(parsing: record.detail)) ?? .null
        return .object(line)
    }
}
