internal import Expressions
internal import SagaCore

extension ChildSite {
    /// The places of the child's input that get what nobody may see, as far as this can be told from the text.
    var sensitiveInput: [[SagaCore.Reference.Component]] {
        guard !sensitive.isEmpty else { return [] }
        var found: [[SagaCore.Reference.Component]] = []
        gather(input, at: [], &found)
        return found
    }

    private func gather(
        _ template: Template, at path: [SagaCore.Reference.Component], _ found: inout [[SagaCore.Reference.Component]]
    ) {
        switch template {
        case .literal: return
        case .reference(let reference):
            for place in sensitive where place.root == reference.root && place.path.meets(reference.path) {
                // What holds a sensitive place brings it along, with its way to it.
                found.append(path + place.path.dropFirst(reference.path.count))
            }
        case .formula(let formula): gather(formula, at: path, &found)
        case .text(let parts):
            for part in parts {
                switch part {
                case .literal: break
                case .reference(let reference): gather(.reference(reference), at: path, &found)
                case .formula(let formula): gather(formula, at: path, &found)
                }
            }
        case .array(let items):
            for item in items { gather(item, at: path, &found) }
        case .object(let members):
            for member in members { gather(member.value, at: path + [.member(member.name)], &found) }
        }
    }

    /// All that it comes to is sensitive if something that it reads is.
    private func gather(
        _ formula: Formula, at path: [SagaCore.Reference.Component], _ found: inout [[SagaCore.Reference.Component]]
    ) {
        let isSensitive = formula.expression.references.contains { reference in
            guard !reference.isOnlyTested, formula.roots.indices.contains(reference.variable) else { return false }
            let root = formula.roots[reference.variable]
            return sensitive.contains { $0.root == root.root && $0.path.meets(root.path + reference.path) }
        }
        if isSensitive { found.append(path) }
    }
}

extension Workflow {
    /// Whether a place of its input is one that nobody may see.
    func hidesInput(at path: [SagaCore.Reference.Component]) -> Bool {
        plan.sensitive.contains { $0.root == .input && $0.path.count <= path.count && $0.path.meets(path) }
    }
}
