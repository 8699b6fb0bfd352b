internal import SagaCore
internal import SagaValues

/// Whether two steps of one name do the same.
struct KindComparison {
    /// What the second does instead, as the end of a sentence that begins with its version.
    let differences: [String]

    /// - Parameter isSettled: nothing more is begun in it, so what would be begun may differ.
    init(_ step: Step, _ plan: Plan, _ other: Step, _ otherPlan: Plan, isSettled: Bool) {
        var found: [String] = []
        switch (step.kind, other.kind) {
        case (.action(let own), .action(let others)):
            if own.name != others.name { found.append("does \(others.name) instead") }
        case (.emit(let own), .emit(let others)):
            if own.event != others.event { found.append("emits \(others.event) instead") }
        case (.choice(let own), .choice(let others)):
            if own.map(\.?.text) != others.map(\.?.text) { found.append("chooses by other conditions") }
        case (.pause, .pause): break
        case (.listen(let own), .listen(let others)):
            if !isSettled, own.alternatives.map(\.text) != others.alternatives.map(\.text) {
                found.append("waits for something else")
            }
        case (.approval(let own), .approval(let others)):
            if !isSettled, own.role != others.role { found.append("asks \(others.role) instead") }
        case (.run(let own), .run(let others)):
            if own.workflow != others.workflow { found.append("runs \(others.workflow) instead") }
        case (.each(let own), .each(let others)):
            if own.items.text != others.items.text || own.variable != others.variable {
                found.append("goes through another list")
            }
            if own.onFailure != others.onFailure { found.append("treats items that fail otherwise") }
            if !isSettled, !own.body.doesTheSame(as: others.body) || !own.hasCaptures(plan, of: others, otherPlan) {
                found.append("has other steps for each item")
            }
        case (.action, _), (.emit, _), (.choice, _), (.pause, _), (.listen, _), (.approval, _), (.run, _), (.each, _):
            found.append("has a step of another kind there")
        }
        differences = found
    }
}

extension Plan {
    /// Of a body, whose version is that of the workflow around it.
    func doesTheSame(as other: Plan) -> Bool { root == other.root && steps == other.steps }
}

extension Each {
    fileprivate func hasCaptures(_ plan: Plan, of other: Each, _ otherPlan: Plan) -> Bool {
        captures.map { $0.text(plan) } == other.captures.map { $0.text(otherPlan) }
    }
}

extension Listen.Alternative {
    var text: String {
        "\(event) \(path.map(\.description).joined()) \(value.text) \(condition?.text ?? "") \(rejection ?? "")"
    }
}

extension Template {
    /// What this says beyond another of another plan; nil if it says something of that otherwise, or not at all.
    func additions(to other: Template, _ plan: Plan, _ otherPlan: Plan) -> [Template]? {
        if text(plan) == other.text(otherPlan) { return [] }
        guard let own = members, let others = other.members else { return nil }
        var more: [Template] = []
        for member in others {
            guard let mine = own.first(where: { $0.name.hasSameBytes(as: member.name) }),
                let inside = mine.value.additions(to: member.value, plan, otherPlan)
            else { return nil }
            more += inside
        }
        for member in own where !others.contains(where: { $0.name.hasSameBytes(as: member.name) }) {
            more.append(member.value)
        }
        return more
    }
}

/// Steps that have not run and would be begun, though a step behind them was reached.
struct Gaps {
    struct Gap: Hashable {
        let step: Int
        /// The first that was reached behind it.
        let before: Int
    }

    private let plan: Plan
    private let phases: [StepState.Phase]
    private let chosen: [Int?]
    private(set) var found: [Gap] = []

    init(_ plan: Plan, _ phases: [StepState.Phase], _ chosen: [Int?]) {
        self.plan = plan
        self.phases = phases
        self.chosen = chosen
        _ = visit(plan.root)
    }

    /// The steps below a node that would be begun, and the first that was reached.
    private mutating func visit(_ node: PlanNode) -> (open: [Int], reached: Int?) {
        switch node {
        case .step(let index): return phases[index] == .waiting ? ([index], nil) : ([], index)
        case .sequence(let nodes):
            var (open, first) = ([Int](), Int?.none)
            for node in nodes {
                let (more, reached) = visit(node)
                if let reached { found += open.map { Gap(step: $0, before: reached) } }
                // Each is told once.
                if reached != nil { open = [] }
                open += more
                first = first ?? reached
            }
            return (open, first)
        case .parallel(_, let branches):
            let all = branches.map { visit($0) }
            return (all.flatMap(\.open), all.lazy.compactMap(\.reached).first)
        case .choice(let index, let cases):
            // What is reached in a case that was not chosen is told elsewhere.
            guard phases[index] != .waiting else { return ([index], nil) }
            return (chosen[index].map { visit(cases[$0]).open } ?? [], index)
        }
    }
}
