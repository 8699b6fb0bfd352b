internal import SagaValues

/// A value while an expression is evaluated.
///
/// What came in stays JSON as it was, so that what is only passed on keeps its digits and its order of members, and
/// is never copied. Numbers that were reckoned know their type, which JSON does not: 2.0 / 2 is a decimal, not 1.
enum Value: Sendable {
    case json(JSON)
    case int(Int64)
    case decimal(ExactDecimal)
    case list([Value])
    /// No name stands twice.
    case map([(name: String, value: Value)])

    static func bool(_ value: Bool) -> Value { .json(.bool(value)) }
    static func string(_ text: String) -> Value { .json(.string(text)) }

    init(_ literal: Literal) {
        switch literal {
        case .null: self = .json(.null)
        case .bool(let value): self = .bool(value)
        case .int(let value): self = .int(value)
        case .decimal(let value): self = .decimal(value)
        case .string(let text): self = .string(text)
        }
    }

    /// The type as messages name it.
    var typeName: String {
        switch self {
        case .int: "int"
        case .decimal: "decimal"
        case .list, .json(.array): "list"
        case .map, .json(.object): "map"
        case .json(.null): "null"
        case .json(.bool): "bool"
        case .json(.string): "string"
        case .json(.number(let text)): Number(text).typeName
        }
    }

    var boolValue: Bool? {
        if case .json(.bool(let value)) = self { value } else { nil }
    }

    var stringValue: String? {
        if case .json(.string(let text)) = self { text } else { nil }
    }

    var number: Number? {
        switch self {
        case .int(let value): .int(value)
        case .decimal(let value): .decimal(value)
        case .json(.number(let text)): Number(text)
        case .json, .list, .map: nil
        }
    }

    /// How many digits it takes to look at this, if it is a number that came in; computed ones are short.
    var digits: Int {
        if case .json(.number(let text)) = self { text.utf8.count } else { 0 }
    }

    /// The items of a list.
    var items: Items? {
        switch self {
        case .list(let values): .values(values)
        case .json(.array(let elements)): .elements(elements)
        case .json, .int, .decimal, .map: nil
        }
    }

    /// The members of a map.
    var members: Members? {
        switch self {
        case .map(let members): .values(members)
        case .json(.object(let object)): .object(object)
        case .json, .int, .decimal, .list: nil
        }
    }
}

/// A list, as it came in or as it was made.
enum Items {
    case values([Value])
    case elements([JSON])

    var count: Int {
        switch self {
        case .values(let values): values.count
        case .elements(let elements): elements.count
        }
    }

    /// - Precondition: the index is one of the list.
    subscript(_ index: Int) -> Value {
        switch self {
        case .values(let values): values[index]
        case .elements(let elements): .json(elements[index])
        }
    }

    var values: [Value] {
        switch self {
        case .values(let values): values
        case .elements(let elements): elements.map { .json($0) }
        }
    }
}

/// A map, as it came in or as it was made.
enum Members {
    case values([(name: String, value: Value)])
    case object(JSON.Object)

    var count: Int {
        switch self {
        case .values(let members): members.count
        case .object(let object): object.count
        }
    }

    subscript(_ name: String) -> Value? {
        switch self {
        case .values(let members): members.first { $0.name.hasSameBytes(as: name) }?.value
        case .object(let object): object[name].map { .json($0) }
        }
    }

    /// - Precondition: the index is one of the map.
    subscript(at index: Int) -> (name: String, value: Value) {
        switch self {
        case .values(let members): members[index]
        case .object(let object): (object[index].name, .json(object[index].value))
        }
    }
}
