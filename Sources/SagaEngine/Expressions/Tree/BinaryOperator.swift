enum BinaryOperator: String, Sendable {
    case or = "||", and = "&&"
    case equal = "==", unequal = "!=", less = "<", atMost = "<=", more = ">", atLeast = ">=", within = "in"
    case plus = "+", minus = "-", times = "*", over = "/", modulo = "%"

    /// How tightly an operator binds; those of one level go from left to right.
    enum Level: Int, Sendable, Comparable {
        case or, and, relation, sum, product

        static func < (left: Level, right: Level) -> Bool { left.rawValue < right.rawValue }
    }

    var level: Level {
        switch self {
        case .or: .or
        case .and: .and
        case .equal, .unequal, .less, .atMost, .more, .atLeast, .within: .relation
        case .plus, .minus: .sum
        case .times, .over, .modulo: .product
        }
    }

    init?(_ token: Token.Kind) {
        switch token {
        case .name("in"): self = .within
        case .symbol(let symbol): self.init(rawValue: symbol.rawValue)
        case .name, .int, .decimal, .string, .end: return nil
        }
    }
}
