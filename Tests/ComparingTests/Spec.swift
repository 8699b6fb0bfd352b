import Expressions
import SagaValues
import TestSupport

@testable import SagaCore

extension Formula {
    /// - Precondition: it can be read.
    init(_ text: String) {
        guard let expression = try? Expressions.Expression(text) else { preconditionFailure("no expression: \(text)") }
        self.init(expression)
    }
}

/// A workflow that can be edited; a plan that keeps the language's rules is made of it.
indirect enum Spec: Hashable {
    case leaf(Leaf)
    case sequence([Spec])
    case parallel([Spec])
    /// The step that chooses, and its cases.
    case choice(Leaf, [Spec])

    struct Leaf: Hashable {
        var name: String
        var kind = Kind.action
        /// Another one is another action.
        var variant = 0
        var isOptional = false
        var isConditional = false
        var isPivot = false
        /// What its input says, besides what it always says.
        var extra = 0

        enum Kind: CaseIterable { case action, readonly, emit, pause, listen, approval, run, each }
    }

    var leaves: [Leaf] {
        switch self {
        case .leaf(let leaf): [leaf]
        case .choice(let leaf, let cases): [leaf] + cases.flatMap(\.leaves)
        case .sequence(let specs), .parallel(let specs): specs.flatMap(\.leaves)
        }
    }

    /// Everything in it changed; nil takes it out.
    func mapped(_ change: (Leaf) -> Leaf?) -> Spec? {
        switch self {
        case .leaf(let leaf): change(leaf).map { .leaf($0) }
        case .choice(let leaf, let cases): .choice(leaf, cases.map { $0.mapped(change) ?? .sequence([]) })
        case .sequence(let specs): .sequence(specs.compactMap { $0.mapped(change) })
        case .parallel(let specs): .parallel(specs.compactMap { $0.mapped(change) })
        }
    }

    /// The outermost list; its pivots count, and no others.
    var plan: Plan {
        let list: [Spec] = if case .sequence(let specs) = self { specs } else { [self] }
        let pivot = list.firstIndex { if case .leaf(let leaf) = $0 { leaf.isPivot && leaf.canBePivot } else { false } }
        var steps: [Step] = []
        let root = list.enumerated().map { number, spec in
            spec.node(&steps, isBehind: pivot.map { number > $0 } ?? false, isPivot: number == pivot)
        }
        return Plan(workflow: "test", version: 1, root: .sequence(root), steps: steps)
    }

    private func node(_ steps: inout [Step], isBehind: Bool, isPivot: Bool = false) -> PlanNode {
        switch self {
        case .leaf(let leaf):
            steps.append(leaf.step(isBehind: isBehind, isPivot: isPivot))
            return .step(steps.count - 1)
        case .choice(let leaf, let cases):
            steps.append(
                Step(
                    name: leaf.name, kind: .choice(cases.indices.map { Formula("input.c == \($0 + leaf.variant)") }),
                    readonly: true))
            let index = steps.count - 1
            return .choice(step: index, cases: cases.map { $0.node(&steps, isBehind: isBehind) })
        case .sequence(let specs): return .sequence(specs.map { $0.node(&steps, isBehind: isBehind) })
        case .parallel(let specs):
            return .parallel(name: "all", branches: specs.map { $0.node(&steps, isBehind: isBehind) })
        }
    }
}

extension Spec.Leaf {
    var canBePivot: Bool { [.action, .listen, .run].contains(kind) && !isConditional }

    func step(isBehind: Bool, isPivot: Bool) -> Step {
        let what: Step.Kind
        var isReadonly = false
        let optional = isOptional && !isPivot
        switch kind {
        case .action, .readonly:
            isReadonly = kind == .readonly
            let undo = isReadonly || isBehind || isPivot ? nil : "a.undo-\(name)-\(variant)"
            var members = [TemplateMember("x", .reference(Reference(.input, [.member("x")])))]
            if extra > 0 { members.append(TemplateMember("y\(extra)", .literal(.bool(true)))) }
            what = .action(Action(name: "a.\(name)-\(variant)", undo: undo, input: .object(members)))
        case .emit: what = .emit(Emission(event: "e.\(name)-\(variant)", data: .literal([:])))
        case .pause: what = .pause(.fixed(.seconds(60)))
        case .listen:
            what = .listen(
                Listen(
                    alternatives: [
                        .init(event: "e.good-\(variant)", path: [], value: Formula("input.x")),
                        .init(event: "e.bad", path: [], value: Formula("input.x"), rejection: "bad"),
                    ]))
        case .approval: what = .approval(Approval(role: "role-\(variant)", title: .literal("?")))
        case .run: what = .run(ChildRun(workflow: "child-\(variant)", input: .literal([:])))
        case .each:
            what = .each(
                Each(
                    items: Formula("input.list"), variable: "item", atOnce: 2,
                    onFailure: variant % 2 == 0 ? .undoAll : .undoItem,
                    body: Plan(
                        workflow: "test", version: 1, root: .step(0),
                        steps: [Step(name: "\(name)-body", action: "a.item-\(variant)", undo: "a.undo-item")])))
        }
        // Kinds without effect need no undo; children behind the pivot are not undone either.
        let policy = RetryPolicy(attempts: isBehind && !optional ? nil : 2, jitter: false, timeout: .seconds(10))
        return Step(
            name: name, kind: what, condition: isConditional ? Formula("input.w") : nil, readonly: isReadonly,
            pivot: isPivot, optional: optional, retry: policy,
            undoRetry: RetryPolicy(attempts: 3, jitter: false, timeout: .seconds(10)),
            onUnknown: isPivot ? .incident : .undo)
    }
}

