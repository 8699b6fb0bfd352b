internal import SagaCore
internal import SagaValues

extension Work {
    /// Adds what this round did to the saga to the batch that is written.
    func write(to batch: inout Batch) {
        batch.timersRemoved.append(contentsOf: timersRemoved)
        guard mustBeWritten else { return }
        if let expectedRevision {
            batch.updates.append(
                SagaUpdate(
                    id: saga.id, expectedRevision: expectedRevision, row: loaded.row(), takesLocks: takesLocks,
                    releasesLocks: saga.status.isTerminal && loaded.mayHoldLocks, sends: !outgoing.isEmpty,
                    movedTo: movedTo))
        } else {
            batch.starts.append(NewSaga(id: saga.id, origin: loaded.origin, locks: locks, row: loaded.row()))
        }
        batch.history.append(contentsOf: history)
        batch.incidentsOpened.append(contentsOf: opened)
        batch.incidentsResolved.append(contentsOf: resolved)
        batch.waitsEnded.append(contentsOf: waitsEnded)
        if expectedRevision == nil { batch.startAudit += audit } else { batch.audit += audit }
        for (item, message) in jobItems {
            batch.jobItems.append(
                JobItemOutcome(item: item, saga: saga.id, kind: .done, revision: saga.revision, message: message))
        }
        if let timerAdded { batch.timersAdded.append(timerAdded) }
    }
}
