internal import Foundation
public import SagaValues

/// Checks JSON against the keywords of JSON Schema that `workflows/schema.json` and the API's document use; any other is a
/// failure.
///
/// `InputSchema` knows fewer keywords on purpose, and is what is tested.
public struct SchemaValidator: Sendable {
    /// The document that references point into.
    private let root: JSON
    /// Whether a member that its object's schema does not name is a violation, though the schema allows it.
    private let isStrict: Bool

    public struct UnknownKeyword: Error {
        public let name: String

        public init(name: String) { self.name = name }
    }

    private static let annotations: Set<String> = [
        "$schema", "$defs", "$comment", "title", "description", "default",
    ]

    public init(root: JSON, isStrict: Bool = false) {
        self.root = root
        self.isStrict = isStrict
    }

    /// The places at which it does not fit, and by which keyword.
    public func violations(of value: JSON) throws -> [String] {
        try violations(of: value, root, at: "")
    }

    /// The same of a schema within the document.
    public func violations(of value: JSON, _ schema: JSON, at place: String = "") throws -> [String] {
        if let fits = schema.boolValue { return fits ? [] : ["\(place): nothing may stand here"] }
        guard case .object(let keywords) = schema else { throw UnknownKeyword(name: schema.text) }
        var found: [String] = []
        for keyword in keywords {
            let argument = keyword.value
            switch keyword.name {
            case "$ref": found += try violations(of: value, target(of: argument), at: place)
            case "allOf": for part in items(argument) { found += try violations(of: value, part, at: place) }
            case "anyOf":
                if try !items(argument).contains(where: { try violations(of: value, $0, at: place).isEmpty }) {
                    found.append("\(place): anyOf")
                }
            case "not":
                if try violations(of: value, argument, at: place).isEmpty { found.append("\(place): not") }
            case "if":
                let holds = try violations(of: value, argument, at: place).isEmpty
                if let next = keywords[holds ? "then" : "else"] {
                    found += try violations(of: value, next, at: place)
                }
            case "then", "else": break
            default:
                guard let holds = try check(keyword.name, argument, value, keywords, place, &found) else {
                    guard SchemaValidator.annotations.contains(keyword.name) else {
                        throw UnknownKeyword(name: keyword.name)
                    }
                    continue
                }
                if !holds { found.append("\(place): \(keyword.name)") }
            }
        }
        if isStrict, schema["type"] == "object", let known = schema["properties"], case .object(let object) = value {
            found += object.names.filter { known[$0] == nil }.map { "\(place)/\($0): no schema names it" }
        }
        return found
    }

    private func target(of reference: JSON) throws -> JSON {
        let path = (reference.stringValue ?? "").split(separator: "/")
        guard path.count > 1, path[0] == "#" else { throw UnknownKeyword(name: reference.text) }
        return try path.dropFirst().reduce(root) { found, name in
            guard let next = found[String(name)] else { throw UnknownKeyword(name: reference.text) }
            return next
        }
    }

    private func items(_ value: JSON) -> [JSON] { value.arrayValue ?? [] }

    /// Keywords that stand for themselves; what does not concern this kind of value holds. Nil for no such keyword.
    private func check(
        _ keyword: String, _ argument: JSON, _ value: JSON, _ schema: JSON.Object, _ place: String,
        _ found: inout [String]
    ) throws -> Bool? {
        let limit = number(argument) ?? 0
        switch keyword {
        case "type": return ([argument] + items(argument)).contains { isType($0.stringValue ?? "", value) }
        case "enum": return items(argument).contains(value)
        case "const": return argument == value
        case "minimum": return number(value).map { $0 >= limit } ?? true
        case "maximum": return number(value).map { $0 <= limit } ?? true
        case "multipleOf":
            guard var quotient = number(value).map({ $0 / limit }) else { return true }
            var rounded = Decimal()
            NSDecimalRound(&rounded, &quotient, 0, .plain)
            return rounded == quotient
        case "pattern":
            let pattern = argument.stringValue ?? ""
            return value.stringValue.map { $0.range(of: pattern, options: .regularExpression) != nil } ?? true
        case "minLength": return value.stringValue.map { Decimal($0.unicodeScalars.count) >= limit } ?? true
        case "maxLength": return value.stringValue.map { Decimal($0.unicodeScalars.count) <= limit } ?? true
        case "x-max-bytes": return value.stringValue.map { Decimal($0.utf8.count) <= limit } ?? true
        case "format":
            guard let text = value.stringValue else { return true }
            switch argument {
            case "uuid": return SagaValues.UUID(text) != nil
            // RFC 3339 has years of four digits.
            case "date-time": return Timestamp(iso8601: text) != nil && !["+", "-"].contains(text.first)
            // Its other keywords say what it is.
            case "utf8-text": return true
            // How long a token may count.
            case "saga-duration":
                return Duration(sagaText: text).map { (.seconds(60)...(.seconds(365 * 86_400))).contains($0) } ?? false
            default: throw UnknownKeyword(name: "format \(argument)")
            }
        case "minItems": return value.arrayValue.map { Decimal($0.count) >= limit } ?? true
        case "maxItems": return value.arrayValue.map { Decimal($0.count) <= limit } ?? true
        case "items":
            for (index, item) in items(value).enumerated() {
                found += try violations(of: item, argument, at: "\(place)/\(index)")
            }
            return true
        case "required":
            return isObject(value) { object in
                items(argument).allSatisfy { object[$0.stringValue ?? ""] != nil }
            }
        case "minProperties": return isObject(value) { Decimal($0.count) >= limit }
        case "maxProperties": return isObject(value) { Decimal($0.count) <= limit }
        case "properties", "additionalProperties", "propertyNames":
            guard case .object(let object) = value else { return true }
            for member in object {
                let place = "\(place)/\(member.name)"
                switch keyword {
                case "properties":
                    if let rule = argument[member.name] { found += try violations(of: member.value, rule, at: place) }
                case "propertyNames": found += try violations(of: .string(member.name), argument, at: place)
                default:
                    guard schema["properties"]?[member.name] == nil else { continue }
                    found += try violations(of: member.value, argument, at: place)
                }
            }
            return true
        default: return nil
        }
    }

    private func isObject(_ value: JSON, _ rule: (JSON.Object) -> Bool) -> Bool {
        if case .object(let object) = value { rule(object) } else { true }
    }

    private func number(_ value: JSON) -> Decimal? {
        if case .number(let text) = value { Decimal(string: text) } else { nil }
    }

    private func isType(_ name: String, _ value: JSON) -> Bool {
        switch value {
        case .null: name == "null"
        case .bool: name == "boolean"
        case .string: name == "string"
        case .array: name == "array"
        case .object: name == "object"
        case .number(let text): name == "number" || name == "integer" && !text.contains(".")
        }
    }
}
