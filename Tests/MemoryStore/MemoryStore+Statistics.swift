internal import SagaCore
public import SagaEngine
internal import SagaValues

extension MemoryStore {
    public func statistics(
        of workflow: String, over window: StatisticsWindow
    ) async throws(StoreError) -> WorkflowStatistics {
        try checkConnection()
        return try database.access { (state, now) throws(StoreError) in
            var statistics = WorkflowStatistics(
                from: window.begin(of: now), to: now, slots: [], durations: DurationHistogram(), failures: [])
            var slots: [Timestamp: WorkflowStatistics.Slot] = [:]
            var failures: [WorkflowStatistics.FailureCount: Int] = [:]
            func count(_ time: Timestamp, _ member: WritableKeyPath<WorkflowStatistics.Slot, Int>) {
                let at = StatisticsWindow.floor(time, to: window.slot)
                slots[
                    at,
                    default: WorkflowStatistics.Slot(at: at, started: 0, completed: 0, compensated: 0, abandoned: 0)
                ][keyPath: member] += 1
            }
            for (id, saga) in state.sagas
            where saga.origin.key.workflow == workflow && saga.origin.parent?.body == nil {
                if let time = id.timestamp, time >= statistics.from { count(time, \.started) }
                guard let end = saga.row.endedAt, statistics.from..<now ~= end else { continue }
                switch saga.row.status {
                case .completed: count(end, \.completed)
                case .compensated: count(end, \.compensated)
                default: count(end, \.abandoned)
                }
                statistics.durations.add(end - saga.origin.startedAt)
                guard saga.row.status != .completed, let failure = saga.failure else { continue }
                failures[failure, default: 0] += 1
            }
            statistics.slots = slots.values.sorted { $0.at < $1.at }
            statistics.failures = failures.map { failure, count in
                var failure = failure
                failure.count = count
                return failure
            }.sorted { ($1.count, $0.order) < ($0.count, $1.order) }
            return statistics
        }
    }

    public func rollUpStatistics() async throws(StoreError) -> Bool {
        try checkConnection()
        // Nothing to do: everything is looked at each time. True now and then, as a store says that has much to count.
        return try database.access { (state, _) throws(StoreError) in
            state.rollUps += 1
            return state.rollUps % 3 == 1
        }
    }
}

extension MemoryDatabase.Record {
    /// Why it failed, as its state has it.
    fileprivate var failure: WorkflowStatistics.FailureCount? {
        guard let stored = (try? JSON(parsing: row.state))?["f"],
            let kind = stored["kind"]?.stringValue.flatMap(Failure.Kind.init)
        else { return nil }
        return WorkflowStatistics.FailureCount(
            workflowID: origin.workflowID, step: stored["step"]?.int64Value.map { Int($0) }, kind: kind,
            code: stored["error"]?["code"]?.stringValue, count: 0)
    }
}

extension WorkflowStatistics.FailureCount {
    fileprivate var order: String { "\(workflowID) \(step.map { $0 + 1 } ?? 0) \(kind.rawValue) \(code ?? "")" }
}
