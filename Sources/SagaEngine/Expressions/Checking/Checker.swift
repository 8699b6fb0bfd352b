/// Walks the tree once with types in place of values.
struct Checker {
    let variables: [String]
    let types: [String: StaticType]
    /// Those of the macros around the place that is looked at.
    var locals: [StaticType] = []
    var findings: [ExpressionFinding] = []

    init(variables: [String], types: [String: StaticType]) {
        self.variables = variables
        self.types = types
    }

    mutating func type(of node: Node, _ known: KnownPaths) -> StaticType {
        switch node.kind {
        case .literal(let literal): return type(of: literal)
        case .variable(let index): return variable(variables[index], node.range)
        case .local(let level, _): return locals[level]
        case .list(let items):
            var types: [StaticType] = []
            for item in items { types.append(type(of: item, known)) }
            return StaticType.list(of: .union(types)).bounded
        case .map(let entries): return map(entries, known)
        case .prefixed(let prefixes, let operand): return prefixed(prefixes, operand, node.range, known)
        case .chain(let first, let links): return chain(first, links, known)
        case .conditional(let branches, let otherwise): return conditional(branches, otherwise, known)
        case .path(let base, let suffixes):
            var type = type(of: base, known)
            for (index, suffix) in suffixes.enumerated() {
                let path = KnownPath(base, suffixes[...index])
                type = self.type(of: suffix, on: type, known, isKnown: known.contains(path))
            }
            return type
        case .call(let function, let arguments):
            var types: [(StaticType, TextRange)] = []
            for argument in arguments { types.append((type(of: argument, known), argument.range)) }
            return result(of: function, types, node.range)
        case .has(let base, let name):
            let type = type(of: base, known)
            _ = member(name, of: type, node.range, isKnown: true)
            return .bool
        }
    }

    private func type(of literal: Literal) -> StaticType {
        switch literal {
        case .null: .null
        case .bool: .bool
        case .int: .int
        case .decimal: .decimal
        case .string: .string
        }
    }

    private mutating func variable(_ name: String, _ range: TextRange) -> StaticType {
        if let type = types[name] { return type }
        let parts = name.split(separator: "-")
        let help: String
        if name.contains("-") {
            let isDifference = parts.allSatisfy { types[String($0)] != nil || $0.allSatisfy(\.isNumber) }
            help =
                "a hyphen directly between letters or digits belongs to the name: put spaces around the minus"
                + (isDifference ? ", " + parts.joined(separator: " - ") : " if it is one")
        } else {
            let names = types.keys.sorted()
            help =
                names.isEmpty
                ? "text stands in quotes"
                : "there are \(names.prefix(20).joined(separator: ", "))\(names.count > 20 ? ", …" : ""); text stands in quotes"
        }
        report(.unknownName, range, "there is nothing called '\(name)' here", help: help)
        return .any
    }

    private mutating func map(_ entries: [Node.Entry], _ known: KnownPaths) -> StaticType {
        var members: [ObjectType.Member] = []
        var isOpen = false
        for entry in entries {
            let key = type(of: entry.key, known)
            if !key.canBe(.string) {
                report(
                    .wrongType, entry.key.range, "a key of a map is a string, never \(Wording.a(key.name))",
                    help: "use string(…)")
            }
            let value = type(of: entry.value, known)
            if case .literal(.string(let name)) = entry.key.kind {
                members.append(ObjectType.Member(name, value))
            } else {
                isOpen = true
            }
        }
        return StaticType.object(ObjectType(members, isOpen: isOpen)).bounded
    }

    private mutating func prefixed(
        _ prefixes: [Prefix], _ operand: Node, _ range: TextRange, _ known: KnownPaths
    ) -> StaticType {
        var type = type(of: operand, known)
        for prefix in prefixes.reversed() {
            switch prefix {
            case .not:
                require(type, [.bool], "!", range)
                type = .bool
            case .negative:
                require(type, [.int, .decimal], "-", range)
                type = type.numeric
            }
        }
        return type
    }

    private mutating func conditional(
        _ branches: [Node.Branch], _ otherwise: Node, _ known: KnownPaths
    ) -> StaticType {
        var known = known
        var types: [StaticType] = []
        for branch in branches {
            condition(branch.condition, known)
            let asked = KnownPaths.asked(by: branch.condition, is: true).flatMap(\.withPrefixes)
            types.append(type(of: branch.value, known.adding(asked)))
            known = known.adding(KnownPaths.asked(by: branch.condition, is: false).flatMap(\.withPrefixes))
        }
        types.append(type(of: otherwise, known))
        return StaticType.union(types).bounded
    }

    /// A value that must be true or false.
    mutating func condition(_ node: Node, _ known: KnownPaths) {
        let type = type(of: node, known)
        guard !type.canBe(.bool) else { return }
        report(
            .wrongType, node.range, "a condition is a bool, never \(Wording.a(type.name))",
            help: "compare it with something, such as x != null or x > 0")
    }

    private mutating func chain(_ first: Node, _ links: [Node.Link], _ known: KnownPaths) -> StaticType {
        switch links[0].symbol.level {
        case .or, .and:
            logical([first] + links.map(\.operand), unless: links[0].symbol == .or, known)
            return .bool
        case .relation, .sum, .product:
            var type = type(of: first, known)
            for link in links {
                type = result(of: link.symbol, type, self.type(of: link.operand, known), link.range)
            }
            return type
        }
    }

    /// Each operand matters only when none of the others decides, on whichever side it stands: in
    /// `a.b > 1 && has(a.b)` as in `has(a.b) && a.b > 1`. But that `a` is there for `has(a.b)` is only known behind it.
    private mutating func logical(_ operands: [Node], unless deciding: Bool, _ known: KnownPaths) {
        let asked = operands.map { KnownPaths.asked(by: $0, is: !deciding) }
        // Gathered from the end, so that a long chain is gone through twice and not for each operand.
        var behind: [Set<KnownPath>] = [[]]
        for paths in asked.dropFirst().reversed() { behind.append(behind[behind.count - 1].union(paths)) }
        var before = known
        for (index, operand) in operands.enumerated() {
            condition(operand, before.adding(behind[operands.count - 1 - index]))
            before = before.adding(asked[index].flatMap(\.withPrefixes))
        }
    }

    // MARK: Findings

    mutating func report(_ code: ExpressionFinding.Code, _ range: TextRange, _ message: String, help: String) {
        findings.append(ExpressionFinding(code, range, message, help: help))
    }

    mutating func require(_ type: StaticType, _ kinds: [StaticType.Kind], _ what: String, _ range: TextRange) {
        guard !type.canBe(kinds) else { return }
        let wanted = Wording.choice(kinds.map(\.rawValue))
        report(
            .wrongType, range, "\(what) takes \(Wording.a(wanted)), never \(Wording.a(type.name))",
            help: Checker.help(from: type))
    }

    /// What makes a number of a text, and so on.
    static func help(from type: StaticType) -> String {
        switch type.kind {
        case .string: "make a number of text with int(…) or decimal(…)"
        case .int, .decimal: "make text of a number with string(…)"
        case .null, .bool, .list, .map, nil: "see which value was meant"
        }
    }
}

extension StaticType {
    /// What is left when it turns out to be a number.
    var numeric: StaticType {
        let numbers = alternatives.filter { $0 == .int || $0 == .decimal }
        return numbers.isEmpty || canBeAnything ? .number : .union(numbers)
    }

    var canBeAnything: Bool { alternatives.contains(.any) }
}
