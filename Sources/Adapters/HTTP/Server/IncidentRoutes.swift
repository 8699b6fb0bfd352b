internal import Hummingbird
internal import SagaAPI
internal import SagaEngine
internal import SagaValues

/// Incidents: list, groups, one by itself, who sees to it and what was written about it.
struct IncidentRoutes {
    let engine: Engine
    let store: any SagaStore

    func add(to group: Routes) {
        group.get("incidents", .seeIncidents, .listIncidents, use: list)
        group.get("incident-groups", .seeIncidents, .groupIncidents, use: groups)
        group.get("incidents/:saga/:revision", .seeIncidents, .getIncident) { _, call in
            Answer(try await view(try await record(call)))
        }
        group.post("incidents/:saga/:revision/assign", .operateSagas, .assignIncident, use: assign)
        group.post("incidents/:saga/:revision/comment", .operateSagas, .commentOnIncident, use: comment)
    }

    private func list(_ request: Request, _ call: Call) async throws -> Answer<IncidentList> {
        let whose = try request.whose(call.requester)
        var filter = try request.incidentFilter()
        filter.tenant = whose.tenant
        let limit = try request.limit()
        let cursor = try request.query("cursor", "what \"next\" of the page before says") { IncidentPlace(cursor: $0) }
        guard whose != .nobodys else { return Answer(IncidentList(incidents: [], next: nil)) }
        let found = try await store.incidents(filter, after: cursor, limit: limit)
        return Answer(
            IncidentList(
                incidents: found.map { IncidentView($0) },
                next: found.count == limit ? found.last?.place.cursor : nil))
    }

    private func groups(_ request: Request, _ call: Call) async throws -> Answer<IncidentGroupList> {
        let whose = try request.whose(call.requester)
        var filter = try request.incidentFilter()
        filter.tenant = whose.tenant
        let limit = try request.limit()
        guard whose != .nobodys else { return Answer(IncidentGroupList(groups: [])) }
        let found = try await store.incidentGroups(filter, limit: limit)
        return Answer(IncidentGroupList(groups: found.map { IncidentGroupView($0) }))
    }

    private func assign(_ request: Request, _ call: Call) async throws -> Answer<IncidentView> {
        let body = try await request.decode(AssignBody.self, members: AssignBody.members)
        try Problem.checkLabel(body.assignee, "assignee")
        let record = try await record(call)
        guard try await store.assign(record.name, to: body.assignee, by: call.requester.subject) else {
            throw Problem.noIncident(record.name)
        }
        try await audit(
            "assign", record, call,
            [
                "before": record.assignee.map { .string($0) } ?? .null,
                "after": body.assignee.map { .string($0) } ?? .null,
            ])
        return Answer(try await view(try await self.record(call)))
    }

    private func comment(_ request: Request, _ call: Call) async throws -> Answer<IncidentView> {
        let body = try await request.decode(CommentBody.self, members: CommentBody.members)
        try Problem.checkText(body.text, "a text")
        let record = try await record(call)
        guard try await store.comment(on: record.name, body.text, by: call.requester.subject) else {
            throw Problem.noIncident(record.name)
        }
        try await audit("comment", record, call, ["text": .string(body.text)])
        return Answer(try await view(record), status: .created)
    }

    /// The one that the path names, if whoever asks may see it.
    private func record(_ call: Call) async throws -> IncidentRecord {
        let name = try call.incidentName()
        guard let record = try await store.incident(name), call.requester.sees(tenant: record.tenant) else {
            throw Problem.noIncident(name)
        }
        return record
    }

    private func view(_ record: IncidentRecord) async throws -> IncidentView {
        IncidentView(record, comments: try await store.comments(on: record.name, limit: Limits.comments))
    }

    private func audit(
        _ verb: String, _ record: IncidentRecord, _ call: Call, _ detail: JSON.Object
    ) async throws {
        var detail = detail
        detail["incident"] = .number(String(record.opening.openedRevision))
        try await engine.audit(
            verb, .done, by: call.requester, about: (record.tenant, record.opening.saga), workflow: record.workflow,
            step: record.opening.step, reason: "", detail: .object(detail))
    }
}

extension Problem {
    fileprivate static func noIncident(_ name: IncidentName) -> Problem {
        .notFound("saga \(name.saga) has no incident that its revision \(name.openedRevision) opened")
    }
}

extension Call {
    fileprivate func incidentName() throws -> IncidentName {
        let (saga, revision) = (try parameter("saga"), try parameter("revision"))
        guard let id = UUID(saga) else { throw Problem.badRequest("\(saga.prefix(80)) is no saga's id") }
        guard let number = Limits.number(revision) else {
            throw Problem.badRequest("\(revision.prefix(80)) is no revision")
        }
        return IncidentName(saga: id, openedRevision: number)
    }
}

extension IncidentPlace {
    /// As people pass it on: the time, the saga, the revision.
    var cursor: String { "\(at.microseconds).\(name.saga).\(name.openedRevision)" }

    init?(cursor: String) {
        let parts = cursor.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, let at = Int64(parts[0]), let saga = UUID(parts[1]), let revision = Int(parts[2]) else {
            return nil
        }
        // Far from any incident it makes no difference how far, and stores cannot hold every time: 1900 to 2286.
        let near = min(max(at, -2_208_988_800_000_000), 9_999_999_999_999_999)
        self.init(
            at: Timestamp(microseconds: near), name: IncidentName(saga: saga, openedRevision: revision))
    }
}
