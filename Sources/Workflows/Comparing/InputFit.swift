internal import SagaCore
public import SagaValues

/// Whether every input that fits one schema fits another: told from the schemas alone, so a doubt counts as a no.
public struct InputFit: Sendable, Hashable {
    /// Why an input of the old version may be refused by the new one.
    public let reasons: [Reason]

    public struct Reason: Sendable, Hashable, CustomStringConvertible {
        /// A JSON Pointer into the input, with `*` for any element or any other member.
        public let pointer: String
        public let message: String
        /// Whether it is only about members that the old schema did not name, and took as they were.
        public let isAboutUnnamed: Bool

        public var description: String { "\(pointer.isEmpty ? "the input" : pointer) \(message)" }
    }

    public enum Verdict: String, Sendable, Hashable {
        case compatible
        /// Unless old inputs have members that were not described.
        case probably
        case incompatible
    }

    public var verdict: Verdict {
        if reasons.isEmpty { return .compatible }
        return reasons.allSatisfy(\.isAboutUnnamed) ? .probably : .incompatible
    }

    public var lines: [String] {
        let head =
            switch verdict {
            case .compatible: "Every input of the old version fits the new one."
            case .probably:
                "Inputs of the old version fit the new one, unless they have members that were not described:"
            case .incompatible: "Inputs of the old version may not fit the new one:"
            }
        return [head] + reasons.map { "- \($0)" }
    }

    /// - Parameters: JSON Schemas in the subset of the language; nil takes anything.
    public init(old: JSON?, new: JSON?) {
        var check = FitCheck()
        check.check(old ?? .bool(true), new ?? .bool(true), "", isUnnamed: false)
        reasons = check.reasons
    }
}

private struct FitCheck {
    var reasons: [InputFit.Reason] = []

    private mutating func fail(_ pointer: String, _ message: String, _ isUnnamed: Bool) {
        reasons.append(InputFit.Reason(pointer: pointer, message: message, isAboutUnnamed: isUnnamed))
    }

    mutating func check(_ old: JSON, _ new: JSON, _ pointer: String, isUnnamed: Bool) {
        if new.boolValue == true || old.boolValue == false { return }
        if new.boolValue == false { return fail(pointer, "is no longer taken", isUnnamed) }
        guard let rules = new.objectValue else { return }
        let former = old.objectValue ?? [:]
        checkValues(former, rules, pointer, isUnnamed)
        let types = former.types
        if types.contains("object") { checkObject(former, rules, pointer, isUnnamed) }
        if types.contains("array") {
            check(former["items"] ?? .bool(true), rules["items"] ?? .bool(true), pointer + "/*", isUnnamed: isUnnamed)
            checkLimits(former, rules, [("minItems", true), ("maxItems", false)], pointer, isUnnamed)
            if rules["uniqueItems"]?.boolValue == true, former["uniqueItems"]?.boolValue != true {
                fail(pointer, "must not have an element twice", isUnnamed)
            }
        }
        if types.contains("string") {
            checkLimits(former, rules, [("minLength", true), ("maxLength", false)], pointer, isUnnamed)
            for keyword in ["pattern", "format"] {
                guard let own = rules[keyword], own != former[keyword] else { continue }
                fail(pointer, "must fit the \(keyword) \(own.text)", isUnnamed)
            }
        }
        if types.contains("number") || types.contains("integer") {
            checkNumbers(former, rules, pointer, isUnnamed)
        }
    }

    /// Types, and values that are listed.
    private mutating func checkValues(_ old: JSON.Object, _ new: JSON.Object, _ pointer: String, _ isUnnamed: Bool) {
        if let allowed = new.values {
            guard let own = old.values else { return fail(pointer, "must be one of \(allowed.listed)", isUnnamed) }
            for value in own where !allowed.contains(where: { $0.isSame(as: value) }) {
                fail(pointer, "must be one of \(allowed.listed), and not \(value.text)", isUnnamed)
            }
        }
        guard new["type"] != nil else { return }
        let missing = old.types.filter { type in
            !new.types.contains(type) && !(type == "integer" && new.types.contains("number"))
        }
        // A number may be an integer; where numbers are not taken, integers may be all the same.
        let told = missing.filter { $0 != "integer" || !missing.contains("number") }
        if !told.isEmpty {
            fail(
                pointer,
                "must be \(new.types.sorted().joined(separator: " or ")), and may be \(told.sorted().joined(separator: " or "))",
                isUnnamed)
        }
    }

