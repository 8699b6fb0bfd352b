internal import Patterns
internal import SagaValues

/// Walks the tree once, counting what it does.
struct Evaluator {
    private let names: [String]
    private let values: [JSON?]
    /// Those of the macros around the place that is evaluated, the outermost first.
    var locals: [Value] = []
    let budget: EvaluationBudget
    private var steps = 0

    init(names: [String], values: [JSON?], budget: EvaluationBudget) {
        self.names = names
        self.values = values
        self.budget = budget
    }

    mutating func evaluate(_ node: Node) throws(EvaluationError) -> Value {
        try spend(1, node.range)
        switch node.kind {
        case .literal(let literal): return Value(literal)
        case .variable(let index): return try variable(index, node.range)
        case .local(let level, _): return locals[level]
        case .list(let items): return .list(try all(items))
        case .map(let entries): return try map(entries)
        case .prefixed(let prefixes, let operand): return try prefixed(prefixes, operand, node.range)
        case .chain(let first, let links): return try chain(first, links)
        case .conditional(let branches, let otherwise): return try conditional(branches, otherwise)
        case .path(let base, let suffixes): return try path(base, suffixes)
        case .call(let function, let arguments): return try call(function, try all(arguments), node.range)
        case .has(let base, let name): return try has(base, name, node.range)
        }
    }

    private func variable(_ index: Int, _ range: TextRange) throws(EvaluationError) -> Value {
        guard let value = values[index] else {
            throw EvaluationError(.noValue, range, "'\(names[index])' has no value")
        }
        return .json(value)
    }

    private mutating func all(_ nodes: [Node]) throws(EvaluationError) -> [Value] {
        var values: [Value] = []
        for node in nodes { values.append(try evaluate(node)) }
        return values
    }

    private mutating func conditional(
        _ branches: [Node.Branch], _ otherwise: Node
    ) throws(EvaluationError) -> Value {
        for branch in branches where try condition(branch.condition) { return try evaluate(branch.value) }
        return try evaluate(otherwise)
    }

    private mutating func path(_ base: Node, _ suffixes: [Suffix]) throws(EvaluationError) -> Value {
        var value = try evaluate(base)
        for suffix in suffixes {
            try spend(1, suffix.range)
            value = try apply(suffix, to: value)
        }
        return value
    }

    private mutating func has(_ base: Node, _ name: String, _ range: TextRange) throws(EvaluationError) -> Value {
        let value = try evaluate(base)
        return .bool(try member(name, of: value, range) != nil)
    }

    private mutating func map(_ entries: [Node.Entry]) throws(EvaluationError) -> Value {
        var members: [(name: String, value: Value)] = []
        var names: Set<[UInt8]> = []
        for entry in entries {
            let key = try evaluate(entry.key)
            guard let name = key.stringValue else {
                throw EvaluationError(
                    .noSuchOverload, entry.key.range, "a key of a map must be a string, not \(Wording.a(key.typeName))")
            }
            try spend(bytes: name.utf8.count, entry.key.range)
            guard names.insert(Array(name.utf8)).inserted else {
                throw EvaluationError(.invalidArgument, entry.key.range, "a key stands twice in the map")
            }
            members.append((name, try evaluate(entry.value)))
        }
        return .map(members)
    }

    private mutating func prefixed(
        _ prefixes: [Prefix], _ operand: Node, _ range: TextRange
    ) throws(EvaluationError) -> Value {
        var value = try evaluate(operand)
        for prefix in prefixes.reversed() {
            try spend(1, range)
            switch prefix {
            case .not:
                guard let truth = value.boolValue else { throw noOverload("!", value, range) }
                value = .bool(!truth)
            case .negative: value = try negated(value, range)
            }
        }
        return value
    }

    /// A value that must be true or false.
    private mutating func condition(_ node: Node) throws(EvaluationError) -> Bool {
        let value = try evaluate(node)
        guard let truth = value.boolValue else {
            throw EvaluationError(
                .noSuchOverload, node.range, "a condition must be a bool, not \(Wording.a(value.typeName))")
        }
        return truth
    }

    private mutating func chain(_ first: Node, _ links: [Node.Link]) throws(EvaluationError) -> Value {
        switch links[0].symbol.level {
        case .or: return try logical(first, links, decidedBy: true)
        case .and: return try logical(first, links, decidedBy: false)
        case .relation, .sum, .product:
            var value = try evaluate(first)
            for link in links {
                let operand = try evaluate(link.operand)
                value = try apply(link.symbol, value, operand, link.range)
            }
            return value
        }
    }

    /// One side that decides is enough, whatever is wrong with the others: `false && 1 / 0 > 1` is false, and so is
    /// `1 / 0 > 1 && false`.
    private mutating func logical(
        _ first: Node, _ links: [Node.Link], decidedBy deciding: Bool
    ) throws(EvaluationError) -> Value {
        var failure: EvaluationError?
        for index in 0...links.count {
            let operand = index == 0 ? first : links[index - 1].operand
            do throws(EvaluationError) {
                if try condition(operand) == deciding { return .bool(deciding) }
            } catch {
                guard error.code.canBeAbsorbed else { throw error }
                failure = failure ?? error
            }
        }
        if let failure { throw failure }
        return .bool(!deciding)
    }

    private mutating func apply(_ suffix: Suffix, to value: Value) throws(EvaluationError) -> Value {
        switch suffix.kind {
        case .member(let name): return try requiredMember(name, of: value, suffix.range)
        case .index(let key): return try element(at: try evaluate(key), of: value, suffix.range)
        case .call(let function, let arguments):
            return try call(function, [value] + (try all(arguments)), suffix.range)
        case .matches(let pattern): return try matches(pattern, value, suffix.range)
        case .each(let each): return try comprehension(each, value, suffix.range)
        }
    }

    // MARK: Means

    mutating func spend(_ count: Int, _ range: TextRange) throws(EvaluationError) {
        steps += count
        guard steps <= budget.steps else {
            throw EvaluationError(.tooCostly, range, "the expression takes more than \(budget.steps) steps")
        }
    }

    /// For text that is looked at or made.
    mutating func spend(bytes: Int, _ range: TextRange) throws(EvaluationError) {
        try spend(bytes >> 6, range)
    }

    func noOverload(_ what: String, _ values: Value..., at range: TextRange) -> EvaluationError {
        let types = values.map { Wording.a($0.typeName) }.joined(separator: " and ")
        return EvaluationError(.noSuchOverload, range, "\(what) does not take \(types)")
    }

    private func noOverload(_ what: String, _ value: Value, _ range: TextRange) -> EvaluationError {
        noOverload(what, value, at: range)
    }
}
