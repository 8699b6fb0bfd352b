internal import Patterns
internal import SagaValues

/// Literals, names, brackets, and what follows them.
extension Parser {
    mutating func withSuffixes(isNegative: Bool) throws(ExpressionFinding) -> Node {
        let base = try value(isNegative: isNegative)
        var suffixes: [Suffix] = []
        while let suffix = try suffix() { suffixes.append(suffix) }
        if current.kind == .symbol(.openBrace) { throw messageSyntax(base.range.through(current.range)) }
        return try extended(base, by: suffixes)
    }

    private mutating func suffix() throws(ExpressionFinding) -> Suffix? {
        let start = current.range
        if try take(.dot) { return Suffix(kind: try member(), range: start.through(lastRange)) }
        if try take(.openSquare) { return Suffix(kind: try keyed(), range: start.through(lastRange)) }
        return nil
    }

    private mutating func member() throws(ExpressionFinding) -> Suffix.Kind {
        if current.kind == .symbol(.question) { throw optionalSyntax() }
        guard case .name(let name) = current.kind else { throw unexpected("a name") }
        let range = current.range
        index += 1
        return current.kind == .symbol(.openRound) ? try method(name, range) : .member(name)
    }

    private mutating func keyed() throws(ExpressionFinding) -> Suffix.Kind {
        if current.kind == .symbol(.question) { throw optionalSyntax() }
        let key = try expression()
        try expect(.closeSquare, "']'")
        if case .literal(.string(let name)) = key.kind { return .member(name) }
        return .index(key)
    }

    /// One path out of a path in brackets and what follows it, since they mean the same.
    func extended(_ base: Node, by suffixes: [Suffix]) throws(ExpressionFinding) -> Node {
        guard let last = suffixes.last else { return base }
        let range = base.range.through(last.range)
        if case .path(let root, let first) = base.kind {
            return try checked(Node(kind: .path(root, first + suffixes), range: range))
        }
        return try checked(Node(kind: .path(base, suffixes), range: range))
    }

    private mutating func value(isNegative: Bool) throws(ExpressionFinding) -> Node {
        switch current.kind {
        case .symbol(.openRound): return try inBrackets()
        case .symbol(.openSquare): return try list()
        case .symbol(.openBrace): return try map()
        case .name(let name):
            if token(at: 1) == .symbol(.openRound), name != "in" { return try global(name) }
            return isMathematics ? try mathematics() : try named(name)
        case .int, .decimal, .string, .symbol, .end: return try literal(isNegative: isNegative)
        }
    }

    private mutating func inBrackets() throws(ExpressionFinding) -> Node {
        let start = current.range
        index += 1
        let inner = try expression()
        try expect(.closeRound, "')'")
        return Node(kind: inner.kind, range: start.through(lastRange))
    }

    private mutating func literal(isNegative: Bool) throws(ExpressionFinding) -> Node {
        let range = isNegative ? lastRange.through(current.range) : current.range
        switch current.kind {
        case .int(let magnitude):
            guard let value = isNegative ? Int64(exactly: -Int128(magnitude)) : Int64(exactly: magnitude) else {
                throw ExpressionFinding(
                    .badNumber, range, "the integer does not fit 64 bits",
                    help: "write it as a decimal, such as 9223372036854775808.0, or as text")
            }
            index += 1
            return try made(.literal(.int(value)), range)
        case .decimal(let value):
            index += 1
            return try made(.literal(.decimal(isNegative ? -value : value)), range)
        case .string(let text):
            index += 1
            return try made(.literal(.string(text)), range)
        case .symbol(.dot):
            throw ExpressionFinding(
                .notSupported, range, "a name that begins with a dot is not supported",
                help: "write the name alone: there are no packages")
        case .name, .symbol, .end: throw unexpected("a value")
        }
    }

    private mutating func named(_ name: String) throws(ExpressionFinding) -> Node {
        if name == "in" { throw unexpected("a value") }
        let range = current.range
        index += 1
        switch name {
        case "null": return try made(.literal(.null), range)
        case "true", "false": return try made(.literal(.bool(name == "true")), range)
        default: return try variable(name, range)
        }
    }

    private mutating func list() throws(ExpressionFinding) -> Node {
        let start = current.range
        index += 1
        var items: [Node] = []
        while try !take(.closeSquare) {
            if current.kind == .symbol(.question) { throw optionalSyntax() }
            items.append(try expression())
            if try take(.comma) { continue }
            try expect(.closeSquare, "',' or ']'")
            break
        }
        return try made(.list(items), start.through(lastRange))
    }

    private mutating func map() throws(ExpressionFinding) -> Node {
        let start = current.range
        index += 1
        var entries: [Node.Entry] = []
        var names: Set<[UInt8]> = []
        while try !take(.closeBrace) {
            if current.kind == .symbol(.question) { throw optionalSyntax() }
            let key = try expression()
            check(key, &names)
            try expect(.colon, "':' and the value")
            entries.append(Node.Entry(key: key, value: try expression()))
            if try take(.comma) { continue }
            try expect(.closeBrace, "',' or '}'")
            break
        }
        return try made(.map(entries), start.through(lastRange))
    }

    /// Keys are text, each once; those that are reckoned are looked at when they are.
    private mutating func check(_ key: Node, _ names: inout Set<[UInt8]>) {
        guard case .literal(let literal) = key.kind else { return }
        guard case .string(let name) = literal else {
            note(
                .notSupported, key.range, "keys of maps are text, as in JSON; others are not supported",
                help: "put the key in quotes: {'1': value}")
            return
        }
        guard names.insert(Array(name.utf8)).inserted else {
            note(.wrongArguments, key.range, "the key stands twice in the map", help: "leave one of them out")
            return
        }
    }

    private func messageSyntax(_ range: TextRange) -> ExpressionFinding {
        ExpressionFinding(
            .notSupported, range, "messages are not supported", help: "write a map: {'name': value}")
    }

    private func optionalSyntax() -> ExpressionFinding {
        ExpressionFinding(
            .notSupported, current.range, "optional values are not supported",
            help: "use has(a.b) ? a.b : 'otherwise'")
    }
}
