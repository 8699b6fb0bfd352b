/// A member of a member of a variable.
struct KnownPath: Hashable {
    enum Root: Hashable {
        case variable(Int)
        case local(Int)
    }

    let root: Root
    let components: [Reference.Component]

    /// The path that a node is, if its keys are written out.
    init?(_ node: Node) {
        let (base, suffixes): (Node, [Suffix]) =
            if case .path(let base, let suffixes) = node.kind { (base, suffixes) } else { (node, []) }
        self.init(base, suffixes[...])
    }

    init?(_ base: Node, _ suffixes: ArraySlice<Suffix>) {
        switch base.kind {
        case .variable(let index): root = .variable(index)
        case .local(let level, _): root = .local(level)
        case .literal, .list, .map, .prefixed, .chain, .conditional, .path, .call, .has: return nil
        }
        components = suffixes.compactMap(\.component)
        guard components.count == suffixes.count else { return nil }
    }

    private init(_ root: Root, _ components: [Reference.Component]) {
        self.root = root
        self.components = components
    }

    func member(_ name: String) -> KnownPath {
        KnownPath(root, components + [.member(name)])
    }

    /// This path and those that lead to it.
    var withPrefixes: [KnownPath] {
        (0...components.count).map { KnownPath(root, Array(components.prefix($0))) }
    }
}

/// The members that are there for certain at a place of the expression, since something before it has asked.
struct KnownPaths {
    private var paths: Set<KnownPath> = []

    func contains(_ path: KnownPath?) -> Bool {
        path.map { paths.contains($0) } ?? false
    }

    func adding(_ more: some Sequence<KnownPath>) -> KnownPaths {
        var result = self
        result.paths.formUnion(more)
        return result
    }

    /// The members that are there if a condition turns out so.
    static func asked(by node: Node, is outcome: Bool) -> Set<KnownPath> {
        switch node.kind {
        case .has(let base, let name):
            guard outcome, let path = KnownPath(base) else { return [] }
            return [path.member(name)]
        case .prefixed(let prefixes, let operand):
            guard prefixes.allSatisfy({ $0 == .not }) else { return [] }
            return asked(by: operand, is: prefixes.count % 2 == 0 ? outcome : !outcome)
        case .chain(let first, let links):
            let operands = [first] + links.map(\.operand)
            switch (links[0].symbol, outcome) {
            case (.and, true), (.or, false):
                return operands.reduce(into: []) { $0.formUnion(asked(by: $1, is: outcome)) }
            case (.and, false), (.or, true):
                let each = operands.map { asked(by: $0, is: outcome) }
                return each.dropFirst().reduce(each[0]) { $0.intersection($1) }
            case (.within, true):
                guard links.count == 1, case .literal(.string(let name)) = first.kind,
                    let path = KnownPath(links[0].operand)
                else { return [] }
                return [path.member(name)]
            default: return []
            }
        case .literal, .variable, .local, .list, .map, .conditional, .path, .call: return []
        }
    }
}
