internal import SagaCore
internal import SagaValues

/// Checks a definition that could be read, and makes its plan.
///
/// The order: what names stand for, then the rules of a saga, then its times. Where a part was reported
/// before, nothing more is said about it.
struct DefinitionChecker {
    let draft: DraftWorkflow
    var findings: FindingList
    /// By step.
    var regions: [Region] = []

    /// Where a step stands in relation to the point of no return.
    enum Region {
        /// It is undone when the saga fails.
        case before
        case pivot
        /// It is retried until it succeeds.
        case after
    }

    init(_ draft: DraftWorkflow, _ findings: FindingList) {
        self.draft = draft
        self.findings = findings
    }

    mutating func report(_ code: Finding.Code, _ position: Position, _ message: String, help: String) {
        findings.add(code, at: position, message, help: help)
    }

    /// Nil when there is an error.
    mutating func plan() -> Plan? {
        regions = findRegions()
        checkReferences()
        checkRules()
        let policies = draft.steps.indices.map { retryPolicies(of: $0) }
        checkTimes(policies.map(\.forward))
        guard !findings.hasErrors, let name = draft.name, let version = draft.version else { return nil }
        return Plan(
            workflow: name, version: version, title: draft.title, deadline: draft.deadline?.value,
            locks: draft.locks.map { template($0.value) }, onBusy: draft.onBusy?.value ?? .reject,
            root: .sequence(draft.root.map(node)),
            steps: draft.steps.indices.map { step($0, policies[$0]) },
            output: draft.output.map(template))
    }

    // MARK: Building

    private func node(_ draft: DraftNode) -> PlanNode {
        switch draft {
        case .step(let index): .step(index)
        case .sequence(let nodes): .sequence(nodes.map(node))
        case .parallel(let name, let branches): .parallel(name: name, branches: branches.map(node))
        }
    }

    private func step(_ index: Int, _ policies: (forward: RetryPolicy, undo: RetryPolicy)) -> Step {
        let step = draft.steps[index]
        return Step(
            name: step.name.value, action: step.action?.value ?? "", undo: step.undo?.value,
            input: template(step.input), readonly: step.isReadonly, pivot: step.isPivot, optional: step.isOptional,
            retry: policies.forward, undoRetry: policies.undo,
            onUnknown: step.onUnknown?.value ?? defaultOnUnknown(index),
            onUndoFailure: step.onUndoFailure?.value ?? .stop)
    }

    /// Nobody guesses at or behind the point of no return. What is optional is given up there as elsewhere,
    /// and with what reads only there is nothing to undo.
    private func defaultOnUnknown(_ index: Int) -> Step.OnUnknown {
        if draft.steps[index].isOptional { return .undo }
        return regions[index] == .before ? .undo : .incident
    }

    private func template(_ draft: DraftTemplate) -> Template {
        switch draft {
        case .literal(let json): .literal(json)
        case .reference(let reference): .reference(self.reference(reference))
        case .text(let parts):
            .text(
                parts.map { part in
                    switch part {
                    case .literal(let text): .literal(text)
                    case .reference(let reference): .reference(self.reference(reference))
                    }
                })
        case .array(let items): .array(items.map(template))
        case .object(let members): .object(members.map { TemplateMember($0.name, template($0.value)) })
        }
    }

    private func reference(_ draft: DraftReference) -> Reference {
        if draft.root == "input" { return Reference(.input, draft.path) }
        guard case .step(let index) = self.draft.names[draft.root] else {
            preconditionFailure("a reference that was checked stands for nothing")
        }
        return Reference(.step(index), draft.path)
    }
}
