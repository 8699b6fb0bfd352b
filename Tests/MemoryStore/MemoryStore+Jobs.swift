internal import SagaCore
public import SagaEngine
public import SagaValues

extension MemoryDatabase {
    struct Job {
        let order: JobOrder
        var status: SagaJob.Status
        var counts: SagaJob.Counts
        let createdAt: Timestamp
        var updatedAt: Timestamp
        var endedAt: Timestamp?
        /// By position, from 1 on.
        var items: [JobItem]

        var job: SagaJob {
            SagaJob(
                order: order, status: status, counts: counts, createdAt: createdAt, updatedAt: updatedAt,
                endedAt: endedAt)
        }
    }
}

extension MemoryStore {
    public func affected(by filter: SagaFilter, limit: Int) async throws(StoreError) -> AffectedSagas {
        try checkConnection()
        return try database.access { (state, _) throws(StoreError) in
            let ids = state.ids(filter).prefix(limit + 1)
            var counts: [[String?]: Int] = [:]
            for id in ids {
                guard let saga = state.summary(id) else { continue }
                var filter = IncidentFilter()
                filter.saga = id
                let incidents = state.records(filter).map { record in
                    [record.opening.step, record.opening.cause.rawValue, record.opening.error?.code]
                }
                for kind in incidents.isEmpty ? [[nil, nil, nil]] : Set(incidents) {
                    let traits = [saga.origin.key.workflow, String(saga.workflowVersion), saga.row.status.rawValue]
                    counts[traits + kind, default: 0] += 1
                }
            }
            let groups = counts.map { traits, count in
                AffectedSagas.Group(
                    workflow: traits[0]!, version: Int(traits[1]!)!, status: traits[2]!, step: traits[3],
                    cause: traits[4], errorCode: traits[5], count: count)
            }
            return AffectedSagas(
                count: ids.count,
                groups: Array(groups.sorted { $0.precedes($1) }.prefix(AffectedSagas.groupCount)),
                sample: Array(ids.reversed().prefix(AffectedSagas.sampleCount)))
        }
    }

    public func create(
        _ order: JobOrder, over filter: SagaFilter, limit: Int, audit: AuditRecord
    ) async throws(StoreError) -> JobCreation {
        try checkConnection()
        return try database.access { (state, now) throws(StoreError) in
            let known = state.jobs.values.first {
                $0.order.key == order.key && $0.order.requester.tenant == order.requester.tenant
            }
            if let known { return .known(known.job) }
            let ids = state.ids(filter)
            guard ids.count <= limit else { return .tooMany }
            let items = ids.reversed().enumerated().map {
                JobItem(name: JobItemName(job: order.id, position: $0.offset + 1), saga: $0.element)
            }
            let job = MemoryDatabase.Job(
                order: order, status: items.isEmpty ? .done : .running, counts: .init(total: items.count),
                createdAt: now, updatedAt: now, endedAt: items.isEmpty ? now : nil, items: items)
            state.jobs[order.id] = job
            state.audit.append(audit)
            return .made(job.job)
        }
    }

    public func job(_ id: UUID) async throws(StoreError) -> SagaJob? {
        try checkConnection()
        return try database.access { (state, _) throws(StoreError) in state.jobs[id]?.job }
    }

    public func jobs(_ filter: JobFilter, before cursor: UUID?, limit: Int) async throws(StoreError) -> [SagaJob] {
        try checkConnection()
        return try database.access { (state, _) throws(StoreError) in
            let found = state.jobs.values.map(\.job).filter { job in
                (filter.statuses.isEmpty || filter.statuses.contains(job.status))
                    && (filter.tenant.map { job.order.tenant?.hasSameBytes(as: $0) ?? false } ?? true)
                    && (cursor.map { job.order.id < $0 } ?? true)
            }
            return Array(found.sorted { $0.order.id > $1.order.id }.prefix(limit))
        }
    }

    public func items(
        of job: UUID, status: JobItem.Status?, after position: Int, limit: Int
    ) async throws(StoreError) -> [JobItem] {
        try checkConnection()
        return try database.access { (state, _) throws(StoreError) in
            guard let job = state.jobs[job] else { return [] }
            let shown = job.items.map { item in
                guard job.status == .aborted, item.status == .pending else { return item }
                return JobItem(name: item.name, saga: item.saga, status: .skipped)
            }
            let found = shown.filter { $0.name.position > position && (status ?? $0.status) == $0.status }
            return Array(found.prefix(limit))
        }
    }

    public func steer(
        _ job: UUID, from statuses: Set<SagaJob.Status>, to status: SagaJob.Status, audit: AuditRecord
    ) async throws(StoreError) -> SagaJob? {
        try checkConnection()
        return try database.access { (state, now) throws(StoreError) in
            guard var steered = state.jobs[job], statuses.contains(steered.status) else { return nil }
            steered.status = status
            steered.updatedAt = now
            steered.endedAt = status.isFinal ? now : nil
            state.jobs[job] = steered
            state.audit.append(audit)
            return steered.job
        }
    }

    public func runningJobs(limit: Int) async throws(StoreError) -> [SagaJob] {
        try checkConnection()
        return try database.access { (state, _) throws(StoreError) in
            let running = state.jobs.values.filter { $0.status == .running }.map(\.job)
            return Array(running.sorted { $0.order.id < $1.order.id }.prefix(limit))
        }
    }

    public func pendingItems(of job: UUID, limit: Int) async throws(StoreError) -> [JobItem] {
        try checkConnection()
        return try database.access { (state, _) throws(StoreError) in
            guard let job = state.jobs[job], job.status == .running else { return [] }
            return Array(job.items.filter { $0.status == .pending }.prefix(limit))
        }
    }

    public func settle(_ outcome: JobItemOutcome, audit: AuditRecord?) async throws(StoreError) -> Bool {
        try checkConnection()
        return try database.access { (state, now) throws(StoreError) in
            guard state.isOpen(outcome.item) else { return false }
            state.settle(outcome, at: now)
            if let audit { state.audit.append(audit) }
            return true
        }
    }
}

extension MemoryDatabase.State {
    /// Whether its outcome may be written.
    func isOpen(_ item: JobItemName) -> Bool {
        guard let job = jobs[item.job], job.status == .running, job.items.indices.contains(item.position - 1) else {
            return false
        }
        return job.items[item.position - 1].status == .pending
    }

    mutating func settle(_ outcome: JobItemOutcome, at now: Timestamp) {
        guard var job = jobs[outcome.item.job] else { return }
        job.items[outcome.item.position - 1] = JobItem(
            name: outcome.item, saga: outcome.saga, status: outcome.kind.status, revision: outcome.revision,
            message: outcome.message, at: now)
        job.counts.add(outcome.kind)
        job.updatedAt = now
        if job.counts.open == 0 {
            job.status = .done
            job.endedAt = now
        }
        jobs[outcome.item.job] = job
    }
}

extension AffectedSagas.Group {
    /// The largest first; of equal ones in the order of their names, in which nothing comes last.
    fileprivate func precedes(_ other: Self) -> Bool {
        if count != other.count { return count > other.count }
        if workflow != other.workflow { return workflow < other.workflow }
        if version != other.version { return version < other.version }
        for (mine, its) in [
            (status, other.status), (step, other.step), (cause, other.cause), (errorCode, other.errorCode),
        ]
        where mine != its {
            guard let mine else { return false }
            return its.map { mine < $0 } ?? true
        }
        return false
    }
}
