internal import SagaAPI
internal import SagaCore
internal import SagaEngine
internal import SagaValues
internal import Workflows

/// Puts together a saga and its children, their children and so on, as far as is good for a reader and for the store.
struct TreeOfSagas {
    let engine: Engine
    let store: any SagaStore
    let views: Views
    let limits: Limits

    /// What is shown at most.
    struct Limits {
        /// Levels below the root.
        var depth = 12
        /// Sagas in all.
        var sagas = 500
        /// Of one saga.
        var children = 100
    }

    init(engine: Engine, store: any SagaStore, limits: Limits = Limits()) {
        self.engine = engine
        self.store = store
        views = Views(engine: engine, store: store)
        self.limits = limits
    }

    func view(_ id: UUID, for requester: Requester) async throws -> TreeView {
        let root = try await views.summary(id, for: requester)
        // Level by level, so that what is left out is what is furthest away.
        var found = [root]
        var below: [UUID: (children: [UUID], leftOut: String?)] = [:]
        var (level, depth) = ([root], 0)
        while !level.isEmpty {
            var next: [SagaSummary] = []
            for parent in level where mayHaveChildren(parent) {
                let (children, leftOut) = try await children(of: parent, depth, room: limits.sagas - found.count)
                below[parent.id] = (children.map(\.id), leftOut)
                found += children
                next += children
            }
            (level, depth) = (next, depth + 1)
        }
        var trees: [UUID: TreeView] = [:]
        for saga in found.reversed() {
            let (children, leftOut) = below[saga.id] ?? ([], nil)
            trees[saga.id] = TreeView(
                saga: SagaListItem(saga), round: saga.origin.parent?.round,
                children: children.compactMap { trees.removeValue(forKey: $0) }, leftOut: leftOut)
        }
        return trees[root.id] ?? TreeView(saga: SagaListItem(root))
    }

    private func children(
        of parent: SagaSummary, _ depth: Int, room: Int
    ) async throws(StoreError) -> (shown: [SagaSummary], leftOut: String?) {
        let most = depth < limits.depth ? max(0, min(limits.children, room)) : 0
        var filter = SagaFilter()
        filter.parent = parent.id
        let found = try await store.list(filter, after: nil, limit: most + 1)
        guard found.count > most else { return (sorted(found, of: parent), nil) }
        let shown = sorted(Array(found.prefix(most)), of: parent)
        let all = "\"saga list --parent \(parent.id)\" has all of them"
        if depth >= limits.depth { return (shown, "its children, which stand too deep; \(all)") }
        let why = most < limits.children ? "since \(limits.sagas) sagas are shown in all" : "since that are very many"
        return (shown, "all but the \(most) youngest of its children, \(why); \(all)")
    }

    private func sorted(_ children: [SagaSummary], of parent: SagaSummary) -> [SagaSummary] {
        let places = plan(of: parent).map { plan in
            Dictionary(plan.steps.enumerated().map { ($1.name, $0) }) { first, _ in first }
        }
        func place(_ saga: SagaSummary) -> (Int, Int, Int) {
            guard let link = saga.origin.parent else { return (0, 0, 0) }
            return (places?[link.step] ?? 0, link.item, link.round)
        }
        return children.sorted { place($0) < place($1) }
    }

    /// Most sagas have no step that would be carried out by another one: those need not be looked for.
    private func mayHaveChildren(_ saga: SagaSummary) -> Bool {
        plan(of: saga)?.steps.contains(where: \.isCarriedOutByChildren) ?? true
    }

    private func plan(of saga: SagaSummary) -> Plan? {
        engine.workflow(id: saga.origin.workflowID)?.workflow.plan(ofBody: saga.origin.parent?.body)
    }
}
