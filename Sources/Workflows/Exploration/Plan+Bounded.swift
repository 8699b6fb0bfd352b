import SagaCore
import SagaValues

extension Plan {
    /// The same plan with at most so many attempts of each do and undo; what has no end keeps it.
    ///
    /// Two show all there is to see: an attempt that is followed by another, and the last one.
    func bounded(attempts: Int) -> Plan {
        Plan(
            workflow: workflow, version: version, title: title, deadline: deadline, locks: locks, onBusy: onBusy,
            root: root, steps: steps.map { $0.bounded(attempts: attempts) }, output: output)
    }
}

extension Step {
    fileprivate func bounded(attempts: Int) -> Step {
        Step(
            name: name, kind: kind, condition: condition, readonly: readonly, pivot: pivot, optional: optional,
            skippable: skippable, retry: retry.bounded(attempts), undoRetry: undoRetry.bounded(attempts),
            onUnknown: onUnknown, onUndoFailure: onUndoFailure)
    }
}

extension RetryPolicy {
    fileprivate func bounded(_ limit: Int) -> RetryPolicy {
        RetryPolicy(
            attempts: attempts.map { min($0, limit) }, initial: initial, factorPermille: factorPermille, max: self.max,
            jitter: jitter, timeout: timeout)
    }
}
