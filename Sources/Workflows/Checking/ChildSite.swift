internal import SagaCore

/// Where a workflow runs another, as far as the check of several workflows needs it.
struct ChildSite: Sendable {
    /// The step's name, which is unique in the whole workflow.
    let step: String
    let workflow: String
    /// Where the name of the workflow stands.
    let position: Position
    /// Where its input stands.
    let inputPosition: Position
    /// Whether the saga around it goes only forward from there on.
    let isPastUndo: Bool
    let input: Template
    /// How the plan that it stands in refers to what the child gives.
    let output: SagaCore.Reference.Root
    /// How many `each` it stands in.
    let depth: Int
    /// What nobody may see, in the terms of the plan that it stands in.
    let sensitive: [SagaCore.Reference]
}

extension PlanBuilder {
    var childSites: [ChildSite] {
        draft.steps.indices.compactMap { index in
            let step = draft.steps[index]
            guard case .run(let run) = step.kind, let workflow = run.workflow else { return nil }
            return ChildSite(
                step: step.name.value, workflow: workflow.value, position: workflow.position,
                inputPosition: run.input.position, isPastUndo: regions[index] != .before,
                input: template(run.input.value, in: step.scope),
                output: reference(step.name.value, [], in: step.scope).root,
                depth: draft.chain(of: step.scope).count - 1,
                sensitive: sensitive(in: step.scope))
        }
    }
}
