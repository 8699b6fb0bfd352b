internal import Expressions
internal import SagaCore

/// What is certain at a place of a workflow, as far as its text tells.
struct Knowledge {
    /// The steps whose turn has come before; they may have been passed over.
    var done: Set<Int> = []
    /// The cases that were chosen, as the place stands in them.
    var taken: Set<Branch> = []
    /// The conditions that hold, as parts of `&&` written in one way.
    var holds: Set<String> = []
    /// By the name at the root, the places that are there since `has` says so.
    var present: [String: [[SagaCore.Reference.Component]]] = [:]

    mutating func add(_ facts: Facts) {
        holds.formUnion(facts.holds)
        for (name, paths) in facts.present { present[name, default: []] += paths }
    }

    /// Whether something that a reference leads through is known to be there.
    func isPresent(_ name: String, _ path: some Collection<SagaCore.Reference.Component>) -> Bool {
        present[name]?.contains { $0.starts(with: path) } ?? false
    }
}

/// What follows from a condition that holds.
struct Facts {
    var holds: Set<String> = []
    var present: [String: [[SagaCore.Reference.Component]]] = [:]

    /// - Parameter isStable: whether what stands behind this name stays as it is once it was looked at.
    init(_ formula: DraftFormula?, isStable: (String) -> Bool) {
        guard let formula else { return }
        for part in Conjunction(formula.expression).parts {
            let expression = part.expression
            if expression.variables.allSatisfy(isStable) { holds.insert(expression.description) }
            let references = expression.references
            guard references.count == 1, let only = references.first, only.isOnlyTested,
                only.range.offset == 0, only.range.length == expression.text.utf8.count
            else { continue }
            present[only.name, default: []].append(only.path)
        }
    }
}

/// A branch of a `parallel`, or a case of a `switch`.
struct Branch: Hashable {
    enum Group: Hashable {
        /// Counted in the order of the text.
        case parallel(Int)
        /// The step that chooses.
        case choice(Int)
    }

    let group: Group
    let index: Int
}

/// Why a step may not have run though its turn has come.
struct Guard {
    /// The case that it stands in; nil for a condition of its own.
    let branch: Branch?
    /// If all of these hold it has run; nil if nothing can be concluded from conditions.
    let holds: Set<String>?
    /// For messages.
    let condition: String?

    func isSatisfied(by knowledge: Knowledge) -> Bool {
        if let branch, knowledge.taken.contains(branch) { return true }
        return holds.map { knowledge.holds.isSuperset(of: $0) } ?? false
    }
}
