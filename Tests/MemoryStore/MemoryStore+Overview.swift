public import SagaEngine
internal import SagaCore
internal import SagaValues

extension MemoryStore {
    public func overview(tenant: String?, oldest: Int) async throws(StoreError) -> Overview {
        try checkConnection()
        return try database.access { (state, now) throws(StoreError) in
            let counted = state.sagas.filter { _, saga in
                saga.origin.parent == nil && (tenant?.hasSameBytes(as: saga.origin.key.tenant) ?? true)
            }
            var workflows: [Workload] = []
            for saga in counted.values {
                let (name, row) = (saga.origin.key.workflow, saga.row)
                if !row.status.isTerminal { workflows[of: name].open[row.status, default: 0] += 1 }
                if row.hasOpenIncident { workflows[of: name].withIncident += 1 }
                if saga.origin.startedAt >= now - Overview.span { workflows[of: name].started += 1 }
                if let end = row.endedAt, end >= now - Overview.span {
                    workflows[of: name].ended[row.status, default: 0] += 1
                }
            }
            let open = counted.filter { !$0.value.row.status.isTerminal }.keys.sorted().prefix(oldest)
            return Overview(
                at: now, workflows: workflows.sorted { $0.workflow < $1.workflow },
                oldest: open.compactMap { state.summary($0) })
        }
    }
}
