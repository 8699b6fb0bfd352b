internal import Patterns
internal import SagaValues

/// Reads the input's JSON Schema: the keywords of ``SchemaKeyword`` and no others, so that nothing that
/// a schema says goes unchecked.
extension DefinitionReader {
    mutating func readSchema(_ entry: YAMLEntry) -> InputSchema? {
        guard !isTooDeep(entry.value, at: entry.position) else { return nil }
        let count = findings.errorCount
        let schema = schema(entry)
        return findings.errorCount == count ? InputSchema(root: schema, json: entry.value.json) : nil
    }

    private mutating func schema(_ entry: YAMLEntry) -> Schema {
        if case .scalar(let scalar) = entry.value.content, scalar.style == .plain {
            if scalar.text == "true" { return .any }
            if scalar.text == "false" { return .never }
        }
        let help = "write a JSON Schema, such as '{ type: string, format: uuid }'"
        guard let map = map(entry, "the schema of \(quoted(entry.key))", help: help) else { return .any }
        var rules = SchemaRules()
        var used: [(SchemaKeyword, YAMLEntry)] = []
        for entry in map.entries {
            if let keyword = SchemaKeyword(rawValue: entry.key) {
                used.append((keyword, entry))
                read(keyword, entry, into: &rules)
            } else if !SchemaKeyword.annotations.contains(entry.key) {
                reportUnknownKeyword(entry)
            }
        }
        for (keyword, entry) in used { checkUse(of: keyword, entry, in: rules, map) }
        return .rules(rules)
    }

    private mutating func reportUnknownKeyword(_ entry: YAMLEntry) {
        if entry.key == "$schema" {
            guard case .scalar(let scalar) = entry.value.content, scalar.text == SchemaKeyword.dialect else {
                report(
                    .schemaNotSupported, entry.position, "only JSON Schema draft 2020-12 is supported",
                    help: "leave '$schema' out, or write \(SchemaKeyword.dialect)")
                return
            }
        } else if SchemaKeyword.unsupported.contains(entry.key) {
            report(
                .schemaNotSupported, entry.keyPosition,
                "the JSON Schema keyword '\(entry.key)' is not supported by this version",
                help: "say it with \(SchemaKeyword.allCases.map(\.rawValue).joined(separator: ", ")), "
                    + "or check it in the first step")
        } else {
            let meant = findings.meant(by: entry.key, among: SchemaKeyword.allCases.map(\.rawValue))
            report(
                .badSchema, entry.keyPosition, "\(quoted(entry.key)) is not a keyword of JSON Schema",
                help: meant.map { "did you mean '\($0)'?" } ?? "a member of the input stands under 'properties'")
        }
    }

    private mutating func read(_ keyword: SchemaKeyword, _ entry: YAMLEntry, into rules: inout SchemaRules) {
        switch keyword {
        case .type: rules.types = types(entry)
        case .enum: rules.allowed = allowed(entry)
        case .const: rules.constant = literal(entry.value, at: entry.position)
        case .properties: readProperties(entry, into: &rules)
        case .required: rules.required = required(entry)
        case .additionalProperties:
            rules.additional = schema(entry)
            rules.mentionsAdditional = true
        case .minProperties: rules.propertyCount.least = size(entry)
        case .maxProperties: rules.propertyCount.most = size(entry)
        case .items: rules.items = schema(entry)
        case .minItems: rules.itemCount.least = size(entry)
        case .maxItems: rules.itemCount.most = size(entry)
        case .uniqueItems: rules.uniqueItems = boolean(entry)?.value ?? false
        case .minLength: rules.length.least = size(entry)
        case .maxLength: rules.length.most = size(entry)
        case .pattern: rules.pattern = pattern(entry)
        case .format: rules.format = format(entry)
        case .minimum: rules.minimum = bound(entry)
        case .maximum: rules.maximum = bound(entry)
        case .exclusiveMinimum: rules.exclusiveMinimum = bound(entry)
        case .exclusiveMaximum: rules.exclusiveMaximum = bound(entry)
        }
    }

    // MARK: Values of keywords

    private mutating func types(_ entry: YAMLEntry) -> [SchemaType] {
        let choices = SchemaType.allCases.map { ($0.rawValue, $0) }
        guard case .list(let items) = entry.value.content else {
            return choice(entry, choices).map { [$0.value] } ?? []
        }
        if items.isEmpty {
            report(.badSchema, entry.position, "'type' is an empty list", help: "write 'type: string'")
        }
        return items.compactMap { item in
            choice(YAMLEntry(key: entry.key, keyPosition: entry.keyPosition, value: item), choices)?.value
        }
    }

    private mutating func allowed(_ entry: YAMLEntry) -> [JSON]? {
        guard let items = list(entry, "'enum'", help: "write 'enum: [small, large]'") else { return nil }
        if items.isEmpty {
            report(
                .badSchema, entry.position, "'enum' is empty, so that nothing fits", help: "list what may stand here")
        }
        return items.compactMap { literal($0, at: $0.isEmpty ? entry.keyPosition : $0.position) }
    }

    private mutating func readProperties(_ entry: YAMLEntry, into rules: inout SchemaRules) {
        let help = "write 'properties: { userId: { type: string } }'"
        guard let map = map(entry, "'properties'", help: help) else { return }
        for property in map.entries {
            rules.properties[ByteKey(property.key)] = schema(property)
            rules.propertyNames.append(property.key)
        }
    }

