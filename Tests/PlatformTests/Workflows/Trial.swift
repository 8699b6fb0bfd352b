import SagaCore

/// One step of a workflow that is to be tried, and how a saga has to end in which it is refused.
struct Trial: Sendable, CustomStringConvertible {
    let workflow: String
    let step: String
    let action: String
    /// The lists whose items the step is part of; nil outside.
    let list: String?
    /// In how many cases of a `switch` it lies, one within the other.
    let depth: Int
    let end: End
    let asksBeforeGivingUp: Bool

    enum End: Sendable {
        /// All of it is undone.
        case compensated
        /// A person is called, and when the cause is mended it goes on to its end.
        case incident
        /// It completes without this step.
        case passedOver
        /// The item is undone, and the rest goes on.
        case itemCompensated
    }

    var description: String { "\(workflow).\(step)" }
    var service: String { String(action.prefix { $0 != "." }) }
    /// As the table of faults has it: without the service.
    var act: String { String(action.drop { $0 != "." }.dropFirst()) }

    /// Every step of a plan that asks a service for something, those of lists too.
    static func all(of plan: Plan) -> [Trial] {
        trials(of: plan, workflow: plan.workflow, list: nil) { step in end(of: step, in: plan) }
            + plan.steps.indices.flatMap { index -> [Trial] in
                guard case .each(let each) = plan.steps[index].kind else { return [] }
                return trials(of: each.body, workflow: plan.workflow, list: plan.steps[index].name) { step in
                    switch (end(of: step, in: each.body), each.onFailure) {
                    case (.compensated, .undoItem): .itemCompensated
                    case (.compensated, .undoAll): end(of: index, in: plan)
                    case (let end, _): end
                    }
                }
            }
    }

    private static func trials(of plan: Plan, workflow: String, list: String?, _ end: (Int) -> End) -> [Trial] {
        plan.steps.indices.compactMap { index in
            let step = plan.steps[index]
            guard case .action(let action) = step.kind else { return nil }
            return Trial(
                workflow: workflow, step: step.name, action: action.name, list: list,
                depth: depth(of: index, in: plan.root) ?? 0, end: end(index),
                asksBeforeGivingUp: step.onUnknown == .probe)
        }
    }

    /// A refused pivot has not happened, so what was done before it is undone.
    private static func end(of step: Int, in plan: Plan) -> End {
        if plan.steps[step].optional { return .passedOver }
        return plan.steps[..<step].contains(where: \.pivot) ? .incident : .compensated
    }

    private static func depth(of step: Int, in node: PlanNode) -> Int? {
        switch node {
        case .step(let index): index == step ? 0 : nil
        case .sequence(let nodes), .parallel(_, let nodes): nodes.lazy.compactMap { depth(of: step, in: $0) }.first
        case .choice(_, let cases): cases.lazy.compactMap { depth(of: step, in: $0) }.first.map { $0 + 1 }
        }
    }
}
