import SagaValues
import Yams

/// What a reader of YAML takes a text for, as JSON: numbers by their digits.
func yamlDocuments(_ text: String) throws -> [JSON] {
    try compose_all(yaml: text).map(json)
}

private func json(_ node: Node) throws -> JSON {
    switch node {
    case .sequence(let items): return .array(try items.map(json))
    case .mapping(let members):
        var object = JSON.Object()
        for (key, value) in members { object[key.string ?? ""] = try json(value) }
        return .object(object)
    case .scalar(let scalar):
        switch node.tag {
        case Tag(.null): return .null
        case Tag(.bool): return .bool(scalar.string == "true")
        case Tag(.int), Tag(.float): return .number(scalar.string)
        case Tag(.str): return .string(scalar.string)
        default: throw Unexpected(text: "\(node.tag): \(scalar.string)")
        }
    case .alias(let alias): throw Unexpected(text: "\(alias)")
    }
}

struct Unexpected: Error { let text: String }