    private mutating func required(_ entry: YAMLEntry) -> [String] {
        let help = "write 'required: [userId, planId]'"
        guard let items = list(entry, "'required'", help: help) else { return [] }
        var names: [String] = []
        for item in items {
            guard case .scalar(let scalar) = item.content, PlainScalar.isText(scalar) else {
                if case .broken = item.content { continue }
                let position = item.isEmpty ? entry.keyPosition : item.position
                report(.badSchema, position, "'required' lists names, but here is \(item.kind)", help: help)
                continue
            }
            names.append(scalar.text)
        }
        return names
    }

    private mutating func size(_ entry: YAMLEntry) -> Int? {
        wholeNumber(entry, in: 0...1_000_000_000)?.value
    }

    private mutating func bound(_ entry: YAMLEntry) -> SchemaRules.Bound? {
        guard case .scalar(let scalar) = entry.value.content,
            case .json(.number(let text)) = PlainScalar.value(of: scalar)
        else {
            if case .broken = entry.value.content { return nil }
            report(
                .badSchema, entry.position, "'\(entry.key)' must be a number, but here is \(entry.value.kind)",
                help: "write it as JSON does, without quotes: 0.01")
            return nil
        }
        return SchemaRules.Bound(text)
    }

    private mutating func pattern(_ entry: YAMLEntry) -> Pattern? {
        guard case .scalar(let scalar) = entry.value.content, PlainScalar.isText(scalar) else {
            if case .broken = entry.value.content { return nil }
            report(
                .badSchema, entry.position, "'pattern' must be text, but here is \(entry.value.kind)",
                help: "put it in single quotes, in which backslashes are themselves: '^\\d+$'")
            return nil
        }
        do throws(PatternError) {
            return try Pattern(scalar.text)
        } catch {
            report(
                .badPattern, entry.position, "the pattern \(quoted(scalar.text)) cannot be used: \(error.message)",
                help: error.help)
            return nil
        }
    }

    private mutating func format(_ entry: YAMLEntry) -> SchemaFormat? {
        let known = SchemaFormat.allCases.map(\.rawValue)
        guard case .scalar(let scalar) = entry.value.content, let format = SchemaFormat(rawValue: scalar.text) else {
            if case .broken = entry.value.content { return nil }
            report(
                .schemaNotSupported, entry.position, "the format \(entry.value.kind) is not supported by this version",
                help: "the formats are \(known.joined(separator: ", ")); others can be said with 'pattern'")
            return nil
        }
        return format
    }

    // MARK: What is legal but cannot be meant

    private mutating func checkUse(
        of keyword: SchemaKeyword, _ entry: YAMLEntry, in rules: SchemaRules, _ map: YAMLMap
    ) {
        if let types = keyword.types, !rules.types.isEmpty, !rules.types.contains(where: types.contains) {
            report(
                .badSchema, entry.keyPosition,
                "'\(entry.key)' says nothing about \(rules.types.map(\.phrase).joined(separator: " or "))",
                help: "leave it out, or change the type to \(types[0].rawValue)")
            return
        }
        switch keyword {
        case .required:
            guard !rules.properties.isEmpty, !rules.mentionsAdditional || isNever(rules.additional) else { return }
            for name in rules.required where rules.properties[ByteKey(name)] == nil {
                let meant = findings.meant(by: name, among: rules.propertyNames)
                report(
                    .badSchema, entry.position, "\(quoted(name)) is required but not among the properties",
                    help: meant.map { "did you mean '\($0)'?" } ?? "add it under 'properties'")
            }
        case .enum:
            for value in rules.allowed ?? [] { checkType(of: value, entry, rules) }
        case .const:
            if let value = rules.constant { checkType(of: value, entry, rules) }
        case .maxLength: checkOrder(entry, rules.length, map["minLength"])
        case .maxItems: checkOrder(entry, rules.itemCount, map["minItems"])
        case .maxProperties: checkOrder(entry, rules.propertyCount, map["minProperties"])
        case .maximum:
            guard let least = rules.minimum, let most = rules.maximum, most.value < least.value else { return }
            report(
                .badSchema, entry.position, "'maximum' is less than 'minimum'", help: "change one of them")
        default: break
        }
    }

    private mutating func checkType(of value: JSON, _ entry: YAMLEntry, _ rules: SchemaRules) {
        guard !rules.types.isEmpty, !rules.types.contains(where: { $0.matches(value) }) else { return }
        let types = rules.types.map(\.phrase).joined(separator: " or ")
        let isUnquoted = rules.types.contains(.string) && value.stringValue == nil
        report(
            .badSchema, entry.position, "\(quoted(value.text)) is not \(types), so that it can never fit",
            help: isUnquoted ? "put it in quotes if it is text" : "change it, or the type")
    }

    private mutating func checkOrder(_ entry: YAMLEntry, _ rule: SchemaRules.SizeRule, _ other: YAMLEntry?) {
        guard let other, let least = rule.least, let most = rule.most, most < least else { return }
        report(.badSchema, entry.position, "'\(entry.key)' is less than '\(other.key)'", help: "change one of them")
    }

    private func isNever(_ schema: Schema) -> Bool {
        if case .never = schema { true } else { false }
    }
}
