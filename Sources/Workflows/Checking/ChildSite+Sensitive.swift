internal import Expressions
internal import SagaCore

extension ChildSite {
    /// The places of the child's input that get what nobody may see, as far as this can be told from the text.
    var sensitiveInput: [[SagaCore.Reference.Component]] { input.places(holding: sensitive) }

    /// Whether a place of what the child gives is one that nobody may see here.
    func hidesOutput(at path: [SagaCore.Reference.Component]) -> Bool {
        sensitive.contains { $0.root == output && $0.path.count <= path.count && $0.path.meets(path) }
    }
}

extension Template {
    /// Where what it comes to has something of what nobody may see.
    fileprivate func places(holding sensitive: [SagaCore.Reference]) -> [[SagaCore.Reference.Component]] {
        guard !sensitive.isEmpty else { return [] }
        var found: [[SagaCore.Reference.Component]] = []
        gather(sensitive, at: [], &found)
        return found
    }

    private func gather(
        _ sensitive: [SagaCore.Reference], at path: [SagaCore.Reference.Component],
        _ found: inout [[SagaCore.Reference.Component]]
    ) {
        switch self {
        case .literal: return
        case .reference(let reference):
            for place in sensitive where place.root == reference.root && place.path.meets(reference.path) {
                // What holds a sensitive place brings it along, with its way to it.
                found.append(path + place.path.dropFirst(reference.path.count))
            }
        case .formula(let formula): formula.gather(sensitive, at: path, &found)
        case .text(let parts):
            for part in parts {
                switch part {
                case .literal: break
                case .reference(let reference): Template.reference(reference).gather(sensitive, at: path, &found)
                case .formula(let formula): formula.gather(sensitive, at: path, &found)
                }
            }
        case .array(let items):
            for item in items { item.gather(sensitive, at: path, &found) }
        case .object(let members):
            for member in members { member.value.gather(sensitive, at: path + [.member(member.name)], &found) }
        }
    }
}

extension Formula {
    /// All that it comes to is sensitive if something that it reads is.
    fileprivate func gather(
        _ sensitive: [SagaCore.Reference], at path: [SagaCore.Reference.Component],
        _ found: inout [[SagaCore.Reference.Component]]
    ) {
        let isSensitive = expression.references.contains { reference in
            guard !reference.isOnlyTested, roots.indices.contains(reference.variable) else { return false }
            let root = roots[reference.variable]
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

    /// The places of its output that have something of what nobody may see.
    var sensitiveOutput: [[SagaCore.Reference.Component]] { plan.output?.places(holding: plan.sensitive) ?? [] }
}