/// Draws workflows and edits of them.
struct SpecMaker {
    var random: SeededGenerator
    private var count = 0

    init(seed: UInt64) { random = SeededGenerator(seed: seed) }

    private mutating func leaf() -> Spec.Leaf {
        count += 1
        return Spec.Leaf(
            name: "s\(count)",
            kind: random.chance(55) ? .action : Spec.Leaf.Kind.allCases.randomElement(using: &random)!,
            isOptional: random.chance(15), isConditional: random.chance(12))
    }

    mutating func whole() -> Spec {
        var list = (0..<Int.random(in: 2...5, using: &random)).map { _ in spec(2) }
        if random.chance(50) {
            var pivot = leaf()
            (pivot.kind, pivot.isPivot, pivot.isConditional) = (random.chance(70) ? .action : .listen, true, false)
            list.insert(.leaf(pivot), at: .random(in: 0...list.count, using: &random))
        }
        return .sequence(list)
    }

    private mutating func spec(_ room: Int) -> Spec {
        guard room > 0, random.chance(35) else { return .leaf(leaf()) }
        let parts = (0..<Int.random(in: 1...3, using: &random)).map { _ in spec(room - 1) }
        switch random.next() % 3 {
        case 0: return .sequence(parts)
        case 1: return .parallel(parts)
        default:
            count += 1
            return .choice(Spec.Leaf(name: "s\(count)", kind: .readonly), parts)
        }
    }

    /// One or two changes, here and there.
    mutating func edited(_ spec: Spec) -> Spec {
        var result = spec
        for _ in 0..<Int.random(in: 1...2, using: &random) { result = change(result) }
        return result
    }

    private mutating func change(_ spec: Spec) -> Spec {
        guard let victim = spec.leaves.randomElement(using: &random)?.name else { return spec }
        switch random.next() % 12 {
        case 0: return inserted(.leaf(leaf()), spec)
        case 1: return inserted(self.spec(2), spec)
        case 2: return spec.mapped { $0.name == victim ? nil : $0 } ?? spec
        case 3: return spec.changed(victim) { $0.variant += 1 }
        case 4: return spec.changed(victim) { $0.isOptional.toggle() }
        case 5: return spec.changed(victim) { $0.isConditional.toggle() }
        case 6: return spec.changed(victim) { $0.extra += 1 }
        case 7: return spec.changed(victim) { $0.isPivot.toggle() }
        case 8:
            // Moved.
            guard let leaf = spec.leaves.first(where: { $0.name == victim }),
                let without = spec.mapped({ $0.name == victim ? nil : $0 })
            else { return spec }
            return without.leaves.contains { $0.name == victim } ? spec : inserted(.leaf(leaf), without)
        case 9: return wrapped(spec)
        case 10: return unwrapped(spec)
        default:
            let kind = Spec.Leaf.Kind.allCases.randomElement(using: &random)!
            return spec.changed(victim) { $0.kind = kind }
        }
    }

    private mutating func inserted(_ new: Spec, _ spec: Spec) -> Spec {
        switch spec {
        case .leaf: return random.chance(50) ? .sequence([new, spec]) : .parallel([new, spec])
        case .sequence(var list), .parallel(var list):
            if !list.isEmpty, random.chance(40) {
                let place = list.indices.randomElement(using: &random)!
                list[place] = inserted(new, list[place])
            } else {
                list.insert(new, at: .random(in: 0...list.count, using: &random))
            }
            if case .sequence = spec { return .sequence(list) }
            return .parallel(list)
        case .choice(let leaf, var cases):
            guard let place = cases.indices.randomElement(using: &random) else { return spec }
            if random.chance(30) {
                cases.insert(new, at: place)
            } else {
                cases[place] = inserted(new, cases[place])
            }
            return .choice(leaf, cases)
        }
    }

    /// Neighbours in a list become branches, or a case, or the other way round.
    private mutating func wrapped(_ spec: Spec) -> Spec {
        guard case .sequence(var list) = spec, list.count > 1 else { return spec }
        let start = Int.random(in: 0..<list.count, using: &random)
        let end = Int.random(in: start..<list.count, using: &random)
        let part = Array(list[start...end])
        count += 1
        let whole: Spec =
            switch random.next() % 3 {
            case 0: .parallel(part)
            case 1: .choice(Spec.Leaf(name: "s\(count)", kind: .readonly), [.sequence(part)])
            default: .sequence(part)
            }
        list.replaceSubrange(start...end, with: [whole])
        return .sequence(list)
    }

    private mutating func unwrapped(_ spec: Spec) -> Spec {
        guard case .sequence(let list) = spec else { return spec }
        return .sequence(
            list.flatMap { inner in
                switch inner {
                case .parallel(let parts) where random.chance(60): parts
                case .sequence(let parts): parts
                case .choice(_, let cases) where random.chance(60): cases
                case .leaf, .parallel, .choice: [inner]
                }
            })
    }
}

extension Spec {
    fileprivate func changed(_ name: String, _ change: (inout Leaf) -> Void) -> Spec {
        func visit(_ spec: Spec) -> Spec {
            switch spec {
            case .leaf(var leaf):
                if leaf.name == name { change(&leaf) }
                return .leaf(leaf)
            case .sequence(let specs): return .sequence(specs.map(visit))
            case .parallel(let specs): return .parallel(specs.map(visit))
            case .choice(var leaf, let cases):
                if leaf.name == name { change(&leaf) }
                return .choice(leaf, cases.map(visit))
            }
        }
        return visit(self)
    }
}
