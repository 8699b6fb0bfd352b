internal import SagaValues

/// A word of an expression.
struct Token: Sendable {
    enum Kind: Sendable, Equatable {
        /// With hyphens inside when it stands at the root, without when behind a dot.
        case name(String)
        /// An integer without its sign.
        case int(UInt64)
        case decimal(ExactDecimal)
        case string(String)
        case symbol(Symbol)
        case end

        var isNumber: Bool {
            switch self {
            case .int, .decimal: true
            case .name, .string, .symbol, .end: false
            }
        }
    }

    let kind: Kind
    let range: TextRange
}

enum Symbol: String, Sendable, CaseIterable {
    case or = "||", and = "&&"
    case equal = "==", unequal = "!=", atMost = "<=", atLeast = ">=", less = "<", more = ">"
    case plus = "+", minus = "-", times = "*", over = "/", modulo = "%"
    case not = "!", question = "?", colon = ":", dot = ".", comma = ","
    case openRound = "(", closeRound = ")", openSquare = "[", closeSquare = "]", openBrace = "{", closeBrace = "}"

    /// With the longer ones first, so that `<=` is not read as `<`.
    static let byLength: [(symbol: Symbol, bytes: [UInt8])] = allCases.map { ($0, Array($0.rawValue.utf8)) }
        .sorted { $0.1.count > $1.1.count }
}
