internal import SagaCore

/// A step where it stands, in the workflow or in a body.
struct Site {
    let step: Step
    let plan: Plan
    /// What it stands in, from the outside: `each install`, `parallel resources`, `case input.a > 3 of provider`.
    let around: [String]

    /// All of a workflow, in the order of the text.
    static func all(_ plan: Plan) -> [Site] {
        var sites: [Site] = []
        func visit(_ node: PlanNode, _ plan: Plan, _ around: [String]) {
            switch node {
            case .step(let index):
                let step = plan.steps[index]
                sites.append(Site(step: step, plan: plan, around: around))
                if case .each(let each) = step.kind { visit(each.body.root, each.body, around + ["each \(step.name)"]) }
            case .sequence(let nodes): for node in nodes { visit(node, plan, around) }
            case .parallel(let name, let branches):
                for node in branches { visit(node, plan, around + ["parallel \(name)"]) }
            case .choice(let index, let cases):
                let step = plan.steps[index]
                sites.append(Site(step: step, plan: plan, around: around))
                guard case .choice(let conditions) = step.kind else { return }
                for (number, node) in cases.enumerated() {
                    let condition = conditions[number].map { "when \($0.text)" } ?? "else"
                    visit(node, plan, around + ["'\(condition)' of \(step.name)"])
                }
            }
        }
        visit(plan.root, plan, [])
        return sites
    }
}

/// Which of two lists' common members keep their order: the longest row of them that stands in both.
func kept(_ old: [String], _ new: [String]) -> Set<String> {
    let place = Dictionary(uniqueKeysWithValues: old.enumerated().map { ($1, $0) })
    let row = new.filter { place[$0] != nil }
    // Of each length, the smallest end of a row of that length, and what came before each.
    var ends: [Int] = []
    var before = [Int?](repeating: nil, count: row.count)
    for (index, name) in row.enumerated() {
        let length = ends.firstIndex { place[row[$0], default: 0] >= place[name, default: 0] } ?? ends.count
        before[index] = length > 0 ? ends[length - 1] : nil
        if length < ends.count { ends[length] = index } else { ends.append(index) }
    }
    var found: Set<String> = []
    var next = ends.last
    while let index = next {
        found.insert(row[index])
        next = before[index]
    }
    return found
}
