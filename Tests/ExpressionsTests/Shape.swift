import Patterns
import SagaValues

@testable import Expressions

extension Expression {
    /// The tree with every bracket: what binds to what, whatever the text's own brackets.
    var shape: String { Shape(variables: variables).text(root) }
}

private struct Shape {
    let variables: [String]

    func text(_ node: Node) -> String {
        switch node.kind {
        case .literal(let literal): text(literal)
        case .variable(let index): variables[index]
        case .local(_, let name): name
        case .list(let items): "[" + list(items) + "]"
        case .map(let entries): "{" + entries.map { "\(text($0.key)): \(text($0.value))" }.joined(separator: ", ") + "}"
        case .prefixed(let prefixes, let operand):
            prefixes.reversed().reduce(text(operand)) { "(\($1 == .not ? "!" : "-") \($0))" }
        case .chain(let first, let links):
            links.reduce(text(first)) { "(\($0) \($1.symbol.rawValue) \(text($1.operand)))" }
        case .conditional(let branches, let otherwise):
            branches.reversed().reduce(text(otherwise)) { "(\(text($1.condition)) ? \(text($1.value)) : \($0))" }
        case .path(let base, let suffixes):
            "(" + ([text(base)] + suffixes.map { text($0) }).joined(separator: " ") + ")"
        case .call(let function, let arguments): "\(function.fullName)(\(list(arguments)))"
        case .has(let base, let name): "has(\(text(base)) .\(name))"
        }
    }

    private func list(_ nodes: [Node]) -> String { nodes.map { text($0) }.joined(separator: ", ") }

    private func text(_ suffix: Suffix) -> String {
        switch suffix.kind {
        case .member(let name): "." + name
        case .index(let key): "[\(text(key))]"
        case .call(let function, let arguments): "\(function)(\(list(arguments)))"
        case .matches(let pattern): "matches(\(pattern.text.debugDescription))"
        case .each(let each):
            "\(each.macro.rawValue)(\(each.variable), \(list([each.body] + [each.transform].compactMap(\.self))))"
        }
    }

    private func text(_ literal: Literal) -> String {
        switch literal {
        case .null: "null"
        case .bool(let value): "\(value)"
        case .int(let value): "\(value)"
        case .decimal(let value): "\(value)d\(value.scale)"
        case .string(let text): "'\(text)'"
        }
    }
}
