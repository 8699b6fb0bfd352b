package import SagaValues

extension JSON {
    /// Equality as JSON Schema has it: numbers by value, objects whatever the order of their members.
    package func isEqual(to other: JSON) -> Bool {
        switch (self, other) {
        case (.number(let left), .number(let right)):
            return DecimalNumber(left) == DecimalNumber(right)
        case (.array(let left), .array(let right)):
            return left.count == right.count && zip(left, right).allSatisfy { $0.isEqual(to: $1) }
        case (.object, .object):
            return canonicalText.utf8.elementsEqual(other.canonicalText.utf8)
        default:
            return self == other
        }
    }

    /// The same text for values that are equal to JSON Schema; not JSON.
    var canonicalText: String {
        switch self {
        case .null, .bool, .string:
            return text
        case .number(let text):
            return DecimalNumber(text).canonicalText
        case .array(let items):
            return "[" + items.map { $0.canonicalText + "," }.joined() + "]"
        case .object(let object):
            let members = object.map { (bytes: Array($0.name.utf8), value: $0.value.canonicalText) }
                .sorted { $0.bytes.lexicographicallyPrecedes($1.bytes) }
            let texts = members.map {
                JSON.string(String(decoding: $0.bytes, as: UTF8.self)).text + ":" + $0.value + ","
            }
            return "{" + texts.joined() + "}"
        }
    }
}
