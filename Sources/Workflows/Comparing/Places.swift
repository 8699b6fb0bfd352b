internal import SagaCore

/// Where the steps of a plan stand to each other.
struct Places {
    /// What the way from the outermost list to a step leads through.
    enum Turn: Hashable {
        case sequence(Int)
        case branch(Int)
        /// Into a case of the choice that a step makes; the choice itself is case -1.
        case way(choice: Int, Int)
    }

    let paths: [[Turn]]

    init(_ plan: Plan) {
        var paths = [[Turn]](repeating: [], count: plan.steps.count)
        func visit(_ node: PlanNode, _ path: [Turn]) {
            switch node {
            case .step(let index): paths[index] = path
            case .sequence(let nodes):
                for (number, node) in nodes.enumerated() { visit(node, path + [.sequence(number)]) }
            case .parallel(_, let branches):
                for (number, node) in branches.enumerated() { visit(node, path + [.branch(number)]) }
            case .choice(let index, let cases):
                paths[index] = path + [.way(choice: index, -1)]
                for (number, node) in cases.enumerated() { visit(node, path + [.way(choice: index, number)]) }
            }
        }
        visit(plan.root, [])
        self.paths = paths
    }

    enum Order: Hashable {
        case before, after
        /// At the same time, or only one of them.
        case none
    }

    /// How the first of two steps stands to the second.
    func order(_ first: Int, _ second: Int) -> Order {
        for (own, other) in zip(paths[first], paths[second]) where own != other {
            switch (own, other) {
            case (.sequence(let own), .sequence(let other)): return own < other ? .before : .after
            case (.way(_, -1), _): return .before
            case (_, .way(_, -1)): return .after
            case (.branch, _), (.way, _), (.sequence, _): return .none
            }
        }
        return .none
    }

    /// The choices that a step depends on, and the case of each that it stands in.
    func cases(of step: Int) -> [(choice: Int, number: Int)] {
        paths[step].compactMap { turn in
            if case .way(let choice, let number) = turn, number >= 0 { (choice, number) } else { nil }
        }
    }
}
