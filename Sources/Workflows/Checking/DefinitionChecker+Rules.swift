internal import SagaCore

extension DefinitionChecker {
    /// Where each step stands. What looks for the pivot finds it among the steps of the outermost
    /// sequence; one in a branch is an error, and what comes behind that `parallel` counts as after it.
    func findRegions() -> [Region] {
        var regions = Array(repeating: Region.before, count: draft.steps.count)
        var isPast = false
        for node in draft.root {
            let steps = node.steps
            for index in steps { regions[index] = isPast ? .after : .before }
            guard !isPast, steps.contains(where: { draft.steps[$0].isPivot }) else { continue }
            if case .step(let index) = node { regions[index] = .pivot }
            isPast = true
        }
        return regions
    }

    mutating func checkRules() {
        checkPivots()
        for (index, step) in draft.steps.enumerated() {
            checkContradictions(step)
            guard step.action != nil, step.unread.isEmpty else { continue }
            checkUndo(step, regions[index])
            checkGivingUp(step, regions[index])
            checkUnused(step, regions[index])
        }
        if let onBusy = draft.onBusy, draft.locks.isEmpty {
            report(
                .neverUsed, onBusy.position, "'onBusy' does nothing without 'locks'",
                help: "add 'locks', or leave 'onBusy' out")
        }
    }

    private mutating func checkPivots() {
        var first: String?
        for node in draft.root {
            for index in node.steps where draft.steps[index].isPivot {
                let step = draft.steps[index]
                guard let position = step.pivot?.position else { continue }
                if case .step = node {
                    if let first {
                        report(
                            .secondPivot, position, "'\(step.name.value)' is a second pivot, after '\(first)'",
                            help:
                                "keep the one behind which there is no way back; what follows is tried until it is done"
                        )
                    } else {
                        first = step.name.value
                    }
                } else {
                    report(
                        .pivotInParallel, position, "the pivot '\(step.name.value)' stands in a branch of a 'parallel'",
                        help: "put it behind the 'parallel': while it is done another branch could fail, "
                            + "with no way forward and no way back")
                }
            }
        }
    }

    private mutating func checkContradictions(_ step: DraftStep) {
        let name = step.name.value
        if step.isReadonly {
            if let undo = step.undo {
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

    private mutating func checkUndo(_ step: DraftStep, _ region: Region) {
        let name = step.name.value
        guard let action = step.action else { return }
        if let undo = step.undo {
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
    private mutating func checkUnused(_ step: DraftStep, _ region: Region) {
        let name = step.name.value
        if let undo = step.undo, region != .before, !step.isReadonly {
            report(
                .neverUsed, undo.position, "the 'undo' of '\(name)' is never used: nothing is undone from the pivot on",
                help: "leave it out")
        } else if step.undo == nil, let position = step.undoRetry.position {
            report(
                .neverUsed, position, "'undoRetry' does nothing: '\(name)' has no 'undo'",
                help: "add 'undo', or leave 'undoRetry' out")
        } else if step.undo == nil, let onUndoFailure = step.onUndoFailure {
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
}

extension DraftNode {
    /// The steps in it, in the order of the text.
    var steps: [Int] {
        switch self {
        case .step(let index): [index]
        case .sequence(let nodes), .parallel(_, let nodes): nodes.flatMap(\.steps)
        }
    }
}
