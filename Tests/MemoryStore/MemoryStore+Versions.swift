internal import SagaValues
public import SagaEngine

extension MemoryStore {
    public func change(
        version: Int, of workflow: String, _ deed: VersionDeed, audit: AuditRecord
    ) async throws(StoreError) -> VersionChange {
        try checkConnection()
        return try database.access { (state, now) throws(StoreError) in
            let isDone = state.change(version: version, of: workflow, deed, at: now)
            if isDone { state.audit.append(audit) }
            return VersionChange(isDone: isDone, versions: state.workflows.filter { $0.workflow == workflow })
        }
    }
}

extension MemoryDatabase.State {
    /// How often a version was deployed, activated or retired.
    var catalogRevision: Int { workflows.count + workflows.reduce(0) { $0 + $1.changes } }

    private func lastActivation(of workflow: String) -> Timestamp? {
        workflows.filter { $0.workflow == workflow }.compactMap(\.activatedAt).max()
    }

    /// When a new version is activated by its deployment; nil if a higher one is there.
    func activation(ofNew version: Int, of workflow: String, at now: Timestamp) -> Timestamp? {
        guard !workflows.contains(where: { $0.workflow == workflow && $0.version > version }) else { return nil }
        return next(after: lastActivation(of: workflow), now)
    }

    private func next(after last: Timestamp?, _ now: Timestamp) -> Timestamp {
        last.map { max(now, $0 + .microseconds(1)) } ?? now
    }

    mutating func change(version: Int, of workflow: String, _ deed: VersionDeed, at now: Timestamp) -> Bool {
        let last = lastActivation(of: workflow)
        guard let index = workflows.firstIndex(where: { $0.workflow == workflow && $0.version == version }),
            workflows[index].activatedAt != last, deed == .activate || workflows[index].retiredAt == nil
        else { return false }
        let known = workflows[index]
        workflows[index] = WorkflowRecord(
            id: known.id, workflow: known.workflow, version: known.version, digest: known.digest, source: known.source,
            deployedAt: known.deployedAt, activatedAt: deed == .activate ? next(after: last, now) : known.activatedAt,
            retiredAt: deed == .retire ? now : nil, changes: known.changes + 1)
        return true
    }

    func checkVersions(_ batch: Batch) throws(StoreError) {
        let started = batch.versionsStarted
        guard !workflows.contains(where: { started.contains($0.id) && $0.retiredAt != nil }) else {
            throw StoreError(.versionRetired, "a version is retired with which a saga would start")
        }
    }
}
