internal import SagaCore

/// The point of no return: where it may stand, and what stands before it.
extension DefinitionChecker {
    /// Where each step stands. What looks for the pivot finds it among the steps of the outermost list, of the workflow
    /// or of a body; one that stands deeper is an error, and what comes behind it counts as after it.
    func findRegions() -> [Region] {
        var regions = Array(repeating: Region.before, count: draft.steps.count)
        for scope in draft.scopes {
            var isPast = false
            for node in scope.root {
                let steps = node.steps
                for index in steps { regions[index] = isPast ? .after : .before }
                guard !isPast, steps.contains(where: { draft.steps[$0].isPivot }) else { continue }
                if case .step(let index) = node { regions[index] = .pivot }
                isPast = true
            }
        }
        return regions
    }

    /// Whether one of the outermost steps of a list is its pivot.
    func hasPivot(_ scope: Int) -> Bool {
        draft.scopes[scope].steps.contains { regions[$0] == .pivot }
    }

    mutating func checkPivots() {
        for scope in draft.scopes {
            var first: String?
            for node in scope.root {
                for index in node.steps where draft.steps[index].isPivot {
                    guard let position = draft.steps[index].pivot?.position else { continue }
                    checkPivot(index, node, at: position, &first)
                }
            }
        }
    }

    private mutating func checkPivot(_ index: Int, _ node: DraftNode, at position: Position, _ first: inout String?) {
        let step = draft.steps[index]
        let name = step.name.value
        checkPivotEvents(step, at: position)
        switch node {
        case .step where step.condition != nil:
            report(
                .pivotUnderCondition, position, "the pivot '\(name)' is only done under a condition",
                help: "let it be done always, or put the condition into its 'with': without the pivot "
                    + "nobody could say when the saga may no longer be undone")
        case .step:
            if let first {
                report(
                    .secondPivot, position, "'\(name)' is a second pivot, after '\(first)'",
                    help: "keep the one behind which there is no way back; what follows is tried until it is done")
            } else {
                first = name
            }
        case .choice(let choice, _):
            report(
                .pivotUnderCondition, position,
                "the pivot '\(name)' is only done if '\(draft.steps[choice].name.value)' chooses so",
                help: "put it behind, where it is always done: without the pivot nobody could say "
                    + "when the saga may no longer be undone")
        case .parallel, .sequence:
            report(
                .pivotInParallel, position, "the pivot '\(name)' stands in a branch of a 'parallel'",
                help: "put it behind the 'parallel': while it is done another branch could fail, "
                    + "with no way forward and no way back")
        }
    }

    /// A `listen` is passed by an event that is no refusal; without one nobody would ever get behind it.
    private mutating func checkPivotEvents(_ step: DraftStep, at position: Position) {
        guard case .listen(let alternatives) = step.kind, !alternatives.isEmpty,
            alternatives.allSatisfy({ $0.rejection != nil })
        else { return }
        report(
            .contradiction, position, "every event of '\(step.name.value)' is a refusal, so the pivot is never passed",
            help: "add the event that tells that there is no way back, without 'reject'")
    }

    // MARK: Children

    /// A child with a point of no return of its own cannot be undone any more, so its parent must not need to.
    mutating func checkChildPivot(_ index: Int, _ each: DraftEach) {
        let step = draft.steps[index]
        let name = step.name.value
        guard hasPivot(each.scope) else { return }
        switch regions[index] {
        case .before:
            report(
                .childPivotTooEarly, step.name.position,
                "an item of '\(name)' passes a point of no return, but the saga around it may still be undone",
                help: "make '\(name)' the pivot, put it behind the pivot, or take the pivot out of its steps")
        case .pivot where each.onFailure?.value != .undoItem:
            report(
                .itemsPastUndo, each.onFailure?.position ?? step.name.position,
                "'\(name)' would undo all items if one fails, but some may be past their point of no return",
                help: "write 'onFailure: undo-item', or take the pivot out of its steps")
        case .pivot, .after: break
        }
    }

    // MARK: Announcements

    /// An event before the pivot tells of what may be undone a moment later.
    mutating func checkAnnouncement(_ index: Int) {
        let step = draft.steps[index]
        guard case .emit = step.kind, regions[index] == .before else { return }
        let others = draft.scopes[step.scope].steps.filter { $0 != index && regions[$0] != .after }
        guard others.contains(where: { canBeUndone($0) && ($0 < index || isBeside($0, index)) }),
            mayBeUndoneLater(index)
        else { return }
        report(
            .announcedTooEarly, step.name.position, "'\(step.name.value)' tells of what may be undone afterwards",
            help: "put it behind the pivot, or at the end, or let the undo tell of itself")
    }

    private func mayBeUndoneLater(_ index: Int) -> Bool {
        let scope = draft.steps[index].scope
        let others = draft.scopes[scope].steps.filter { $0 != index && regions[$0] != .after }
        if others.contains(where: { canFail($0) && ($0 > index || isBeside($0, index)) }) { return true }
        guard let owner = draft.scopes[scope].owner, !hasPivot(scope), regions[owner] != .after else { return false }
        return draft.steps[owner].each?.onFailure?.value != .undoItem || mayBeUndoneLater(owner)
    }

    private func isBeside(_ one: Int, _ other: Int) -> Bool {
        guard let meet = zip(places[one], places[other]).first(where: { $0 != $1 }), meet.0.group == meet.1.group
        else { return false }
        if case .parallel = meet.0.group { return true }
        return false
    }

    private func canBeUndone(_ index: Int) -> Bool {
        let step = draft.steps[index]
        switch step.kind {
        case .action(let action): return action.undo != nil
        case .run, .each: return !step.isReadonly
        case .emit, .choice, .pause, .listen, .approval: return false
        }
    }

    private func canFail(_ index: Int) -> Bool {
        let step = draft.steps[index]
        switch step.kind {
        case .action, .listen, .approval, .run, .each: return !step.isOptional
        case .emit, .choice, .pause: return false
        }
    }
}
