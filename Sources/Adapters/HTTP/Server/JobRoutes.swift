internal import HTTPTypes
internal import Hummingbird
internal import SagaAPI
internal import SagaCore
internal import SagaEngine
internal import SagaValues

/// One verb over many sagas: preview, make, watch, steer.
struct JobRoutes {
    let engine: Engine
    let store: any SagaStore

    func add(to group: Routes) {
        group.post("jobs", .operateSagas, .createJob, use: create)
        group.get("jobs", .seeJobs, .listJobs, use: list)
        group.get("jobs/:id", .seeJobs, .getJob) { _, call in Answer(JobView(try await job(call))) }
        group.get("jobs/:id/items", .seeJobs, .listJobItems, use: items)
        group.post("jobs/:id/pause", .operateSagas, .steerJob(.pause)) { try await steer(.pause, $0, $1) }
        group.post("jobs/:id/resume", .operateSagas, .steerJob(.resume)) { try await steer(.resume, $0, $1) }
        group.post("jobs/:id/abort", .operateSagas, .steerJob(.abort)) { try await steer(.abort, $0, $1) }
    }

    private func create(_ request: Request, _ call: Call) async throws -> Answer<JobAnswer> {
        // What the verb takes is checked once it is known.
        let body = try await request.decode(
            JobBody.self, members: JobBody.members.union(["step", "outcome", "output", "patch", "force", "version"]))
        let isDryRun = body.dryRun ?? false
        let key = isDryRun ? try request.optionalIdempotencyKey(of: "job") : try request.idempotencyKey(of: "job")
        let wish = try JobRequest(
            body, key: key ?? "",
            tenant: try call.requester.tenant(for: body.tenant), by: call.requester)
        return try await Problem.ofJobs {
            guard !isDryRun else {
                return Answer(JobAnswer(preview: JobPreviewView(try await engine.preview(wish))))
            }
            let (job, isNew) = try await engine.create(wish)
            var view = JobView(job)
            view.isNew = isNew
            return Answer(JobAnswer(job: view), status: isNew ? .created : .ok)
        }
    }

    private func list(_ request: Request, _ call: Call) async throws -> Answer<JobPage> {
        let whose = try request.whose(call.requester)
        var filter = JobFilter()
        filter.tenant = whose.tenant
        filter.statuses = try request.query("status", severalOf: SagaJob.Status.self)
        let limit = try request.limit()
        let cursor = try request.query("cursor", "what \"next\" of the page before says") { UUID($0) }
        guard whose != .nobodys else { return Answer(JobPage(jobs: [], next: nil)) }
        let jobs = try await store.jobs(filter, before: cursor, limit: limit)
        return Answer(
            JobPage(jobs: jobs.map { JobView($0) }, next: jobs.count == limit ? jobs.last?.order.id : nil))
    }

    private func items(_ request: Request, _ call: Call) async throws -> Answer<JobItemPage> {
        let names = JobItem.Status.allCases.map(\.rawValue).joined(separator: ", ")
        let status = try request.query("status", "one of \(names)") { JobItem.Status(rawValue: $0) }
        let limit = try request.limit()
        let cursor = try request.query("cursor", "what \"next\" of the page before says") { text in
            Limits.whole(text, 0...Int(Int32.max))
        }
        let job = try await job(call)
        let items = try await store.items(of: job.order.id, status: status, after: cursor ?? 0, limit: limit)
        return Answer(
            JobItemPage(
                items: items.map {
                    JobItemView(
                        position: $0.name.position, saga: $0.saga, status: $0.status.rawValue, revision: $0.revision,
                        message: $0.message, at: $0.at)
                }, next: items.count == limit ? items.last?.name.position : nil))
    }

    private func steer(_ control: JobControl, _ request: Request, _ call: Call) async throws -> Answer<JobView> {
        let id = try call.jobID()
        let body = try await request.decode(JobControlBody.self, members: JobControlBody.members)
        try Problem.checkReason(body.reason)
        return try await Problem.ofJobs {
            Answer(JobView(try await engine.steer(id, control, reason: body.reason, by: call.requester)))
        }
    }

    private func job(_ call: Call) async throws -> SagaJob {
        let id = try call.jobID()
        return try await Problem.ofJobs { try await engine.job(id, for: call.requester) }
    }
}

extension JobRequest {
    fileprivate init(_ body: JobBody, key: String, tenant: String?, by requester: Requester) throws {
        guard let verb = OperatorBody.Verb(rawValue: body.verb) else {
            let verbs = OperatorBody.Verb.allCases.map(\.rawValue).joined(separator: ", ")
            throw Problem.badRequest("verb must be one of \(verbs)")
        }
        for (name, isThere) in [
            ("step", body.step != nil), ("outcome", body.outcome != nil), ("output", body.output != nil),
            ("patch", body.patch != nil), ("force", body.force != nil), ("version", body.version != nil),
        ] where isThere && !verb.members.contains(name) {
            throw Problem.badRequest("\(verb.rawValue) takes no \"\(name)\"")
        }
        try Problem.checkReason(body.reason)
        try Problem.checkLabel(body.tenant, "tenant")
        try Problem.checkLabel(body.step, "step")
        guard (body.output ?? body.patch).map({ $0.bytes.count <= Limits.jobOutput }) ?? true else {
            throw Problem.tooLarge("an output or a patch of a job may have \(Limits.jobOutput) bytes at most")
        }
        let rate = body.rate ?? JobBody.defaultRate
        guard SagaJob.rates.contains(rate) else {
            throw Problem.badRequest(
                "rate must be a whole number of sagas a second from \(SagaJob.rates.lowerBound) to "
                    + "\(SagaJob.rates.upperBound)")
        }
        let members = try JobFilterMembers(body.filter)
        var filter = try members.sagaFilter()
        filter.ids = try members.sagas()
        var restrictions = filter
        restrictions.withChildren = false
        guard restrictions != SagaFilter() else {
            throw Problem.badRequest("the filter must say which sagas: as it is, it would be all there are")
        }
        filter.tenant = tenant
        if !filter.ids.isEmpty {
            // Whoever names them means them.
            filter.withChildren = true
        } else if filter.statuses.isEmpty {
            // No verb does anything to a saga that has ended.
            filter.statuses = Set(Saga.Status.allCases.filter { !$0.isTerminal })
        }
        self.init(
            verb: try body.each.wish(verb), filter: filter, filterText: body.filter, reason: body.reason, rate: rate,
            key: key, requester: requester)
    }
}

