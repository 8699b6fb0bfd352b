import SagaCore
import SagaValues

/// All shapes of plans with so many steps: sequences and parallels, nested in turn, each once.
enum Tree: Hashable {
    case leaf
    case sequence([Tree])
    case parallel([Tree])

    static func all(leaves count: Int) -> [Tree] {
        count == 1 ? [.leaf] : sequences(count) + parallels(count)
    }

    private static func sequences(_ count: Int) -> [Tree] {
        func parts(_ rest: Int, _ taken: Int) -> [[Tree]] {
            if rest == 0 { return taken > 1 ? [[]] : [] }
            return (1...rest).flatMap { size in
                let heads = size == 1 ? [Tree.leaf] : parallels(size)
                return heads.flatMap { head in parts(rest - size, taken + 1).map { [head] + $0 } }
            }
        }
        return count > 1 ? parts(count, 0).map { .sequence($0) } : []
    }

    /// Branches have no order, so each set of them is listed once.
    private static func parallels(_ count: Int) -> [Tree] {
        func branches(_ size: Int) -> [Tree] { size == 1 ? [.leaf] : sequences(size) }
        func parts(_ rest: Int, _ largest: Int, _ first: Int) -> [[Tree]] {
            if rest == 0 { return [[]] }
            guard largest > 0 else { return [] }
            var found: [[Tree]] = []
            let choices = branches(largest)
            if largest <= rest, first < choices.count {
                for index in first..<choices.count {
                    found += parts(rest - largest, largest, index).map { [choices[index]] + $0 }
                }
            }
            return found + parts(rest, largest - 1, 0)
        }
        return parts(count, count - 1, 0).filter { $0.count > 1 }.map { .parallel($0) }
    }

    /// The leaves that are not within a parallel: where a pivot may stand.
    var pivotPlaces: [Int] {
        var places: [Int] = []
        var next = 0
        func visit(_ tree: Tree, _ isFree: Bool) {
            switch tree {
            case .leaf:
                if isFree { places.append(next) }
                next += 1
            case .sequence(let trees): for tree in trees { visit(tree, isFree) }
            case .parallel(let trees): for tree in trees { visit(tree, false) }
            }
        }
        visit(self, true)
        return places
    }

    var leafCount: Int {
        switch self {
        case .leaf: 1
        case .sequence(let trees), .parallel(let trees): trees.reduce(0) { $0 + $1.leafCount }
        }
    }

    func shape(_ kinds: [StepKind]) -> Shape {
        var rest = kinds[...]
        func build(_ tree: Tree) -> Shape {
            switch tree {
            case .leaf: .step(rest.removeFirst())
            case .sequence(let trees): .sequence(trees.map(build))
            case .parallel(let trees): .parallel(trees.map(build))
            }
        }
        return build(self)
    }
}

extension Tree: CustomStringConvertible {
    /// `a (b | c d)`
    var description: String {
        var next = 0
        func text(_ tree: Tree) -> String {
            switch tree {
            case .leaf:
                next += 1
                return Plan.stepName(next - 1)
            case .sequence(let trees): return trees.map(text).joined(separator: " ")
            case .parallel(let trees): return "(" + trees.map(text).joined(separator: " | ") + ")"
            }
        }
        return text(self)
    }
}

extension Tree {
    /// The kinds of steps with the pivot in a place, or with none: plain ones.
    func plainKinds(pivot: Int?) -> [StepKind] {
        (0..<leafCount).map { index in
            guard let pivot, index >= pivot else { return StepKind() }
            return index == pivot ? StepKind(role: .pivot, onUnknown: .incident) : StepKind(role: .onward)
        }
    }

    /// The plain kinds, and all that differ from them in one step.
    func kinds(pivot: Int?) -> [[StepKind]] {
        let plain = plainKinds(pivot: pivot)
        var all = [plain]
        for index in plain.indices {
            for kind in StepKind.variants(plain[index].role) where kind != plain[index] {
                var kinds = plain
                kinds[index] = kind
                all.append(kinds)
            }
        }
        return all
    }

    /// Every kind of step in every place.
    func allKinds(pivot: Int?) -> [[StepKind]] {
        plainKinds(pivot: pivot).reduce([[]]) { all, kind in
            all.flatMap { kinds in StepKind.variants(kind.role).map { kinds + [$0] } }
        }
    }
}

extension StepKind {
    /// What else may stand where a plain step of this role stands.
    static func variants(_ role: Role) -> [StepKind] {
        switch role {
        case .undoable, .readonly:
            [
                StepKind(), StepKind(onUnknown: .probe), StepKind(onUnknown: .incident),
                StepKind(onUndoFailure: .continue), StepKind(isOptional: true),
                StepKind(isOptional: true, onUnknown: .probe), StepKind(role: .readonly),
                StepKind(role: .readonly, onUnknown: .incident),
            ]
        case .pivot:
            [StepKind(role: .pivot, onUnknown: .incident), StepKind(role: .pivot, onUnknown: .probe)]
        case .onward:
            [
                StepKind(role: .onward), StepKind(role: .onward, onUnknown: .probe),
                StepKind(role: .onward, onUnknown: .incident), StepKind(role: .onward, isOptional: true),
            ]
        }
    }
}
