internal import SagaCore
internal import SagaValues
internal import Workflows

/// A saga in the hands of the engine: its state, and what its commands are made from.
struct LoadedSaga: Sendable {
    let origin: SagaOrigin
    let workflow: DeployedWorkflow
    var saga: Saga
    /// The input and the outputs by the revision of the history row that holds them.
    private(set) var payloads: [Int: [UInt8]]
    /// What the payloads have together; counted as they come, since it is asked for at each turn of the cache.
    private(set) var payloadBytes: Int
    /// The earliest timer that is stored for it.
    var timerAt: Timestamp?
    var updatedAt: Timestamp
    /// Who answers for commands in flight that may not have got out; see ``StoredSaga/owedBy``.
    var owedBy: NodeID?

    var plan: Plan { workflow.plan }

    /// Keeps an input or an output under the revision of its history row.
    mutating func keep(_ payload: [UInt8], at revision: Int) {
        let former = payloads.updateValue(payload, forKey: revision)
        payloadBytes += payload.count - (former?.count ?? 0)
    }

    /// The stored row, as it is to be written.
    func row() -> SagaRow {
        SagaRow(
            status: saga.status, revision: saga.revision, state: saga.encodedState(), timerAt: timerAt,
            hasOpenIncident: saga.hasOpenIncident, updatedAt: updatedAt,
            endedAt: saga.status.isTerminal ? updatedAt : nil)
    }

    /// The saga that a row holds; nil if it cannot be understood.
    init?(_ stored: StoredSaga, workflow: DeployedWorkflow) {
        guard
            let saga = Saga(
                id: stored.id, status: stored.row.status, revision: stored.row.revision,
                startedAt: stored.origin.startedAt, encodedState: stored.row.state, plan: workflow.plan)
        else { return nil }
        self.init(
            origin: stored.origin, workflow: workflow, saga: saga, payloads: stored.payloads,
            timerAt: stored.row.timerAt, updatedAt: stored.row.updatedAt, owedBy: stored.owedBy)
    }

    init(
        origin: SagaOrigin, workflow: DeployedWorkflow, saga: Saga, payloads: [Int: [UInt8]], timerAt: Timestamp?,
        updatedAt: Timestamp, owedBy: NodeID? = nil
    ) {
        self.origin = origin
        self.workflow = workflow
        self.saga = saga
        self.payloads = payloads
        self.payloadBytes = payloads.values.reduce(0) { $0 + $1.count }
        self.timerAt = timerAt
        self.updatedAt = updatedAt
        self.owedBy = owedBy
    }
}
