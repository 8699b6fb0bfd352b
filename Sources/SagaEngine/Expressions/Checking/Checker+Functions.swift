/// What functions take and give.
extension Checker {
    /// - Parameter arguments: with the value before a method's dot as the first.
    mutating func result(
        of function: Function, _ arguments: [(type: StaticType, range: TextRange)], _ range: TextRange
    ) -> StaticType {
        for (index, argument) in arguments.enumerated() {
            let kinds = function.takes(at: index, of: arguments.count)
            guard !argument.type.canBe(kinds) else { continue }
            report(
                .wrongType, argument.range,
                "\(function.fullName)() takes \(Wording.a(Wording.choice(kinds.map(\.rawValue)))), "
                    + "never \(Wording.a(argument.type.name))",
                help: Checker.help(from: argument.type))
        }
        return function.gives(arguments.map(\.type))
    }
}

extension Function {
    fileprivate func takes(at index: Int, of count: Int) -> [StaticType.Kind] {
        switch (self, index) {
        case (.size, _): [.string, .list, .map]
        case (.join, 0), (.sum, _): [.list]
        case (.greatest, _), (.least, _): count == 1 ? [.int, .decimal, .list] : [.int, .decimal]
        case (.abs, _), (.round, _), (.floor, _), (.ceil, _), (.trunc, _): [.int, .decimal]
        case (.int, _), (.decimal, _): [.int, .decimal, .string]
        case (.string, _): [.string, .int, .decimal, .bool]
        case (.bool, _): [.bool, .string]
        case (.substring, 1...), (.charAt, 1), (.indexOf, 2), (.lastIndexOf, 2), (.split, 2), (.replace, 3):
            [.int, .decimal]
        case (.contains, _), (.startsWith, _), (.endsWith, _), (.matches, _), (.lowerAscii, _), (.upperAscii, _),
            (.trim, _), (.replace, _), (.split, _), (.join, _), (.substring, _), (.indexOf, _), (.lastIndexOf, _),
            (.charAt, _):
            [.string]
        }
    }

    fileprivate func gives(_ arguments: [StaticType]) -> StaticType {
        switch self {
        case .size, .indexOf, .lastIndexOf, .int: .int
        case .contains, .startsWith, .endsWith, .matches, .bool: .bool
        case .lowerAscii, .upperAscii, .trim, .replace, .join, .substring, .charAt, .string: .string
        case .split: .list(of: .string)
        case .decimal, .round, .floor, .ceil, .trunc: .decimal
        case .abs: arguments.first?.numeric ?? .number
        case .greatest, .least: arguments.count == 1 ? .number : StaticType.union(arguments.map(\.numeric))
        case .sum: .number
        }
    }
}
