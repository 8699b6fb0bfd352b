internal import SagaCore

extension DefinitionChecker {
    mutating func checkRules() {
        checkPivots()
        for (index, step) in draft.steps.enumerated() {
            checkContradictions(step)
            guard step.unread.isEmpty else { continue }
            switch step.kind {
            case .action(let action):
                guard action.name != nil else { continue }
                checkUndo(step, action, regions[index])
                checkGivingUp(step, regions[index])
                checkUnused(step, action, regions[index])
            case .run: checkUnusedOfChildren(step, regions[index])
            case .each(let each):
                checkUnusedOfChildren(step, regions[index])
                checkChildPivot(index, each)
            case .listen, .approval: checkRefusal(step, regions[index])
            case .emit: checkAnnouncement(index)
            case .choice, .pause: break
            }
        }
        if let onBusy = draft.onBusy, draft.locks.isEmpty {
            report(
                .neverUsed, onBusy.position, "'onBusy' does nothing without 'locks'",
                help: "add 'locks', or leave 'onBusy' out")
        }
    }

    private mutating func checkContradictions(_ step: DraftStep) {
        let name = step.name.value
        if step.isReadonly {
            if let undo = step.action?.undo {
                report(
                    .contradiction, undo.position, "'\(name)' only reads, so there is nothing to undo",
                    help: "take 'readonly' away if it has an effect, or else 'undo'")
            }
            if step.isPivot, let pivot = step.pivot {
                report(
                    .contradiction, pivot.position, "'\(name)' only reads, so it cannot be the point of no return",
                    help: "make the step the pivot whose effect cannot be undone")
            }
            if let onUnknown = step.onUnknown, onUnknown.value == .probe {
                report(
                    .contradiction, onUnknown.position, "'\(name)' only reads, so there is nothing to probe for",
                    help: "leave 'onUnknown' out: reading is tried again, and then the step has failed")
            }
        }
        checkReadonlyItems(step)
        guard step.isOptional, let optional = step.optional else { return }
        if step.isPivot {
            report(
                .contradiction, optional.position, "'\(name)' is the pivot, so it cannot be optional",
                help: "the saga goes forward because the pivot is done; take 'optional' or 'pivot' away")
        }
        if let attempts = step.retry.attempts, attempts.value == .unlimited {
            report(
                .contradiction, attempts.position, "'\(name)' is optional but never gives up",
                help: "set a number of attempts, or take 'optional' away")
        }
    }

    /// What changes nothing for any item changes nothing.
    private mutating func checkReadonlyItems(_ step: DraftStep) {
        guard step.isReadonly, let readonly = step.readonly, let each = step.each else { return }
        for inner in draft.scopes[each.scope].steps.map({ draft.steps[$0] }) {
            let changes: Bool =
                switch inner.kind {
                case .action: !inner.isReadonly && !inner.unread.contains("readonly")
                case .run, .each: !inner.isReadonly
                case .emit, .choice, .pause, .listen, .approval: false
                }
            guard changes else { continue }
            report(
                .contradiction, readonly.position,
                "'\(step.name.value)' only reads, but '\(inner.name.value)' in it has an effect",
                help: "take 'readonly' away, or make its steps 'readonly' too")
            return
        }
    }

    private mutating func checkUndo(_ step: DraftStep, _ draft: DraftAction, _ region: Region) {
        let name = step.name.value
        guard let action = draft.name else { return }
        if let undo = draft.undo {
            if undo.value == action.value {
                report(
                    .contradiction, undo.position, "'\(name)' would be undone by the action that does it",
                    help: "name the action that reverses it; a participant tells the two apart by their names")
            }
            let owner = Step.participant(of: action.value)
            let other = Step.participant(of: undo.value)
            if owner != other {
                report(
                    .undoElsewhere, undo.position, "'\(name)' is done by '\(owner)' but undone by '\(other)'",
                    help: "let '\(owner)' undo it: only its database knows whether it was done, "
                        + "and can refuse a command that comes late")
            }
        } else if region == .before, !step.isReadonly, !step.isPivot {
            report(
                .noUndo, step.name.position,
                "'\(name)' has an effect, no 'undo', and stands before the point of no return",
                help: "add 'undo:' with the action that reverses it; or 'readonly: true' if it changes nothing; "
                    + "or put it behind the pivot; or make it the pivot")
        }
    }

