internal import SagaValues

/// A number by its type.
///
/// JSON writes one kind of number. Here the digits decide: whole numbers without a point or an exponent that fit 64
/// bits are ints, the others are decimals.
enum Number {
    case int(Int64)
    case decimal(ExactDecimal)
    /// A decimal beyond the limits: it can be compared and passed on, but not reckoned with.
    case beyond(String)

    /// - Parameter text: by JSON's grammar.
    init(_ text: String) {
        if let value = Int64(text) {
            self = .int(value)
        } else if let value = ExactDecimal(text) {
            self = .decimal(value)
        } else {
            self = .beyond(text)
        }
    }

    var typeName: String {
        if case .int = self { "int" } else { "decimal" }
    }

    var text: String {
        switch self {
        case .int(let value): String(value)
        case .decimal(let value): value.description
        case .beyond(let text): text
        }
    }

    /// As a decimal; nil beyond the limits.
    var decimal: ExactDecimal? {
        switch self {
        case .int(let value): ExactDecimal(Int(value))
        case .decimal(let value): value
        case .beyond: nil
        }
    }

    /// Below zero, zero, or above, as this number is less than, equal to or more than the other.
    func compared(to other: Number) -> Int {
        switch (self, other) {
        case (.int(let left), .int(let right)): left < right ? -1 : left > right ? 1 : 0
        case (.int, _), (.decimal, _), (.beyond, _):
            if let left = decimal, let right = other.decimal {
                left < right ? -1 : left == right ? 0 : 1
            } else {
                Number.compare(DecimalNumber(text), DecimalNumber(other.text))
            }
        }
    }

    private static func compare(_ left: DecimalNumber, _ right: DecimalNumber) -> Int {
        left < right ? -1 : left == right ? 0 : 1
    }
}
