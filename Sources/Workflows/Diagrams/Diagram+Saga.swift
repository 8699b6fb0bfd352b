public import SagaCore
internal import SagaValues

extension Diagram {
    /// A plan, and how far a saga has got on it.
    ///
    /// - Parameter saga: one of this very plan.
    public init(_ plan: Plan, saga: Saga? = nil) {
        precondition(saga.map { $0.steps.count == plan.steps.count } ?? true, "the saga is one of another plan")
        var builder = DiagramBuilder(saga: saga)
        root = builder.build(plan)
        if let saga { builder.drawUndo(saga, plan) }
        nodes = builder.nodes
        edges = builder.sortedEdges
        groups = builder.groups
        title = Label.clean("\(plan.workflow), version \(plan.version)" + (plan.title.map { ": \($0)" } ?? ""))
        subtitle = saga.map { Label.clean($0.headline(plan)) }
    }
}

extension Saga {
    fileprivate func headline(_ plan: Plan) -> String {
        var text = "saga \(id.description), \(status.rawValue)"
        if let failure {
            text += ": \(failure.kind.rawValue)"
            if let step = failure.step { text += " at \(plan.steps[step].name)" }
        }
        return text
    }
}

extension StepState {
    var drawn: Diagram.State {
        // Whatever else goes on there, somebody is needed.
        if incident != nil { return .held }
        return switch phase {
        case .waiting: .notReached
        case .doing, .probing, .deciding: .running
        case .retrying, .reprobing, .pausing, .listening: .waiting
        case .held, .undoHeld: .held
        case .done: .done
        case .unknown: .mayBeDone
        case .failed: .failed
        case .skipped: .skipped
        case .undoing, .reundoing: .undoing
        case .undone: .undone
        }
    }
}

extension Items {
    /// `7 of 12 done, 3 running, 2 failed`
    var progress: String {
        var text = "\(count(.done)) of \(phases.count) done"
        let others: [(Phase, String)] = [
            (.doing, "running"), (.failed, "failed"), (.undoing, "being undone"), (.undone, "undone"),
            (.stuck, "stuck"),
        ]
        for (phase, word) in others where count(phase) > 0 { text += ", \(count(phase)) \(word)" }
        return text
    }
}

// MARK: The way back

extension DiagramBuilder {
    /// From the step that failed, backwards along all that was undone or will be.
    mutating func drawUndo(_ saga: Saga, _ plan: Plan) {
        guard saga.failure != nil else { return }
        _ = undo(plan.root, saga, plan)
    }

    /// The nodes at which the way back comes in and goes out, nil if it does not come here.
    private mutating func undo(_ node: PlanNode, _ saga: Saga, _ plan: Plan) -> (entry: Int, exit: Int)? {
        switch node {
        case .step(let index):
            guard saga.isOnTheWayBack(index, plan), let place = places[index] else { return nil }
            return (place, place)
        case .sequence(let nodes):
            return chain(nodes.reversed().compactMap { undo($0, saga, plan) })
        case .parallel(let name, let branches):
            let ways = branches.compactMap { undo($0, saga, plan) }
            guard ways.count > 1, let fork = forks[name] else { return ways.first }
            // Through the bars, so that there are no more edges than steps.
            for way in ways {
                connectUndo(fork.to, way.entry)
                connectUndo(way.exit, fork.from)
            }
            return (fork.to, fork.from)
        case .choice(let index, let cases):
            let way = saga.steps[index].chosen.flatMap { undo(cases[$0], saga, plan) }
            let own = undo(.step(index), saga, plan)
            return chain([way, own].compactMap { $0 })
        }
    }

    private mutating func chain(_ ways: [(entry: Int, exit: Int)]) -> (entry: Int, exit: Int)? {
        guard let first = ways.first, let last = ways.last else { return nil }
        for (way, next) in zip(ways, ways.dropFirst()) { connectUndo(way.exit, next.entry) }
        return (first.entry, last.exit)
    }
}

extension Saga {
    /// Whether it is undone, or will be as far as is known, or is where the saga failed.
    fileprivate func isOnTheWayBack(_ index: Int, _ plan: Plan) -> Bool {
        if failure?.step == index { return true }
        return switch steps[index].phase {
        case .undoing, .reundoing, .undone, .undoHeld: true
        case .done, .unknown: plan.steps[index].undo != nil
        case .waiting, .doing, .retrying, .probing, .reprobing, .failed, .held, .deciding, .pausing, .listening,
            .skipped:
            false
        }
    }
}