    private mutating func checkGivingUp(_ step: DraftStep, _ region: Region) {
        let name = step.name.value
        if region != .before || step.isPivot, let onUnknown = step.onUnknown, onUnknown.value == .undo {
            let what = step.isPivot ? "the pivot" : "behind the pivot"
            report(
                .guessAtPivot, onUnknown.position, "'\(name)' is \(what), where a lost answer must not lead to an undo",
                help: step.isPivot ? "write 'probe' or 'incident'" : "leave 'onUnknown' out")
        }
        if region == .after, !step.isOptional, !step.isPivot, let attempts = step.retry.attempts,
            attempts.value != .unlimited
        {
            report(
                .givesUpAfterPivot, attempts.position,
                "'\(name)' may give up, but behind the pivot the saga can only go forward",
                help: "leave 'attempts' out (it is tried until it is done), or add 'optional: true'")
        }
    }

    /// At most one finding a step: the first says what to change.
    private mutating func checkUnused(_ step: DraftStep, _ action: DraftAction, _ region: Region) {
        let name = step.name.value
        if let undo = action.undo, region != .before, !step.isReadonly {
            report(
                .neverUsed, undo.position, "the 'undo' of '\(name)' is never used: nothing is undone from the pivot on",
                help: "leave it out")
        } else if action.undo == nil, let position = step.undoRetry.position {
            report(
                .neverUsed, position, "'undoRetry' does nothing: '\(name)' has no 'undo'",
                help: "add 'undo', or leave 'undoRetry' out")
        } else if action.undo == nil, let onUndoFailure = step.onUndoFailure {
            report(
                .neverUsed, onUndoFailure.position, "'onUndoFailure' does nothing: '\(name)' has no 'undo'",
                help: "add 'undo', or leave 'onUndoFailure' out")
        } else if let onUnknown = step.onUnknown, onUnknown.value != .undo, region == .after, !step.isOptional,
            !step.isPivot, step.retry.attempts == nil
        {
            report(
                .neverUsed, onUnknown.position, "'onUnknown' does nothing: '\(name)' is tried until it is done",
                help: "leave it out")
        }
    }

    private mutating func checkUnusedOfChildren(_ step: DraftStep, _ region: Region) {
        guard let onUndoFailure = step.onUndoFailure, step.isReadonly || region != .before else { return }
        report(
            .neverUsed, onUndoFailure.position, "'onUndoFailure' does nothing: '\(step.name.value)' is never undone",
            help: "leave it out")
    }

    /// Before the pivot a no, or no answer, undoes the saga. Behind it there is nothing left but to ask a person.
    private mutating func checkRefusal(_ step: DraftStep, _ region: Region) {
        guard region == .after, !step.isOptional else { return }
        let name = step.name.value
        let stuck = "the saga could not go back and would wait for a person"
        if case .approval = step.kind {
            report(
                .refusalBehindPivot, step.name.position, "a no to '\(name)' comes behind the pivot: \(stuck)",
                help: "put the approval before the pivot")
        } else if let timeout = step.timeout {
            report(
                .refusalBehindPivot, timeout.position, "when the time of '\(name)' is up, \(stuck)",
                help: "leave 'timeout' out to wait without end, add 'optional: true' to go on without, "
                    + "or put it before the pivot")
        } else if case .listen(let alternatives) = step.kind,
            let rejection = alternatives.compactMap(\.rejection).first
        {
            report(
                .refusalBehindPivot, rejection.position, "when '\(rejection.value)' comes of '\(name)', \(stuck)",
                help: "leave 'reject' out and look at the event in a 'switch', or put the step before the pivot")
        }
    }
}
