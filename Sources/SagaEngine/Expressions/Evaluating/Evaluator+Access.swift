internal import Patterns
internal import SagaValues

/// Members, elements, and going through them.
extension Evaluator {
    /// The member, or nil if the map has none of that name.
    mutating func member(_ name: String, of value: Value, _ range: TextRange) throws(EvaluationError) -> Value? {
        guard let members = value.members else {
            throw EvaluationError(
                .noSuchOverload, range, "\(Wording.a(value.typeName)) has no members such as '\(name)'")
        }
        try spend(members.count >> 3, range)
        return members[name]
    }

    mutating func requiredMember(
        _ name: String, of value: Value, _ range: TextRange
    ) throws(EvaluationError) -> Value {
        guard let member = try member(name, of: value, range) else {
            throw EvaluationError(.noSuchMember, range, "there is no member '\(name)'")
        }
        return member
    }

    mutating func element(at key: Value, of value: Value, _ range: TextRange) throws(EvaluationError) -> Value {
        if let items = value.items {
            guard let number = key.number else { throw noOverload("an index of a list", key, at: range) }
            guard let index = number.wholeValue else {
                throw EvaluationError(.invalidArgument, range, "an index must be a whole number")
            }
            guard index >= 0, index < items.count else {
                throw EvaluationError(
                    .indexOutOfRange, range, "the list has \(items.count) items and none at that index")
            }
            return items[Int(index)]
        }
        guard value.members != nil else {
            throw EvaluationError(.noSuchOverload, range, "\(Wording.a(value.typeName)) has no elements")
        }
        guard let name = key.stringValue else { throw noOverload("a key of a map", key, at: range) }
        guard let member = try member(name, of: value, range) else {
            throw EvaluationError(.noSuchMember, range, "there is no member of that name")
        }
        return member
    }

    mutating func matches(_ pattern: Pattern, _ value: Value, _ range: TextRange) throws(EvaluationError) -> Value {
        guard let text = value.stringValue else { throw noOverload("matches()", value, at: range) }
        // Neither factor is beyond 2^20 or so, hence no overflow; the sum is checked before the work is done.
        try spend(((text.utf8.count + 1) * pattern.stepsPerCharacter) >> 6, range)
        return .bool(pattern.matches(text))
    }

    // MARK: Macros

    mutating func comprehension(
        _ each: Comprehension, _ value: Value, _ range: TextRange
    ) throws(EvaluationError) -> Value {
        let items = try items(of: value, each.macro, range)
        switch each.macro {
        case .all: return try decide(each, items, decidedBy: false, range)
        case .exists: return try decide(each, items, decidedBy: true, range)
        case .existsOne: return .bool(try fitting(each, items, range).count == 1)
        case .filter: return .list(try fitting(each, items, range).map { items[$0] })
        case .map: return try mapped(each, items, range)
        }
    }

    /// The items of a list, or the names of a map.
    private mutating func items(
        of value: Value, _ macro: Macro, _ range: TextRange
    ) throws(EvaluationError) -> Items {
        if let list = value.items { return list }
        guard let members = value.members else { throw noOverload("\(macro.rawValue)()", value, at: range) }
        try spend(members.count, range)
        return .values((0..<members.count).map { .string(members[at: $0].name) })
    }

    private mutating func mapped(
        _ each: Comprehension, _ items: Items, _ range: TextRange
    ) throws(EvaluationError) -> Value {
        var results: [Value] = []
        let body = each.transform ?? each.body
        for index in each.transform == nil ? Array(0..<items.count) : try fitting(each, items, range) {
            results.append(try with(items[index], body, range))
        }
        return .list(results)
    }

    /// As `&&` and `||` between the items: an error counts only if no item decides.
    private mutating func decide(
        _ each: Comprehension, _ items: Items, decidedBy deciding: Bool, _ range: TextRange
    ) throws(EvaluationError) -> Value {
        var failure: EvaluationError?
        for index in 0..<items.count {
            do throws(EvaluationError) {
                if try isFitting(items[index], each, range) == deciding { return .bool(deciding) }
            } catch {
                guard error.code.canBeAbsorbed else { throw error }
                failure = failure ?? error
            }
        }
        if let failure { throw failure }
        return .bool(!deciding)
    }

    /// The indices of those for which the body holds.
    private mutating func fitting(
        _ each: Comprehension, _ items: Items, _ range: TextRange
    ) throws(EvaluationError) -> [Int] {
        var indices: [Int] = []
        for index in 0..<items.count where try isFitting(items[index], each, range) { indices.append(index) }
        return indices
    }

    private mutating func isFitting(
        _ item: Value, _ each: Comprehension, _ range: TextRange
    ) throws(EvaluationError) -> Bool {
        let result = try with(item, each.body, range)
        guard let truth = result.boolValue else {
            throw EvaluationError(
                .noSuchOverload, each.body.range,
                "the condition of \(each.macro.rawValue)() must be a bool, not \(Wording.a(result.typeName))")
        }
        return truth
    }

    private mutating func with(
        _ item: Value, _ body: Node, _ range: TextRange
    ) throws(EvaluationError) -> Value {
        try spend(1, range)
        locals.append(item)
        // An error may be absorbed further out, where the variables must be as they were.
        defer { locals.removeLast() }
        return try evaluate(body)
    }
}

extension Number {
    /// The number as an integer when that is its value: 2 and 2.0.
    var wholeValue: Int64? {
        switch self {
        case .int(let value): return value
        case .decimal(let value):
            guard let whole = value.truncated, ExactDecimal(Int(whole)) == value else { return nil }
            return whole
        case .beyond: return nil
        }
    }
}
