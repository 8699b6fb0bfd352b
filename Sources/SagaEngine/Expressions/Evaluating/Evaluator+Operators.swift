internal import SagaValues

/// Arithmetic and comparisons.
extension Evaluator {
    mutating func apply(
        _ symbol: BinaryOperator, _ left: Value, _ right: Value, _ range: TextRange
    ) throws(EvaluationError) -> Value {
        try spend(bytes: left.digits + right.digits, range)
        switch symbol {
        case .equal: return .bool(try areEqual(left, right, range))
        case .unequal: return .bool(try !areEqual(left, right, range))
        case .less: return .bool(try order(symbol, left, right, range) < 0)
        case .atMost: return .bool(try order(symbol, left, right, range) <= 0)
        case .more: return .bool(try order(symbol, left, right, range) > 0)
        case .atLeast: return .bool(try order(symbol, left, right, range) >= 0)
        case .within: return .bool(try isWithin(left, right, range))
        case .plus: return try sum(left, right, range)
        case .minus, .times, .over, .modulo: return try arithmetic(symbol, left, right, range)
        case .or, .and: throw noOverload(symbol.rawValue, left, right, at: range)
        }
    }

    // MARK: Arithmetic

    private mutating func sum(_ left: Value, _ right: Value, _ range: TextRange) throws(EvaluationError) -> Value {
        if let first = left.stringValue, let second = right.stringValue {
            try spend(bytes: first.utf8.count + second.utf8.count, range)
            return try text(first + second, range)
        }
        if let first = left.items, let second = right.items {
            try spend(first.count + second.count, range)
            return .list(first.values + second.values)
        }
        return try arithmetic(.plus, left, right, range)
    }

    func arithmetic(
        _ symbol: BinaryOperator, _ left: Value, _ right: Value, _ range: TextRange
    ) throws(EvaluationError) -> Value {
        guard let first = left.number, let second = right.number else {
            throw noOverload(symbol.rawValue, left, right, at: range)
        }
        if case .int(let first) = first, case .int(let second) = second {
            return .int(try integer(symbol, first, second, range))
        }
        guard symbol != .modulo else { throw noOverload(symbol.rawValue, left, right, at: range) }
        guard let first = first.decimal, let second = second.decimal else { throw overflow(range) }
        if symbol == .over, second.isZero { throw divisionByZero(range) }
        do throws(ExactDecimal.OutOfRange) {
            switch symbol {
            case .plus: return .decimal(try first + second)
            case .minus: return .decimal(try first - second)
            case .times: return .decimal(try first * second)
            default: return .decimal(try first / second)
            }
        } catch {
            throw overflow(range)
        }
    }

    private func integer(
        _ symbol: BinaryOperator, _ left: Int64, _ right: Int64, _ range: TextRange
    ) throws(EvaluationError) -> Int64 {
        if symbol == .over || symbol == .modulo, right == 0 { throw divisionByZero(range) }
        let (result, overflows) =
            switch symbol {
            case .plus: left.addingReportingOverflow(right)
            case .minus: left.subtractingReportingOverflow(right)
            case .times: left.multipliedReportingOverflow(by: right)
            case .over: left.dividedReportingOverflow(by: right)
            default: left.remainderReportingOverflow(dividingBy: right)
            }
        guard !overflows else {
            throw EvaluationError(.overflow, range, "the result does not fit an integer of 64 bits")
        }
        return result
    }

    func negated(_ value: Value, _ range: TextRange) throws(EvaluationError) -> Value {
        switch value.number {
        case .int: return try arithmetic(.minus, .int(0), value, range)
        case .decimal(let number): return .decimal(-number)
        case .beyond: throw overflow(range)
        case nil: throw noOverload("-", value, at: range)
        }
    }

    func overflow(_ range: TextRange) -> EvaluationError {
        EvaluationError(
            .overflow, range, "a decimal with more than \(ExactDecimal.maximumDigits) digits would be needed")
    }

    private func divisionByZero(_ range: TextRange) -> EvaluationError {
        EvaluationError(.divisionByZero, range, "the divisor is zero")
    }

    // MARK: Comparisons

    /// Below zero, zero, or above.
    private mutating func order(
        _ symbol: BinaryOperator, _ left: Value, _ right: Value, _ range: TextRange
    ) throws(EvaluationError) -> Int {
        if let first = left.number, let second = right.number { return first.compared(to: second) }
        if let first = left.stringValue, let second = right.stringValue {
            try spend(bytes: min(first.utf8.count, second.utf8.count), range)
            // UTF-8 has the order of the code points.
            if first.utf8.lexicographicallyPrecedes(second.utf8) { return -1 }
            return first.hasSameBytes(as: second) ? 0 : 1
        }
        if let first = left.boolValue, let second = right.boolValue { return (first ? 1 : 0) - (second ? 1 : 0) }
        throw noOverload(symbol.rawValue, left, right, at: range)
    }

    private mutating func isWithin(
        _ value: Value, _ container: Value, _ range: TextRange
    ) throws(EvaluationError) -> Bool {
        if let items = container.items {
            for index in 0..<items.count where try areEqual(value, items[index], range) { return true }
            return false
        }
        guard container.members != nil, let name = value.stringValue else {
            throw noOverload("in", value, container, at: range)
        }
        return try member(name, of: container, range) != nil
    }

    /// Numbers by value, text by its code points, lists in their order, maps in any. Values of different types are
    /// different, which is no error.
    mutating func areEqual(
        _ left: Value, _ right: Value, _ range: TextRange, depth: Int = 0
    ) throws(EvaluationError) -> Bool {
        try spend(1, range)
        try spend(bytes: left.digits + right.digits, range)
        if let first = left.number {
            guard let second = right.number else { return false }
            return first.compared(to: second) == 0
        }
        if let first = left.stringValue {
            guard let second = right.stringValue else { return false }
            try spend(bytes: min(first.utf8.count, second.utf8.count), range)
            return first.hasSameBytes(as: second)
        }
        if let first = left.items {
            guard let second = right.items, first.count == second.count else { return false }
            try check(depth: depth, range)
            for index in 0..<first.count {
                guard try areEqual(first[index], second[index], range, depth: depth + 1) else { return false }
            }
            return true
        }
        if let first = left.members {
            guard let second = right.members else { return false }
            return try areEqual(first, second, range, depth)
        }
        if let first = left.boolValue { return first == right.boolValue }
        if case .json(.null) = right { return true }
        return false
    }

    private mutating func areEqual(
        _ left: Members, _ right: Members, _ range: TextRange, _ depth: Int
    ) throws(EvaluationError) -> Bool {
        guard left.count == right.count else { return false }
        try check(depth: depth, range)
        try spend(left.count, range)
        var others: [[UInt8]: Value] = [:]
        for index in 0..<right.count {
            let (name, value) = right[at: index]
            others[Array(name.utf8)] = value
        }
        for index in 0..<left.count {
            let (name, value) = left[at: index]
            guard let other = others[Array(name.utf8)] else { return false }
            guard try areEqual(value, other, range, depth: depth + 1) else { return false }
        }
        return true
    }
}
