internal import SagaValues

/// Reads tokens into a tree. What is wrong but can be passed over is gathered; the first thing that cannot ends it.
struct Parser {
    let tokens: [Token]
    let limits: ExpressionLimits
    var index = 0
    var findings: [ExpressionFinding] = []
    /// The names of the expression's variables, each once.
    private(set) var variables: [String] = []
    /// The variables of the macros around the place that is being read, the outermost first.
    var locals: [String] = []
    var depth = 0
    private var parts = 0

    init(_ tokens: [Token], limits: ExpressionLimits) {
        self.tokens = tokens
        self.limits = limits
    }

    mutating func whole() throws(ExpressionFinding) -> Node {
        let node = try expression()
        guard current.kind == .end else { throw unexpected("an operator or the end") }
        return node
    }

    /// `condition ? value : otherwise`, and all that binds tighter.
    mutating func expression() throws(ExpressionFinding) -> Node {
        depth += 1
        defer { depth -= 1 }
        guard depth <= limits.depth + 1 else { throw tooDeep(current.range) }
        let first = try operation()
        return current.kind == .symbol(.question) ? try conditional(first) : first
    }

    private mutating func conditional(_ first: Node) throws(ExpressionFinding) -> Node {
        var branches: [Node.Branch] = []
        var last = first
        while try take(.question) {
            let value = try operation()
            try expect(.colon, "':' and the value for when the condition does not hold")
            branches.append(Node.Branch(condition: last, value: value))
            last = try operation()
        }
        return try made(.conditional(branches, otherwise: last), first.range.through(last.range))
    }

    /// Operands and the operators between them.
    ///
    /// Chains that wait for their right side stand on a stack, each binding tighter than the one below it.
    private mutating func operation() throws(ExpressionFinding) -> Node {
        var waiting: [WaitingChain] = []
        var operand = try prefixed()
        while true {
            let symbol = BinaryOperator(current.kind)
            while let last = waiting.last, symbol.map({ $0.level < last.symbol.level }) ?? true {
                waiting.removeLast()
                operand = try closed(last, with: operand)
            }
            guard let symbol else { return operand }
            if let last = waiting.last, last.symbol.level == symbol.level {
                waiting[waiting.count - 1].add(operand, then: symbol, current.range)
            } else {
                waiting.append(WaitingChain(first: operand, symbol: symbol, range: current.range))
            }
            index += 1
            operand = try prefixed()
        }
    }

    private mutating func closed(_ chain: WaitingChain, with operand: Node) throws(ExpressionFinding) -> Node {
        var chain = chain
        chain.add(operand, then: chain.symbol, chain.range)
        return try made(.chain(chain.first, chain.links), chain.first.range.through(operand.range))
    }

    private mutating func prefixed() throws(ExpressionFinding) -> Node {
        let start = current.range
        var prefixes = try prefixes()
        // A minus right before a number belongs to it, or the smallest integer could not be written.
        let isNegative = prefixes.last == .negative && current.kind.isNumber
        if isNegative { prefixes.removeLast() }
        let operand = try withSuffixes(isNegative: isNegative)
        return prefixes.isEmpty ? operand : try made(.prefixed(prefixes, operand), start.through(operand.range))
    }

    private mutating func prefixes() throws(ExpressionFinding) -> [Prefix] {
        var prefixes: [Prefix] = []
        while true {
            if try take(.not) {
                prefixes.append(.not)
            } else if try take(.minus) {
                prefixes.append(.negative)
            } else {
                return prefixes
            }
        }
    }

    // MARK: Variables

    /// The node of a root name.
    mutating func variable(_ name: String, _ range: TextRange) throws(ExpressionFinding) -> Node {
        if let level = locals.lastIndex(of: name) {
            return try made(.local(level: level, name: name), range)
        }
        let index = variables.firstIndex(of: name) ?? variables.count
        if index == variables.count { variables.append(name) }
        return try made(.variable(index), range)
    }

    // MARK: Tokens

    var current: Token { tokens[min(index, tokens.count - 1)] }

    func token(at distance: Int) -> Token.Kind {
        index + distance < tokens.count ? tokens[index + distance].kind : .end
    }

    /// The range of the token before the current one.
    var lastRange: TextRange { tokens[max(0, index - 1)].range }

    mutating func take(_ symbol: Symbol) throws(ExpressionFinding) -> Bool {
        guard current.kind == .symbol(symbol) else { return false }
        index += 1
        try count(1)
        return true
    }

    mutating func expect(_ symbol: Symbol, _ expected: String) throws(ExpressionFinding) {
        guard try take(symbol) else { throw unexpected(expected) }
    }

    mutating func made(_ kind: Node.Kind, _ range: TextRange) throws(ExpressionFinding) -> Node {
        try count(1)
        return try checked(Node(kind: kind, range: range))
    }

    /// A node that is made of nodes that were counted.
    func checked(_ node: Node) throws(ExpressionFinding) -> Node {
        guard node.height <= limits.depth + 1 else { throw tooDeep(node.range) }
        return node
    }

    private func tooDeep(_ range: TextRange) -> ExpressionFinding {
        ExpressionFinding(
            .tooDeep, range, "brackets and operators stand in each other more than \(limits.depth) levels deep",
            help: "make it flatter, or let a step reckon it")
    }

    private mutating func count(_ more: Int) throws(ExpressionFinding) {
        parts += more
        guard parts <= limits.parts else {
            throw ExpressionFinding(
                .tooManyParts, current.range, "the expression has more than \(limits.parts) parts",
                help: "let a step reckon it")
        }
    }

    mutating func note(_ code: ExpressionFinding.Code, _ range: TextRange, _ message: String, help: String) {
        findings.append(ExpressionFinding(code, range, message, help: help))
    }

    func unexpected(_ expected: String) -> ExpressionFinding {
        let found =
            switch current.kind {
            case .name(let name): "'\(name)'"
            case .int, .decimal: "a number"
            case .string: "text in quotes"
            case .symbol(let symbol): "'\(symbol.rawValue)'"
            case .end: "the end"
            }
        return ExpressionFinding(
            .syntax, current.range, "\(found) stands where \(expected) was expected",
            help: "see what is missing before it, or left over")
    }
}

/// A chain of operators that bind equally, whose last operand is still to be read.
private struct WaitingChain {
    let first: Node
    private(set) var links: [Node.Link] = []
    /// The operator that waits for its right side.
    private(set) var symbol: BinaryOperator
    private(set) var range: TextRange

    init(first: Node, symbol: BinaryOperator, range: TextRange) {
        self.first = first
        self.symbol = symbol
        self.range = range
    }

    mutating func add(_ operand: Node, then next: BinaryOperator, _ nextRange: TextRange) {
        links.append(Node.Link(symbol: symbol, operand: operand, range: range))
        symbol = next
        range = nextRange
    }
}
