internal import SagaValues

/// The functions of `math`.
extension Evaluator {
    mutating func mathematical(
        _ function: Function, _ arguments: [Value], _ range: TextRange
    ) throws(EvaluationError) -> Value {
        switch function {
        case .greatest, .least: return try extreme(function, arguments, range)
        case .sum:
            guard let items = arguments[0].items else { throw noOverload(function, arguments, range) }
            var total = Value.int(0)
            for index in 0..<items.count {
                try spend(1, range)
                try spend(bytes: items[index].digits, range)
                total = try arithmetic(.plus, total, items[index], range)
            }
            return total
        case .abs:
            guard let number = arguments[0].number else { throw noOverload(function, arguments, range) }
            return number.isNegative ? try negated(arguments[0], range) : arguments[0]
        case .floor: return try rounded(.floor, function, arguments, range)
        case .ceil: return try rounded(.ceiling, function, arguments, range)
        case .trunc: return try rounded(.towardZero, function, arguments, range)
        default: return try rounded(.halfAwayFromZero, function, arguments, range)
        }
    }

    /// The first of those that no other exceeds, as it was given.
    private mutating func extreme(
        _ function: Function, _ arguments: [Value], _ range: TextRange
    ) throws(EvaluationError) -> Value {
        let items = arguments.count == 1 ? arguments[0].items ?? .values(arguments) : .values(arguments)
        var best: (value: Value, number: Number)?
        for index in 0..<items.count {
            let value = items[index]
            try spend(1, range)
            try spend(bytes: value.digits + (best?.value.digits ?? 0), range)
            guard let number = value.number else { throw noOverload(function, [value], range) }
            if let best {
                let order = number.compared(to: best.number)
                guard function == .greatest ? order > 0 : order < 0 else { continue }
            }
            best = (value, number)
        }
        guard let best else {
            throw EvaluationError(.invalidArgument, range, "\(function.fullName)() needs at least one number")
        }
        return best.value
    }

    private func rounded(
        _ rule: ExactDecimal.Rounding, _ function: Function, _ arguments: [Value], _ range: TextRange
    ) throws(EvaluationError) -> Value {
        guard let number = arguments[0].number else { throw noOverload(function, arguments, range) }
        var places = 0
        if arguments.count > 1 {
            guard let wanted = arguments[1].number else { throw noOverload(function, arguments, range) }
            guard let whole = wanted.wholeValue, (0...Int64(ExactDecimal.maximumScale)).contains(whole) else {
                throw EvaluationError(
                    .invalidArgument, range, "places must be a whole number from 0 to \(ExactDecimal.maximumScale)")
            }
            places = Int(whole)
        }
        guard let decimal = number.decimal else { throw overflow(range) }
        do throws(ExactDecimal.OutOfRange) {
            return .decimal(try decimal.rounded(to: places, rule))
        } catch {
            throw overflow(range)
        }
    }
}

extension Number {
    var isNegative: Bool {
        switch self {
        case .int(let value): value < 0
        case .decimal(let value): value.isNegative
        case .beyond(let text): text.hasPrefix("-")
        }
    }
}
