internal import SagaCore
internal import SagaValues

/// Puts a plan into nodes, edges and groups.
struct DiagramBuilder {
    private(set) var nodes: [Diagram.Node] = []
    private(set) var edges: [Diagram.Edge] = []
    private(set) var groups: [Diagram.Group] = []
    /// The node of each step of the outermost plan.
    private(set) var places: [Int: Int] = [:]
    /// Where the branches of a `parallel` begin and end, by its name.
    private(set) var forks: [String: (from: Int, to: Int)] = [:]

    private let saga: Saga?

    init(saga: Saga?) { self.saga = saga }

    mutating func build(_ plan: Plan) -> Diagram.Block {
        let start = add(.start, "start", group: nil)
        let body = block(plan.root, of: plan, in: nil)
        let end = add(.end, "end", group: nil)
        return connected([.node(start)] + (body.map { [$0] } ?? []) + [.node(end)])
    }

    // MARK: The shape

    /// Nil for nothing.
    private mutating func block(_ node: PlanNode, of plan: Plan, in group: Int?) -> Diagram.Block? {
        switch node {
        case .step(let index): return step(index, of: plan, in: group)
        case .sequence(let nodes):
            let blocks = nodes.compactMap { block($0, of: plan, in: group) }
            return blocks.isEmpty ? nil : connected(blocks)
        case .parallel(let name, let branches):
            let from = add(.fork, Label.clean(name), group: group)
            let blocks = branches.map { Diagram.Block.Branch(label: nil, block: block($0, of: plan, in: group)) }
            let to = add(.join, "", group: group)
            if group == nil { forks[name] = (from, to) }
            return fork(from, to, blocks)
        case .choice(let index, let cases):
            let from = self.node(of: index, in: plan, group)
            let conditions: [Formula?] = if case .choice(let all) = plan.steps[index].kind { all } else { [] }
            var branches: [Diagram.Block.Branch] = []
            for (number, node) in cases.enumerated() {
                let condition = conditions.indices.contains(number) ? conditions[number] : nil
                branches.append(
                    .init(
                        label: condition.map { Label.clean($0.text) } ?? "else",
                        block: block(node, of: plan, in: group)))
            }
            if !conditions.contains(where: { $0 == nil }) { branches.append(.init(label: "none of them", block: nil)) }
            let to = add(.join, "", group: group)
            return fork(from, to, branches)
        }
    }

    private mutating func step(_ index: Int, of plan: Plan, in group: Int?) -> Diagram.Block {
        let step = plan.steps[index]
        var block: Diagram.Block
        if case .each(let each) = step.kind {
            groups.append(Diagram.Group(title: each.title, parent: group))
            let own = groups.count - 1
            let header = Diagram.Block.node(node(of: index, in: plan, group, inside: own))
            let body = self.block(each.body.root, of: each.body, in: own)
            block = .group(own, connected([header] + (body.map { [$0] } ?? [])))
        } else {
            block = .node(node(of: index, in: plan, group))
        }
        guard step.pivot else { return block }
        let isPassed = group == nil && saga?.steps[index].phase == .done
        block = connected([
            block, .node(add(.noReturn, isPassed ? "point of no return, passed" : "point of no return", group: group)),
        ])
        return block
    }

    private mutating func fork(_ from: Int, _ to: Int, _ branches: [Diagram.Block.Branch]) -> Diagram.Block {
        for branch in branches {
            if let block = branch.block {
                connect(from, block.entry, branch.label)
                connect(block.exit, to)
            } else {
                connect(from, to, branch.label)
            }
        }
        if branches.isEmpty { connect(from, to) }
        return .fork(from: from, to: to, branches: branches)
    }

    private mutating func connected(_ blocks: [Diagram.Block]) -> Diagram.Block {
        for (block, next) in zip(blocks, blocks.dropFirst()) { connect(block.exit, next.entry) }
        // One list, so that a bar crosses all of it.
        let flat = blocks.flatMap { if case .sequence(let inner) = $0 { inner } else { [$0] } }
        return flat.count == 1 ? flat[0] : .sequence(flat)
    }

    private mutating func connect(_ from: Int, _ to: Int, _ label: String? = nil) {
        edges.append(Diagram.Edge(from: from, to: to, kind: .flow, label: label))
    }

