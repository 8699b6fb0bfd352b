internal import SagaValues

/// What functions do; a method's first argument is the value before its dot.
extension Evaluator {
    mutating func call(
        _ function: Function, _ arguments: [Value], _ range: TextRange
    ) throws(EvaluationError) -> Value {
        for argument in arguments { try spend(bytes: argument.digits, range) }
        switch function {
        case .size: return .int(Int64(try size(of: arguments[0], range)))
        case .contains, .startsWith, .endsWith, .lowerAscii, .upperAscii, .trim, .replace, .split, .substring, .indexOf,
            .lastIndexOf, .charAt:
            return try textual(function, arguments, range)
        case .join: return try join(arguments, range)
        case .int, .decimal, .string, .bool: return try convert(function, arguments[0], range)
        case .greatest, .least, .abs, .round, .floor, .ceil, .trunc, .sum:
            return try mathematical(function, arguments, range)
        // The parser has compiled its pattern, and has no tree without one.
        case .matches: throw noOverload(function, arguments, range)
        }
    }

    func noOverload(_ function: Function, _ arguments: [Value], _ range: TextRange) -> EvaluationError {
        let types = arguments.map(\.typeName).joined(separator: ", ")
        return EvaluationError(.noSuchOverload, range, "\(function.fullName)() does not take (\(types))")
    }

    private mutating func size(of value: Value, _ range: TextRange) throws(EvaluationError) -> Int {
        if let text = value.stringValue {
            try spend(bytes: text.utf8.count, range)
            return text.unicodeScalars.count
        }
        if let items = value.items { return items.count }
        if let members = value.members { return members.count }
        throw noOverload(.size, [value], range)
    }

    // MARK: Conversions

    private mutating func convert(
        _ function: Function, _ value: Value, _ range: TextRange
    ) throws(EvaluationError) -> Value {
        if let text = value.stringValue { return try convert(function, text: text, range) }
        switch (function, value.number, value.boolValue) {
        case (.bool, _, let truth?): return .bool(truth)
        case (.string, _, let truth?): return .string(truth ? "true" : "false")
        case (.string, let number?, _): return try text(number.text, range)
        case (.int, .int(let value)?, _): return .int(value)
        case (.int, .decimal(let value)?, _):
            guard let whole = value.truncated else { throw tooLargeForInt(range) }
            return .int(whole)
        case (.int, .beyond?, _): throw tooLargeForInt(range)
        case (.decimal, let number?, _):
            guard let decimal = number.decimal else { throw overflow(range) }
            return .decimal(decimal)
        default: throw noOverload(function, [value], range)
        }
    }

    private func tooLargeForInt(_ range: TextRange) -> EvaluationError {
        EvaluationError(.overflow, range, "the number does not fit an integer of 64 bits")
    }

    private mutating func convert(
        _ function: Function, text: String, _ range: TextRange
    ) throws(EvaluationError) -> Value {
        try spend(bytes: text.utf8.count, range)
        switch function {
        case .string: return .string(text)
        case .bool:
            switch text {
            case "true", "True", "TRUE", "t", "1": return .bool(true)
            case "false", "False", "FALSE", "f", "0": return .bool(false)
            default: break
            }
        case .int:
            // Swift takes a plus sign too, CEL does not.
            if !text.hasPrefix("+"), let value = Int64(text) { return .int(value) }
        case .decimal:
            if let value = ExactDecimal(text) { return .decimal(value) }
        default: break
        }
        throw EvaluationError(
            .invalidArgument, range,
            "the text of \(text.utf8.count) bytes is not \(Wording.a(function.rawValue)) that \(function.rawValue)() can read"
        )
    }
}