    private mutating func checkObject(_ old: JSON.Object, _ new: JSON.Object, _ pointer: String, _ isUnnamed: Bool) {
        let required = Set(old.names(of: "required"))
        for name in new.names(of: "required") where !required.contains(name) {
            fail("\(pointer)/\(name)", "is required", isUnnamed)
        }
        let (own, others) = (old["properties"]?.objectValue ?? [:], new["properties"]?.objectValue ?? [:])
        let (rest, otherRest) = (old["additionalProperties"] ?? .bool(true), new["additionalProperties"] ?? .bool(true))
        for (name, schema) in own {
            check(schema, others[name] ?? otherRest, "\(pointer)/\(name)", isUnnamed: isUnnamed)
        }
        for (name, schema) in others where own[name] == nil {
            // What must be there and was not named before is told above.
            check(rest, schema, "\(pointer)/\(name)", isUnnamed: true)
        }
        check(rest, otherRest, "\(pointer)/*", isUnnamed: true)
        checkLimits(old, new, [("minProperties", true), ("maxProperties", false)], pointer, isUnnamed)
    }

    private mutating func checkLimits(
        _ old: JSON.Object, _ new: JSON.Object, _ keywords: [(String, isLower: Bool)], _ pointer: String,
        _ isUnnamed: Bool
    ) {
        for (keyword, isLower) in keywords {
            guard let limit = new[keyword]?.int64Value, limit > 0 || !isLower else { continue }
            let own = old[keyword]?.int64Value
            if own.map({ isLower ? $0 < limit : $0 > limit }) ?? true {
                fail(pointer, "must keep \(keyword) \(limit)", isUnnamed)
            }
        }
    }

    private mutating func checkNumbers(_ old: JSON.Object, _ new: JSON.Object, _ pointer: String, _ isUnnamed: Bool) {
        func number(_ object: JSON.Object, _ keyword: String) -> DecimalNumber? {
            object[keyword]?.numberText.map { DecimalNumber($0) }
        }
        for (keyword, other, isLower) in [
            ("minimum", "exclusiveMinimum", true), ("maximum", "exclusiveMaximum", false),
            ("exclusiveMinimum", "minimum", true), ("exclusiveMaximum", "maximum", false),
        ] {
            guard let limit = number(new, keyword) else { continue }
            let isExclusive = keyword.hasPrefix("exclusive")
            // An equal limit will do, unless the old one includes it and the new one does not.
            let same = number(old, keyword).map { isLower ? $0 >= limit : $0 <= limit } ?? false
            let others =
                number(old, other).map { own in
                    isExclusive ? (isLower ? own > limit : own < limit) : (isLower ? own >= limit : own <= limit)
                } ?? false
            if !same, !others { fail(pointer, "must keep \(keyword) \(new[keyword]?.text ?? "")", isUnnamed) }
        }
    }
}

extension JSON.Object {
    /// What it may be; everything where nothing is said.
    fileprivate var types: Set<String> {
        if let values { return Set(values.map(\.typeName)) }
        switch self["type"] {
        case .string(let type)?: return [type]
        case .array(let types)?: return Set(types.compactMap(\.stringValue))
        default: return ["null", "boolean", "object", "array", "number", "string", "integer"]
        }
    }

    /// Those that are listed, by `const` or `enum`.
    fileprivate var values: [JSON]? { self["const"].map { [$0] } ?? self["enum"]?.arrayValue }

    fileprivate func names(of keyword: String) -> [String] {
        (self[keyword]?.arrayValue ?? []).compactMap(\.stringValue)
    }
}

extension JSON {
    fileprivate var typeName: String {
        switch self {
        case .null: "null"
        case .bool: "boolean"
        case .number(let text): DecimalNumber(text).isInteger ? "integer" : "number"
        case .string: "string"
        case .array: "array"
        case .object: "object"
        }
    }

    /// Numbers by their value, as schemas compare them.
    fileprivate func isSame(as other: JSON) -> Bool {
        if case .number(let own) = self, case .number(let others) = other {
            return DecimalNumber(own) == DecimalNumber(others)
        }
        return self == other
    }
}

extension [JSON] {
    fileprivate var listed: String { prefix(8).map(\.text).joined(separator: ", ") + (count > 8 ? ", …" : "") }
}
