extension Checker {
    /// The type of what an operator gives. It is wrong only if it would be for every pair of types.
    mutating func result(
        of symbol: BinaryOperator, _ left: StaticType, _ right: StaticType, _ range: TextRange
    ) -> StaticType {
        switch symbol {
        case .equal, .unequal:
            if !Checker.canBeEqual(left, right) {
                report(
                    .wrongType, range,
                    "\(Wording.a(left.name)) is never equal to \(Wording.a(right.name)), so this is always the same",
                    help: help(for: left, right))
            }
            return .bool
        case .within: return within(left, right, range)
        case .or, .and: return .bool
        case .less, .atMost, .more, .atLeast, .plus, .minus, .times, .over, .modulo: break
        }
        var results: [StaticType] = []
        for first in left.alternatives {
            for second in right.alternatives {
                if let result = Checker.result(of: symbol, first, second) { results.append(result) }
            }
        }
        // The items of an empty list have no type at all, and nothing is ever done with them.
        if left.alternatives.isEmpty || right.alternatives.isEmpty { return .any }
        guard !results.isEmpty else {
            report(
                .wrongType, range,
                "\(symbol.rawValue) does not take \(Wording.a(left.name)) and \(Wording.a(right.name))",
                help: help(for: left, right))
            return symbol.level == .relation ? .bool : .any
        }
        return StaticType.union(results).bounded
    }

    private func help(for left: StaticType, _ right: StaticType) -> String {
        if left.kind == .string || right.kind == .string, left.canBe(.int, .decimal) || right.canBe(.int, .decimal) {
            return "make a number of the text with int(…) or decimal(…), or text of the number with string(…)"
        }
        return Checker.help(from: left)
    }

    /// For two types that are no unions; nil where the operator does not take them.
    private static func result(
        of symbol: BinaryOperator, _ left: StaticType, _ right: StaticType
    ) -> StaticType? {
        switch symbol.level {
        case .relation:
            return switch (left.kind, right.kind) {
            case (.string, .string), (.bool, .bool), (.int, .int), (.int, .decimal), (.decimal, .int),
                (.decimal, .decimal), (nil, nil):
                .bool
            case (nil, let kind?), (let kind?, nil): [.string, .bool, .int, .decimal].contains(kind) ? .bool : nil
            default: nil
            }
        case .sum, .product: break
        case .or, .and: return nil
        }
        switch (left, right) {
        case (.int, .int): return .int
        case (.any, .any): return symbol == .plus ? .any : symbol == .modulo ? .int : .number
        case (.int, .any), (.any, .int): return symbol == .modulo ? .int : .number
        case (.decimal, .int), (.int, .decimal), (.decimal, .decimal), (.decimal, .any), (.any, .decimal):
            return symbol == .modulo ? nil : .decimal
        case (.string, .string), (.string, .any), (.any, .string): return symbol == .plus ? .string : nil
        case (.list(let first), .list(let second)):
            return symbol == .plus ? .list(of: .union([first, second])) : nil
        case (.list, .any), (.any, .list): return symbol == .plus ? .list(of: .any) : nil
        default: return nil
        }
    }

    /// Null is compared with anything, to see whether a value is there.
    private static func canBeEqual(_ left: StaticType, _ right: StaticType) -> Bool {
        if left.canBe(.null) || right.canBe(.null) { return true }
        if left.alternatives.isEmpty || right.alternatives.isEmpty { return true }
        return left.alternatives.contains { first in
            right.alternatives.contains { second in
                guard let one = first.kind, let other = second.kind else { return true }
                let areNumbers = (one == .int || one == .decimal) && (other == .int || other == .decimal)
                return one == other || areNumbers
            }
        }
    }

    private mutating func within(_ left: StaticType, _ right: StaticType, _ range: TextRange) -> StaticType {
        let fits = right.alternatives.contains { container in
            switch container.kind {
            case .list, nil: true
            case .map: left.canBe(.string)
            case .null, .bool, .int, .decimal, .string: false
            }
        }
        if !fits {
            report(
                .wrongType, range,
                "in takes a list, or a string and a map, never \(Wording.a(left.name)) and \(Wording.a(right.name))",
                help: right.kind == .string ? "use text.contains('part')" : "put the values in a list: x in ['a', 'b']")
        }
        return .bool
    }
}
