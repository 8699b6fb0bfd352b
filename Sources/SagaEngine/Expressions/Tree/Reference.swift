/// A value that an expression reads: a variable, and the members and elements of it that are written out.
///
/// `input.items[0].prices[n]` reads `input.items[0].prices`: what follows a key that is reckoned is not known before.
public struct Reference: Sendable, Hashable {
    public enum Component: Sendable, Hashable {
        case member(String)
        /// Counted from 0.
        case element(Int64)
    }

    /// The variable's index in ``Expression/variables``.
    public let variable: Int
    public let name: String
    public let components: [Component]
    /// From the name to the last of the components.
    public let range: TextRange
    /// Whether it is only asked about with `has()`, so that it may be missing.
    public let isOnlyTested: Bool
}

extension Expression {
    /// The reference that the whole expression is, if it is nothing else: its value is passed on unchanged.
    public var bareReference: Reference? {
        guard let (reference, isWhole) = ReferenceFinder(variables: variables).reference(root), isWhole else {
            return nil
        }
        return reference
    }

    /// All that it reads, in the order of the text; the same value as often as it is read.
    public var references: [Reference] {
        var finder = ReferenceFinder(variables: variables)
        finder.visit(root)
        return finder.found
    }
}

private struct ReferenceFinder {
    let variables: [String]
    private(set) var found: [Reference] = []

    init(variables: [String]) {
        self.variables = variables
    }

    /// The reference that a node begins with, and whether it is no more than that.
    func reference(_ node: Node) -> (Reference, isWhole: Bool)? {
        let (base, suffixes): (Node, [Suffix]) =
            if case .path(let base, let suffixes) = node.kind { (base, suffixes) } else { (node, []) }
        guard case .variable(let variable) = base.kind else { return nil }
        let known = suffixes.prefix { $0.component != nil }
        let reference = Reference(
            variable: variable, name: variables[variable], components: known.compactMap(\.component),
            range: base.range.through(known.last?.range ?? base.range), isOnlyTested: false)
        return (reference, known.count == suffixes.count)
    }

    mutating func visit(_ node: Node) {
        if let (reference, _) = reference(node) { found.append(reference) }
        switch node.kind {
        case .literal, .variable, .local: break
        case .list(let items): visit(items)
        case .map(let entries):
            for entry in entries { visit([entry.key, entry.value]) }
        case .prefixed(_, let operand): visit(operand)
        case .chain(let first, let links): visit([first] + links.map(\.operand))
        case .conditional(let branches, let otherwise):
            for branch in branches { visit([branch.condition, branch.value]) }
            visit(otherwise)
        case .path(let base, let suffixes):
            if case .variable = base.kind {} else { visit(base) }
            for suffix in suffixes { visit(suffix) }
        case .call(_, let arguments): visit(arguments)
        case .has(let base, let name): visitTested(base, name, node.range)
        }
    }

    private mutating func visitTested(_ base: Node, _ name: String, _ range: TextRange) {
        let start = found.count
        visit(base)
        guard let (reference, isWhole) = reference(base), isWhole else { return }
        found[start] = Reference(
            variable: reference.variable, name: reference.name, components: reference.components + [.member(name)],
            range: range, isOnlyTested: true)
    }

    private mutating func visit(_ nodes: [Node]) {
        for node in nodes { visit(node) }
    }

    private mutating func visit(_ suffix: Suffix) {
        switch suffix.kind {
        case .member, .matches: break
        case .index(let key): visit(key)
        case .call(_, let arguments): visit(arguments)
        case .each(let each):
            visit(each.body)
            if let transform = each.transform { visit(transform) }
        }
    }
}

extension Suffix {
    /// What it names, where that is written out.
    var component: Reference.Component? {
        switch kind {
        case .member(let name): return .member(name)
        case .index(let key):
            guard case .literal(.int(let index)) = key.kind, index >= 0 else { return nil }
            return .element(index)
        case .call, .matches, .each: return nil
        }
    }
}