    mutating func connectUndo(_ from: Int, _ to: Int) {
        edges.append(Diagram.Edge(from: from, to: to, kind: .undo, label: nil))
    }

    /// As they are read: by where they begin, the branches of a fork in their order, the way back at the end.
    var sortedEdges: [Diagram.Edge] {
        let flow = edges.filter { $0.kind == .flow }
        // Sorting is stable in effect: equal beginnings stay in the order in which they were made.
        let ordered = flow.indices.sorted { (flow[$0].from, $0) < (flow[$1].from, $1) }
        return ordered.map { flow[$0] } + edges.filter { $0.kind == .undo }
    }

    // MARK: Nodes

    private mutating func add(_ kind: Diagram.Kind, _ name: String, group: Int?) -> Int {
        nodes.append(
            Diagram.Node(kind: kind, name: name, details: [], marks: [], state: nil, progress: nil, group: group))
        return nodes.count - 1
    }

    /// - Parameters:
    ///   - group: the one that the plan's steps stand in.
    ///   - inside: the one that this node stands in, if that is another.
    private mutating func node(of index: Int, in plan: Plan, _ group: Int?, inside: Int? = nil) -> Int {
        let step = plan.steps[index]
        // The bodies' steps belong to child sagas, each with a state of its own.
        let state = group == nil ? saga?.steps[index] : nil
        nodes.append(
            Diagram.Node(
                kind: step.kind.drawn, name: Label.clean(step.name), details: step.details, marks: step.marks,
                state: state?.drawn, progress: state?.items?.progress, group: inside ?? group))
        if group == nil { places[index] = nodes.count - 1 }
        return nodes.count - 1
    }
}

extension Diagram.Block {
    var entry: Int {
        switch self {
        case .node(let node): node
        case .sequence(let blocks): blocks[0].entry
        case .fork(let from, _, _): from
        case .group(_, let block): block.entry
        }
    }

    var exit: Int {
        switch self {
        case .node(let node): node
        case .sequence(let blocks): blocks[blocks.count - 1].exit
        case .fork(_, let to, _): to
        case .group(_, let block): block.exit
        }
    }
}

// MARK: Words

extension Step.Kind {
    fileprivate var drawn: Diagram.Kind {
        switch self {
        case .action: .action
        case .emit: .emit
        case .choice: .choice
        case .pause: .wait
        case .listen: .listen
        case .approval: .approval
        case .run: .run
        case .each: .each
        }
    }
}

extension Step {
    fileprivate var marks: [Diagram.Mark] {
        var marks: [Diagram.Mark] = []
        if readonly { marks.append(.readonly) }
        if optional { marks.append(.optional) }
        if skippable { marks.append(.skippable) }
        if pivot { marks.append(.pivot) }
        return marks
    }

    fileprivate var details: [String] {
        var lines = whatHappens
        if let undo { lines.append("undo: \(undo)") }
        if let condition { lines.append("when \(condition.text)") }
        return lines.map(Label.clean)
    }

    private var whatHappens: [String] {
        switch kind {
        case .action(let action): return [action.name]
        case .emit(let emission): return ["emit \(emission.event)"]
        case .choice: return []
        case .pause(.fixed(let duration)): return ["wait \(duration.sagaText)"]
        case .pause(.computed(let formula)): return ["wait \(formula.text)"]
        case .listen(let listen):
            let shown = listen.alternatives.count > 5 ? 4 : 5
            let more = listen.alternatives.count - shown
            return listen.alternatives.prefix(shown).map { way in
                "on \(way.event)" + (way.rejection.map { ": fails, \($0)" } ?? "")
            } + (more > 0 ? ["or \(more) others"] : []) + (listen.timeout.map { ["at most \($0.sagaText)"] } ?? [])
        case .approval(let approval):
            return ["approval by \(approval.role)"] + (approval.timeout.map { ["at most \($0.sagaText)"] } ?? [])
        case .run(let child): return ["run \(child.workflow)"]
        case .each(let each): return ["each \(each.variable) in \(each.items.text)"]
        }
    }
}

extension Each {
    fileprivate var title: String {
        let mode =
            switch onFailure {
            case .undoItem: "a failing one undoes itself"
            case .undoAll: "a failing one undoes all"
            }
        return Label.clean("each \(variable): \(atOnce) at once, \(mode)")
    }
}
