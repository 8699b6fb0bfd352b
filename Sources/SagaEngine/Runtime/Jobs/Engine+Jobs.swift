internal import Crypto
internal import Logging
internal import SagaCore
public import SagaValues

/// What people ask about jobs.
extension Engine {
    /// Which sagas a job would be about, and what the verb would do to some of them. Nothing is written.
    public func preview(_ request: JobRequest) async throws(JobError) -> JobPreview {
        try demand(request.verb.permission, of: request.requester)
        let affected = try await ask { () async throws(StoreError) in
            try await parts.store.affected(by: scope(of: request), limit: SagaJob.itemLimit)
        }
        var sample: [JobPreview.Look] = []
        for saga in affected.sample {
            let outlook = try await rehearse(request, on: saga)
            sample.append(JobPreview.Look(saga: saga, outlook: outlook))
        }
        return JobPreview(affected: affected, isTooMany: affected.count > SagaJob.itemLimit, sample: sample)
    }

    /// Makes a job, or finds the one that was made with the same key and order. It begins at once.
    public func create(_ request: JobRequest) async throws(JobError) -> (job: SagaJob, isNew: Bool) {
        let order = order(request)
        func record(_ outcome: AuditRecord.Outcome, _ detail: JSON.Object) -> AuditRecord {
            var detail = detail
            detail["verb"] = .string(request.verb.name)
            detail["filter"] = request.filterText
            detail["rate"] = .number(String(request.rate))
            return AuditRecord(
                at: parts.clock.now, author: .init(request.requester), verb: "job-create", outcome: outcome,
                tenant: order.tenant, workflow: request.filter.workflow, step: request.verb.step,
                reason: request.reason, detail: .object(detail))
        }
        do throws(EngineError) {
            try request.requester.demand(request.verb.permission)
        } catch {
            if case .forbidden(let why) = error, let leftOut = parts.denials.take(request.requester) {
                let record = record(.refused, DenialBudget.detail(why, leftOut: leftOut))
                try await ask { () async throws(StoreError) in try await parts.store.audit([record]) }
            }
            throw .engine(error)
        }
        let creation = try await ask { () async throws(StoreError) in
            try await parts.store.create(
                order, over: scope(of: request), limit: SagaJob.itemLimit,
                audit: record(.done, ["job": .string(order.id.description)]))
        }
        switch creation {
        case .made(let job):
            parts.jobs.changed.signal()
            return (job, true)
        case .known(let job):
            guard job.order.digest == order.digest else { throw .keyConflict(job.order.id) }
            return (job, false)
        case .tooMany: throw .tooMany(limit: SagaJob.itemLimit)
        }
    }

    /// - Throws: `unknownJob` also for one of another tenant.
    public func job(_ id: UUID, for requester: Requester) async throws(JobError) -> SagaJob {
        let job = try await ask { () async throws(StoreError) in try await parts.store.job(id) }
        guard let job, requester.sees(job) else { throw .unknownJob(id) }
        return job
    }

    /// Pauses, resumes or aborts a job; once this returns, nothing is done any more for one that is not running.
    public func steer(
        _ id: UUID, _ control: JobControl, reason: String, by requester: Requester
    ) async throws(JobError) -> SagaJob {
        let job = try await job(id, for: requester)
        func record(_ outcome: AuditRecord.Outcome, _ more: JSON.Object = [:]) -> AuditRecord {
            var detail: JSON.Object = ["job": .string(id.description)]
            for member in more { detail[member.name] = member.value }
            return AuditRecord(
                at: parts.clock.now, author: .init(requester), verb: "job-\(control.rawValue)", outcome: outcome,
                tenant: job.order.tenant, reason: reason, detail: .object(detail))
        }
        // To set it going again takes what it took to make it.
        if control == .resume {
            do throws(EngineError) {
                try requester.demand(job.order.verb.permission)
            } catch {
                if case .forbidden(let why) = error, let leftOut = parts.denials.take(requester) {
                    let refusal = record(.refused, DenialBudget.detail(why, leftOut: leftOut))
                    try await ask { () async throws(StoreError) in try await parts.store.audit([refusal]) }
                }
                throw .engine(error)
            }
        }
        let (statuses, target) = control.transition
        let done = record(.done)
        let steered = try await ask { () async throws(StoreError) in
            try await parts.store.steer(id, from: statuses, to: target, audit: done)
        }
        if let steered {
            if target == .running { parts.jobs.changed.signal() }
            return steered
        }
        let status = try await self.job(id, for: requester).status
        let names = SagaJob.Status.allCases.filter(statuses.contains).map(\.rawValue).joined(separator: " or ")
        throw .illegal("the job is \(status.rawValue); \(control.rawValue) takes one that is \(names)")
    }

    private func ask<R>(_ body: () async throws(StoreError) -> R) async throws(JobError) -> R {
        do throws(StoreError) { return try await body() } catch { throw .store(error) }
    }

    private func demand(_ permission: Permission, of requester: Requester) throws(JobError) {
        do throws(EngineError) { try requester.demand(permission) } catch { throw .engine(error) }
    }

    /// Whoever is bound to a tenant gets at nothing else, whatever the filter says.
    private func scope(of request: JobRequest) -> SagaFilter {
        var filter = request.filter
        if let own = request.requester.tenant { filter.tenant = own }
        return filter
    }

    private func order(_ request: JobRequest) -> JobOrder {
        let tenant = scope(of: request).tenant
        let text: JSON = [
            request.verb.json, request.filterText, .string(request.reason), .number(String(request.rate)),
            .string(request.requester.subject), tenant.map { .string($0) } ?? .null,
        ]
        return JobOrder(
            id: .v7(), tenant: tenant, verb: request.verb, filter: request.filterText, reason: request.reason,
            requester: request.requester, rate: request.rate, key: request.key,
            digest: Array(SHA256.hash(data: text.bytes)))
    }

    private func rehearse(_ request: JobRequest, on saga: UUID) async throws(JobError) -> JobPreview.Outlook {
        do throws(EngineError) {
            let result = try await perform(
                OperatorRequest(
                    saga: saga, verb: request.verb, expectedRevision: nil, reason: request.reason,
                    requester: request.requester, isRehearsal: true))
            return .changes(result.changes)
        } catch {
            guard let refusal = error.itemRefusal else { throw .engine(error) }
            return .refused(refusal)
        }
    }
}

extension Requester {
    /// Whether a job is there for them: one about all tenants is nobody's who is bound to one.
    public func sees(_ job: SagaJob) -> Bool {
        tenant == nil || (job.order.tenant.map { sees(tenant: $0) } ?? false)
    }
}

extension EngineError {
    /// Why an item is refused, and what is possible instead; nil if it is not for good.
    var itemRefusal: String? {
        switch self {
        case .illegal(let objection, let legal):
            objection + (legal.isEmpty ? "" : "; possible: \(legal.joined(separator: ", "))")
        case .forbidden(let why): why
        case .unknownSaga: "the saga is not there"
        case .unknownWorkflow(let name, let version):
            "there is no \(version.map { "version \($0) of " } ?? "")workflow \(name)"
        case .moved(let revision): "the saga is at revision \(revision)"
        case .retiredVersion, .activeVersion, .unknownParticipant, .invalidInput, .unusableLock,
            .keyConflict, .busy, .overloaded,
            .unavailable, .fault:
            nil
        }
    }
}
