internal import Expressions
internal import SagaCore

/// Which values nobody may see: the places that the definition names, what is in them and what holds them, and the items
/// of lists that are sensitive.
extension DraftWorkflow {
    /// The bodies whose item is sensitive, since it comes from a list that is, or has such values in it.
    var sensitiveItems: Set<Int> {
        guard !sensitive.isEmpty else { return [] }
        var found: Set<Int> = []
        // An outer body comes before those in it.
        for scope in scopes.indices {
            guard let owner = scopes[scope].owner, let items = steps[owner].each?.items else { continue }
            let isSensitive = items.expression.references.contains {
                !$0.isOnlyTested && self.isSensitive($0.name, $0.path, in: steps[owner].scope, items: found)
            }
            if isSensitive { found.insert(scope) }
        }
        return found
    }

    /// - Parameter items: what ``sensitiveItems`` gave.
    func isSensitive(
        _ name: String, _ path: [SagaCore.Reference.Component], in scope: Int, items: Set<Int>
    ) -> Bool {
        if let body = chain(of: scope).first(where: { scopes[$0].variable?.value == name }) {
            return items.contains(body)
        }
        return sensitive.contains { $0.root == name && $0.path.meets(path) }
    }
}

extension [SagaCore.Reference.Component] {
    /// Whether one place is in the other, or is the same. A list hides as a whole, so an element of it leads wherever
    /// the rest of the way does.
    func meets(_ other: [SagaCore.Reference.Component]) -> Bool {
        for (own, others) in zip(self, other) {
            guard case .member = own, case .member = others else { return true }
            if own != others { return false }
        }
        return true
    }
}
