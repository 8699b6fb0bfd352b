internal import Patterns
internal import SagaValues

/// Writes a tree as text that is read as the same tree.
struct Printer {
    let variables: [String]

    func text(of node: Node) -> String {
        switch node.kind {
        case .literal(let literal): text(of: literal)
        case .variable(let index): variables[index]
        case .local(_, let name): name
        case .list(let items): "[" + list(items) + "]"
        case .map(let entries):
            "{" + entries.map { "\(text(of: $0.key)): \(text(of: $0.value))" }.joined(separator: ", ") + "}"
        case .prefixed(let prefixes, let operand):
            prefixes.map { $0 == .not ? "!" : "-" }.joined() + self.operand(operand, after: prefixes)
        case .chain(let first, let links):
            links.reduce(part(first, of: links[0].symbol.level)) {
                "\($0) \($1.symbol.rawValue) \(part($1.operand, of: $1.symbol.level))"
            }
        case .conditional(let branches, let otherwise):
            branches.map { "\(inner($0.condition)) ? \(inner($0.value)) : " }.joined() + inner(otherwise)
        case .path(let base, let suffixes): suffixes.reduce(root(base)) { $0 + text(of: $1) }
        case .call(let function, let arguments): "\(function.fullName)(\(list(arguments)))"
        case .has(let base, let name): "has(\(root(base))\(member(name)))"
        }
    }

    private func list(_ items: [Node]) -> String {
        items.map { text(of: $0) }.joined(separator: ", ")
    }

    // MARK: Where brackets are needed

    /// In a chain: whatever binds no tighter.
    private func part(_ node: Node, of level: BinaryOperator.Level) -> String {
        switch node.kind {
        case .chain(_, let links): bracketed(node, if: links[0].symbol.level <= level)
        case .conditional: bracketed(node, if: true)
        case .literal, .variable, .local, .list, .map, .prefixed, .path, .call, .has: text(of: node)
        }
    }

    /// In a conditional: another one.
    private func inner(_ node: Node) -> String {
        if case .conditional = node.kind { bracketed(node, if: true) } else { text(of: node) }
    }

    /// Behind `!` and `-`. A minus would become a part of a number behind it.
    private func operand(_ node: Node, after prefixes: [Prefix]) -> String {
        switch node.kind {
        case .prefixed, .chain, .conditional: bracketed(node, if: true)
        case .literal(.int(let value)): bracketed(node, if: prefixes.last == .negative && value >= 0)
        case .literal(.decimal(let value)): bracketed(node, if: prefixes.last == .negative && !value.isNegative)
        case .path(let base, _): bracketed(node, if: prefixes.last == .negative && beginsWithDigit(base))
        case .literal, .variable, .local, .list, .map, .call, .has: text(of: node)
        }
    }

    private func beginsWithDigit(_ node: Node) -> Bool {
        switch node.kind {
        case .literal(.int(let value)): value >= 0
        case .literal(.decimal(let value)): !value.isNegative
        default: false
        }
    }

    /// Before a dot or a bracket.
    private func root(_ node: Node) -> String {
        switch node.kind {
        case .prefixed, .chain, .conditional: bracketed(node, if: true)
        case .literal, .variable, .local, .list, .map, .path, .call, .has: text(of: node)
        }
    }

    private func bracketed(_ node: Node, if isNeeded: Bool) -> String {
        isNeeded ? "(\(text(of: node)))" : text(of: node)
    }

    // MARK: Suffixes and literals

    private func text(of suffix: Suffix) -> String {
        switch suffix.kind {
        case .member(let name): return member(name)
        case .index(let key): return "[\(text(of: key))]"
        case .call(let function, let arguments): return ".\(function.rawValue)(\(list(arguments)))"
        case .matches(let pattern): return ".matches(\(quoted(pattern.text)))"
        case .each(let each):
            let transform = each.transform.map { ", " + text(of: $0) } ?? ""
            return ".\(each.macro.rawValue)(\(each.variable), \(text(of: each.body))\(transform))"
        }
    }

    private func member(_ name: String) -> String {
        let lexer = Lexer(name)
        let isName = lexer.bytes.first.map(lexer.isNameStart) ?? false
        return isName && lexer.bytes.allSatisfy(lexer.isNamePart) ? "." + name : "[\(quoted(name))]"
    }

    private func text(of literal: Literal) -> String {
        switch literal {
        case .null: "null"
        case .bool(let value): value ? "true" : "false"
        case .int(let value): String(value)
        case .decimal(let value): value.scale == 0 ? "\(value)e0" : value.description
        case .string(let text): quoted(text)
        }
    }

    private func quoted(_ text: String) -> String {
        var result = "'"
        for scalar in text.unicodeScalars {
            switch scalar {
            case "'": result += "\\'"
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            case _ where scalar.value < 0x20 || scalar.value == 0x7F:
                result += (scalar.value < 0x10 ? "\\x0" : "\\x") + String(scalar.value, radix: 16)
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "'"
    }
}
