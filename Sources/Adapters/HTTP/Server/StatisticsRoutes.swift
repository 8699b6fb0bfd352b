internal import Hummingbird
internal import SagaAPI
internal import SagaCore
internal import SagaEngine
internal import SagaValues
internal import Workflows

/// What became of a workflow's sagas, and how long they took.
struct StatisticsRoutes {
    let engine: Engine
    let store: any SagaStore

    func add(to group: Routes) {
        group.get("workflows/:name/statistics", .seeStatistics, .getStatistics) { request, call in
            let names = StatisticsWindow.allCases.map(\.rawValue).joined(separator: ", ")
            let window = try request.query("window", "one of \(names)") { StatisticsWindow(rawValue: $0) } ?? .day
            let workflow = try call.parameter("name")
            guard engine.workflow(named: workflow, version: nil) != nil else {
                throw Problem(EngineError.unknownWorkflow(workflow, version: nil))
            }
            let found = try await store.statistics(of: workflow, over: window)
            return Answer(view(found, of: workflow, window))
        }
    }

    private func view(
        _ statistics: WorkflowStatistics, of workflow: String, _ window: StatisticsWindow
    ) -> StatisticsView {
        func total(_ member: KeyPath<WorkflowStatistics.Slot, Int>) -> Int {
            statistics.slots.reduce(0) { $0 + $1[keyPath: member] }
        }
        func milliseconds(_ percent: Int) -> Int? {
            statistics.durations.percentile(percent).map { Int($0.wholeMicroseconds / 1_000) }
        }
        var durations: DurationsView?
        if let p50 = milliseconds(50), let p95 = milliseconds(95), let p99 = milliseconds(99) {
            durations = DurationsView(p50: p50, p95: p95, p99: p99)
        }
        return StatisticsView(
            workflow: workflow, window: window.rawValue, from: statistics.from, to: statistics.to,
            started: total(\.started), completed: total(\.completed), compensated: total(\.compensated),
            abandoned: total(\.abandoned), durations: durations, failures: failures(statistics.failures),
            slots: statistics.slots.map {
                StatisticsSlotView(
                    at: $0.at, started: $0.started, completed: $0.completed, compensated: $0.compensated,
                    abandoned: $0.abandoned)
            })
    }

    /// By the names of the steps, which versions may share.
    private func failures(_ counts: [WorkflowStatistics.FailureCount]) -> [FailureCountView] {
        var views: [FailureCountView] = []
        for failure in counts {
            let steps = engine.workflow(id: failure.workflowID)?.workflow.plan.steps
            let name = failure.step.flatMap { index in
                steps.flatMap { $0.indices.contains(index) ? $0[index].name : nil }
            }
            let same = views.firstIndex {
                $0.step == name && $0.kind == failure.kind.rawValue && $0.code == failure.code
            }
            if let same {
                views[same].count += failure.count
            } else {
                views.append(
                    FailureCountView(
                        step: name, kind: failure.kind.rawValue, code: failure.code, count: failure.count))
            }
        }
        return views.sorted { $0.count > $1.count }
    }
}
