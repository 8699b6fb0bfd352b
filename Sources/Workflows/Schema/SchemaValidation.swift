internal import Patterns
internal import SagaValues

/// Walks an input along its schema and gathers what it breaks.
struct SchemaValidation {
    static let limit = 20
    private static let pointerLimit = 500
    /// Longer text is not matched against patterns, and so breaks them.
    static let patternTextLimit = 10_000

    private(set) var violations: [SchemaViolation] = []
    private var path: [Component] = []

    private enum Component {
        case member(String)
        case element(Int)
    }

    private var isFull: Bool { violations.count >= SchemaValidation.limit }

    mutating func check(_ json: JSON, against schema: Schema) {
        guard !isFull else { return }
        switch schema {
        case .any: return
        case .never: violate("is not allowed")
        case .rules(let rules): check(json, against: rules)
        }
    }

    private mutating func check(_ json: JSON, against rules: SchemaRules) {
        guard rules.types.isEmpty || rules.types.contains(where: { $0.matches(json) }) else {
            violate("must be \(rules.types.map(\.phrase).joined(separator: " or "))")
            return
        }
        if let constant = rules.constant, !json.isEqual(to: constant) {
            violate("must be \(shown(constant))")
        }
        if let allowed = rules.allowed, !allowed.contains(where: json.isEqual(to:)) {
            let values = allowed.prefix(10).map(shown).joined(separator: ", ")
            violate("must be one of \(values)\(allowed.count > 10 ? ", …" : "")")
        }
        switch json {
        case .object(let object): check(object, against: rules)
        case .array(let items): check(items, against: rules)
        case .string(let text): check(text, against: rules)
        case .number(let text): check(DecimalNumber(text), against: rules)
        case .null, .bool: break
        }
    }

    private mutating func check(_ object: JSON.Object, against rules: SchemaRules) {
        check(object.count, rules.propertyCount, "members")
        let names = Set(object.lazy.map { ByteKey($0.name) })
        for name in rules.required where !names.contains(ByteKey(name)) {
            within(.member(name)) { $0.violate("is required") }
        }
        for (name, value) in object {
            guard !isFull else { return }
            within(.member(name)) { validation in
                if let schema = rules.properties[ByteKey(name)] {
                    validation.check(value, against: schema)
                } else if case .never = rules.additional {
                    let meant = suggestion(for: name, among: rules.propertyNames)
                    validation.violate("is not a known member" + (meant.map { "; did you mean '\($0)'?" } ?? ""))
                } else {
                    validation.check(value, against: rules.additional)
                }
            }
        }
    }

    private mutating func check(_ items: [JSON], against rules: SchemaRules) {
        check(items.count, rules.itemCount, "items")
        for (index, item) in items.enumerated() {
            guard !isFull else { return }
            within(.element(index)) { $0.check(item, against: rules.items) }
        }
        guard rules.uniqueItems else { return }
        var seen: Set<ByteKey> = []
        for (index, item) in items.enumerated() where !seen.insert(ByteKey(item.canonicalText)).inserted {
            within(.element(index)) { $0.violate("stands twice in the list") }
            return
        }
    }

    private mutating func check(_ text: String, against rules: SchemaRules) {
        if rules.length.least != nil || rules.length.most != nil {
            check(text.unicodeScalars.count, rules.length, "characters")
        }
        if let pattern = rules.pattern {
            if text.utf8.count > SchemaValidation.patternTextLimit {
                violate("is too long to be matched: more than \(SchemaValidation.patternTextLimit) bytes")
            } else if !pattern.matches(text) {
                violate("must match the pattern \(pattern.text)")
            }
        }
        if let format = rules.format, !format.matches(text) {
            violate("must be a \(format.rawValue)")
        }
    }

    private mutating func check(_ number: DecimalNumber, against rules: SchemaRules) {
        if let bound = rules.minimum, number < bound.value { violate("must be at least \(bound.text)") }
        if let bound = rules.maximum, bound.value < number { violate("must be at most \(bound.text)") }
        if let bound = rules.exclusiveMinimum, !(bound.value < number) { violate("must be more than \(bound.text)") }
        if let bound = rules.exclusiveMaximum, !(number < bound.value) { violate("must be less than \(bound.text)") }
    }

    private mutating func check(_ count: Int, _ rule: SchemaRules.SizeRule, _ what: String) {
        if let least = rule.least, count < least { violate("must have at least \(least) \(what)") }
        if let most = rule.most, count > most { violate("must have at most \(most) \(what)") }
    }

    // MARK: Reporting

    private mutating func within(_ component: Component, _ body: (inout SchemaValidation) -> Void) {
        path.append(component)
        body(&self)
        path.removeLast()
    }

    private mutating func violate(_ message: String) {
        guard !isFull else { return }
        violations.append(SchemaViolation(pointer: pointer, message: message))
    }

    private var pointer: String {
        var text = ""
        for component in path {
            switch component {
            case .element(let index): text += "/\(index)"
            case .member(let name):
                text += "/"
                for scalar in name.unicodeScalars {
                    guard text.utf8.count < SchemaValidation.pointerLimit else { return text + "…" }
                    switch scalar {
                    case "~": text += "~0"
                    case "/": text += "~1"
                    default: text.unicodeScalars.append(scalar)
                    }
                }
            }
        }
        return text
    }

    private func shown(_ json: JSON) -> String {
        let text = json.text
        return text.utf8.count <= 60 ? text : String(text.unicodeScalars.prefix(60).map(Character.init)) + "…"
    }
}
