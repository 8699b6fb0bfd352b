package import SagaCore

/// What is true of every plan that comes out, whatever went in.
package struct PlanCheck {
    package private(set) var flaws: [String] = []

    package init(_ plan: Plan) {
        check(plan, in: "", isBody: false)
    }

    private mutating func check(_ plan: Plan, in place: String, isBody: Bool) {
        var seen: [Int] = []
        visit(plan.root, plan, &seen)
        if seen.sorted() != Array(plan.steps.indices) { flaws.append("\(place): the tree has the steps \(seen)") }
        if plan.steps.count(where: \.pivot) > 1 { flaws.append("\(place): two pivots") }
        for (index, step) in plan.steps.enumerated() {
            let name = "\(place)/\(step.name)"
            var found: [Reference] = step.input.map(references) ?? []
            found += step.condition.map(\.roots) ?? []
            switch step.kind {
            case .action, .emit, .run: break
            case .choice(let cases): found += cases.flatMap { $0?.roots ?? [] }
            case .pause(.fixed(let time)): if time <= .zero { flaws.append("\(name): no time") }
            case .pause(.computed(let formula)): found += formula.roots
            case .listen(let listen):
                if listen.alternatives.isEmpty { flaws.append("\(name): listens for nothing") }
                for alternative in listen.alternatives {
                    found += alternative.value.roots
                    if alternative.path.isEmpty { flaws.append("\(name): finds by nothing") }
                    let roots = alternative.condition?.roots ?? []
                    found += roots.filter { $0.root != .event }
                }
            case .approval(let approval): found += references(approval.title)
            case .each(let each):
                found += each.items.roots + each.captures
                for (one, other) in each.captures.flatMap({ one in each.captures.map { (one, $0) } }) where one != other
                {
                    if one.root == other.root, other.path.starts(with: one.path) {
                        flaws.append("\(name): captures \(one.text(plan)) and \(other.text(plan))")
                    }
                }
                check(each.body, in: name, isBody: true)
            }
            for reference in found {
                switch reference.root {
                case .step(let other):
                    if other >= index { flaws.append("\(name): refers to step \(other)") }
                case .event: flaws.append("\(name): refers to an event")
                case .input: if isBody, reference.path.isEmpty { flaws.append("\(name): refers to all of its input") }
                case .saga: break
                }
            }
        }
    }

    private mutating func visit(_ node: PlanNode, _ plan: Plan, _ seen: inout [Int]) {
        switch node {
        case .step(let index): seen.append(index)
        case .sequence(let nodes), .parallel(_, let nodes):
            for node in nodes { visit(node, plan, &seen) }
        case .choice(let step, let cases):
            seen.append(step)
            guard plan.steps.indices.contains(step), case .choice(let conditions) = plan.steps[step].kind,
                conditions.count == cases.count
            else {
                flaws.append("the choice \(step) has other cases than its step")
                return
            }
            for node in cases { visit(node, plan, &seen) }
        }
    }

    private func references(_ template: Template) -> [Reference] {
        switch template {
        case .literal: []
        case .reference(let reference): [reference]
        case .formula(let formula): formula.roots
        case .text(let parts):
            parts.flatMap { part in
                switch part {
                case .literal: [Reference]()
                case .reference(let reference): [reference]
                case .formula(let formula): formula.roots
                }
            }
        case .array(let items): items.flatMap(references)
        case .object(let members): members.flatMap { references($0.value) }
        }
    }
}
