internal import SagaCore
internal import SagaValues
internal import Workflows

/// A saga in the hands of the engine.
struct LoadedSaga: Sendable {
    private(set) var origin: SagaOrigin
    private(set) var workflow: DeployedWorkflow
    /// Its state, and what its commands are made from.
    var process: SagaProcess
    /// The earliest timer that is stored for it.
    var timerAt: Timestamp?
    /// Who answers for commands in flight that may not have got out; see ``StoredSaga/owedBy``.
    var owedBy: NodeID?

    var saga: Saga { process.saga }
    var plan: Plan { process.plan }
    /// One that has moved may hold locks of a version that it has left.
    var mayHoldLocks: Bool { !plan.locks.isEmpty || !saga.left.isEmpty }
    var updatedAt: Timestamp { process.updatedAt }

    init(
        origin: SagaOrigin, workflow: DeployedWorkflow, process: SagaProcess, timerAt: Timestamp? = nil,
        owedBy: NodeID? = nil
    ) {
        self.origin = origin
        self.workflow = workflow
        self.process = process
        self.timerAt = timerAt
        self.owedBy = owedBy
    }

    /// The saga that a row holds; nil if it cannot be understood.
    init?(_ stored: StoredSaga, workflow: DeployedWorkflow) {
        guard let plan = workflow.plan(of: stored.origin),
            let saga = Saga(
                id: stored.id, status: stored.row.status, revision: stored.row.revision,
                startedAt: stored.origin.startedAt, encodedState: stored.row.state, plan: plan)
        else { return nil }
        self.init(
            origin: stored.origin, workflow: workflow,
            process: SagaProcess(
                saga: saga, data: SagaData(payloads: stored.payloads, isPartial: true), plan: plan,
                updatedAt: stored.row.updatedAt),
            timerAt: stored.row.timerAt, owedBy: stored.owedBy)
    }

    /// Has it go on by another version.
    mutating func move(
        _ move: VersionMove, to target: DeployedWorkflow, _ plan: Plan, _ payload: [UInt8], at now: Timestamp
    ) -> SagaProcess.Progress {
        let progress = process.take(move, to: plan, payload, at: now)
        if !progress.taken.isEmpty {
            workflow = target
            origin.workflowID = target.id
        }
        return progress
    }

    /// The stored row, as it is to be written.
    func row() -> SagaRow {
        SagaRow(
            status: saga.status, revision: saga.revision, state: saga.encodedState(), timerAt: timerAt,
            hasOpenIncident: saga.hasOpenIncident, updatedAt: updatedAt,
            endedAt: saga.status.isTerminal ? updatedAt : nil)
    }
}
