import TestSupport

/// Writes expressions that can be read, with every form of the language among them; many of them have no value.
struct ExpressionGenerator {
    private var random: SeededGenerator
    private var locals: [String] = []

    init(seed: UInt64) {
        random = SeededGenerator(seed: seed)
    }

    mutating func expression() -> String {
        locals = []
        return any(depth: Int.random(in: 1...5, using: &random))
    }

    private mutating func pick(_ words: [String]) -> String { words.randomElement(using: &random) ?? "" }

    private mutating func space() -> String { pick(["", " ", " ", "\n"]) }

    private mutating func any(depth: Int) -> String {
        guard depth > 0 else { return leaf() }
        let next = depth - 1
        switch Int.random(in: 0..<16, using: &random) {
        case 0...4:
            // Spaces, or a minus would become a part of a name.
            let symbol = pick(["+", "-", "*", "/", "%", "==", "!=", "<", "<=", ">", ">=", "&&", "||", "in"])
            return "\(any(depth: next)) \(symbol) \(any(depth: next))"
        case 5: return pick(["!", "-", "--", "!!", "- "]) + operand(next)
        case 6: return "\(operand(next)) ? \(operand(next)) : \(any(depth: next))"
        case 7: return "(\(space())\(any(depth: next))\(space()))"
        case 8:
            return operand(next)
                + pick([".b", ".c", ".d", "[0]", "['e-f']", "[\"b\"]", "[n]", ".n", ".in", ".null", ".b[0]", ".c['d']"])
        case 9: return "[" + list(next) + "]"
        case 10: return "{'k': \(any(depth: next)), \(pick(["\"l m\"", "s", "'x'"])): \(any(depth: next))}"
        case 11: return call(next)
        case 12, 13: return macro(next)
        case 14: return "has(\(operand(next))\(pick([".b", "['e-f']", ".c"])))"
        default: return leaf()
        }
    }

    private mutating func operand(_ depth: Int) -> String {
        random.chance(50) ? leaf() : "(\(any(depth: depth)))"
    }

    private mutating func list(_ depth: Int) -> String {
        (0..<Int.random(in: 0...3, using: &random)).map { _ in any(depth: depth) }.joined(separator: ", ")
    }

    private mutating func call(_ depth: Int) -> String {
        let value = any(depth: depth)
        switch Int.random(in: 0..<5, using: &random) {
        case 0:
            return
                "\(pick(["size", "int", "decimal", "string", "bool", "math.abs", "math.round", "math.sum", "math.ceil"]))(\(value))"
        case 1: return "\(operand(depth)).\(pick(["trim", "lowerAscii", "upperAscii", "size", "join"]))()"
        case 2:
            return
                "\(operand(depth)).\(pick(["contains", "startsWith", "endsWith", "split", "indexOf", "charAt", "substring", "join", "lastIndexOf"]))(\(value))"
        case 3: return "\(operand(depth)).matches(\(pick(["'^h'", "r'\\d+'", "\"l*\""])))"
        default: return "\(pick(["math.greatest", "math.least"]))(\(value), \(any(depth: depth)))"
        }
    }

    private mutating func macro(_ depth: Int) -> String {
        let variable = pick(["x", "y", "x_1", "a"])
        let source = random.chance(60) ? pick(["a.b", "b", "[1, 2, 3]", "a", "['x', s]"]) : operand(depth)
        locals.append(variable)
        defer { locals.removeLast() }
        let body = any(depth: depth)
        switch Int.random(in: 0..<6, using: &random) {
        case 0: return "\(source).map(\(variable), \(body))"
        case 1: return "\(source).map(\(variable), \(body), \(any(depth: depth)))"
        default: return "\(source).\(pick(["all", "exists", "exists_one", "filter"]))(\(variable), \(body))"
        }
    }

    private mutating func leaf() -> String {
        if let local = locals.randomElement(using: &random), random.chance(50) { return local }
        return pick([
            "1", "0", "-7", "0x1F", "9223372036854775807", "-9223372036854775808", "1.50", "-0.05", ".5", "1e3", "2E-2",
            "'text'", "\"it's\"",
            "'''a'b'''", "r'\\n'", "'\\n\\u00e9\\'\\\\'", "''", "true", "false", "null", "[]", "{}", "a", "a.b", "b",
            "create-order", "create-order.id",
            "s", "n", "t", "huge", "missing", "a.c.d", "a.m", "1 // a note\n",
        ])
    }

    // MARK: With a few names whose types are known

    mutating func typed() -> String {
        locals = []
        return typed(depth: Int.random(in: 1...3, using: &random))
    }

    private mutating func typed(depth: Int) -> String {
        guard depth > 0 else {
            return pick(
                ["1", "2.5", "'a'", "true", "null", "n", "d", "s", "t", "ns", "o", "o.n", "o.s", "ns[0]", "[]"] + locals
            )
        }
        let next = depth - 1
        switch Int.random(in: 0..<12, using: &random) {
        case 0...2: return "(\(typed(depth: next)) \(pick(["+", "-", "*", "/", "%"])) \(typed(depth: next)))"
        case 3...4: return "(\(typed(depth: next)) \(pick(["==", "<", ">=", "in", "&&", "||"])) \(typed(depth: next)))"
        case 5: return "(\(typed(depth: next)) ? \(typed(depth: next)) : \(typed(depth: next)))"
        case 6: return "[\(typed(depth: next)), \(typed(depth: next))]"
        case 7: return "{'n': \(typed(depth: next))}" + pick(["", ".n", "['n']"])
        case 8:
            return pick(["size", "int", "decimal", "string", "math.abs", "math.round", "math.sum"])
                + "(\(typed(depth: next)))"
        case 9:
            return "(\(typed(depth: next)))"
                + pick([".trim()", ".split('')", "[0]", ".n", ".size()", ".contains('a')"])
        case 10: return pick(["!", "-"]) + "(\(typed(depth: next)))"
        default:
            let source = typed(depth: next)
            locals.append("x")
            defer { locals.removeLast() }
            return "(\(source)).\(pick(["map", "filter", "all", "exists"]))(x, \(typed(depth: next)))"
        }
    }
}
