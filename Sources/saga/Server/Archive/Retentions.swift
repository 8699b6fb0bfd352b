internal import SagaEngine
internal import SagaValues
internal import Workflows

/// What definitions say about how long their sagas stay: a saga goes by the version that it ran. Versions never change, so
/// each is looked at once.
struct Retentions {
    private var known: [Int32: Duration?] = [:]

    /// By the ids of the versions; those that say nothing are left out. One that this program cannot compile says nothing
    /// here: its sagas are not archived anyway, since nobody could read them.
    mutating func read(_ deployed: [WorkflowRecord]) -> [Int32: Duration] {
        for record in deployed where known[record.id] == nil {
            known.updateValue((try? Workflow.compile(record.source))?.retention, forKey: record.id)
        }
        return known.compactMapValues(\.self)
    }
}