/// The filter of a job: the members that lists take in their query, as JSON.
private struct JobFilterMembers: FilterSource {
    private let object: JSON.Object

    private static let known: Set<String> = [
        "sagas", "status", "workflow", "version", "businessKey", "key", "incident", "step", "participant", "cause",
        "code", "error", "startedAfter", "startedBefore", "endedAfter", "endedBefore", "updatedAfter", "updatedBefore",
        "parent", "children",
    ]

    init(_ json: JSON) throws(Problem) {
        guard let object = json.objectValue else { throw .badRequest("filter must be an object") }
        guard json.bytes.count <= Limits.jobFilter else {
            throw .tooLarge("a filter may have \(Limits.jobFilter) bytes at most")
        }
        for name in object.names where !Self.known.contains(name) {
            throw .badRequest(
                "unknown member \"\(name.prefix(80))\" of the filter; known are "
                    + Self.known.sorted().joined(separator: ", "))
        }
        self.object = object
    }

    func query(_ name: String) throws(Problem) -> String? {
        guard let value = object[name] else { return nil }
        let text: String?
        switch value {
        case .string(let string): text = string
        case .number(let number): text = number
        case .bool(let bool): text = String(bool)
        case .array(let values):
            text =
                values.contains { $0.stringValue == nil }
                ? nil : values.compactMap(\.stringValue).joined(separator: ",")
        case .object, .null: text = nil
        }
        guard let text, !text.contains("\0") else {
            throw .badRequest("\(name) of the filter must be a text, a number, true or false, or a list of texts")
        }
        return text
    }

    func sagas() throws(Problem) -> Set<UUID> {
        guard let given = object["sagas"] else { return [] }
        let ids = (given.arrayValue ?? []).map { $0.stringValue.flatMap { UUID($0) } }
        guard !ids.isEmpty, ids.count <= Limits.page, !ids.contains(nil) else {
            throw .badRequest("sagas of the filter must be a list of 1 to \(Limits.page) ids of sagas")
        }
        return Set(ids.compactMap(\.self))
    }
}

extension Call {
    fileprivate func jobID() throws -> UUID {
        let text = try parameter("id")
        guard let id = UUID(text) else { throw Problem.badRequest("\(text.prefix(80)) is no job's id") }
        return id
    }
}

extension Problem {
    fileprivate static func ofJobs<R>(_ body: () async throws -> R) async throws -> R {
        do { return try await body() } catch let error as JobError { throw Problem(error) }
    }

    private init(_ error: JobError) {
        switch error {
        case .unknownJob(let id): self = .notFound("there is no job \(id)")
        case .tooMany(let limit):
            self.init(
                code: "SAGA-0241", title: "Too many sagas for a job", status: 422,
                detail:
                    "the filter admits more than \(limit) sagas, which is the most that a job may have; nothing was "
                    + "done: narrow it down, with startedBefore for example, and make several jobs")
        case .keyConflict(let id):
            self.init(
                code: "SAGA-0206", title: "The idempotency key was used with another input", status: 409,
                detail: "job \(id) was made with this key and is another order; nothing was made")
        case .illegal(let objection):
            self.init(code: "SAGA-0240", title: "The job's status does not allow it", status: 409, detail: objection)
        case .engine(let error): self.init(error)
        case .store(let error): self.init(error)
        }
    }
}

extension JobPreviewView {
    fileprivate init(_ preview: JobPreview) {
        self.init(
            count: preview.affected.count, limit: SagaJob.itemLimit,
            groups: preview.affected.groups.map {
                JobGroupView(
                    workflow: $0.workflow, version: $0.version, status: $0.status, step: $0.step, cause: $0.cause,
                    errorCode: $0.errorCode, count: $0.count)
            },
            sample: preview.sample.map { look in
                switch look.outlook {
                case .changes(let changes): JobLookView(saga: look.saga, changes: changes, refusal: nil)
                case .refused(let why): JobLookView(saga: look.saga, changes: nil, refusal: why)
                }
            })
    }
}

extension JobView {
    /// What the verb is given, a patch or an output, is not shown: it may hold what nobody may see.
    fileprivate init(_ job: SagaJob) {
        let (order, counts) = (job.order, job.counts)
        let verb = order.verb.json
        let left = Duration.seconds(counts.open) / order.rate
        self.init(
            id: order.id, tenant: order.tenant, verb: verb["verb"]?.stringValue ?? "",
            step: verb["step"]?.stringValue, outcome: verb["outcome"]?.stringValue, force: verb["force"]?.boolValue,
            version: verb["version"]?.int64Value.map { Int($0) },
            filter: order.filter, reason: order.reason, subject: order.requester.subject, rate: order.rate,
            status: job.status.rawValue, total: counts.total, done: counts.done, refused: counts.refused,
            failed: counts.failed, open: counts.open, createdAt: job.createdAt, updatedAt: job.updatedAt,
            endedAt: job.endedAt, expectedEndAt: job.status == .running ? .now() + left : nil)
    }
}
