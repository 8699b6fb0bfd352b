package import SagaValues

extension DefinitionReader {
    /// What stands under `with`: a map, or one expression that gives a whole value.
    mutating func input(_ entry: YAMLEntry) -> DraftTemplate {
        let help = "write '\(entry.key): { orderId: \"${create-order.orderId}\" }'"
        switch entry.value.content {
        case .map, .broken:
            return template(entry)
        case .scalar(let scalar) where PlainScalar.isText(scalar) && scalar.text.contains("${"):
            let template = template(entry)
            if case .text = template { break }
            return template
        case .scalar, .list:
            break
        }
        report(
            .wrongShape, entry.position,
            "'\(entry.key)' must be a map or one expression, but here is \(entry.value.kind)",
            help: help)
        return .literal([:])
    }

    mutating func template(_ entry: YAMLEntry) -> DraftTemplate {
        isTooDeep(entry.value, at: entry.position) ? .literal(.null) : template(entry.value, at: entry.position)
    }

    /// Reports a value that is deeper than what may be sent. Once it is not, nothing in it is.
    mutating func isTooDeep(_ node: YAMLNode, at position: Position) -> Bool {
        guard node.depth > DefinitionReader.valueDepthLimit else { return false }
        report(
            .limitPassed, position,
            "more than \(DefinitionReader.valueDepthLimit) lists and maps inside each other in a value",
            help: "make it flatter")
        return true
    }

    private mutating func template(_ node: YAMLNode, at position: Position) -> DraftTemplate {
        switch node.content {
        case .broken:
            return .literal(.null)
        case .scalar(let scalar):
            switch PlainScalar.value(of: scalar) {
            case .json(let json):
                return .literal(json)
            case .text:
                return template(of: scalar, at: position)
            case .ambiguous(let meaning):
                reportAmbiguous(scalar, meaning, at: position)
                return .literal(.null)
            }
        case .list(let items):
            let templates = items.map { template($0, at: $0.isEmpty ? position : $0.position) }
            let literals = templates.compactMap(\.literal)
            return literals.count == templates.count ? .literal(.array(literals)) : .array(templates)
        case .map(let map):
            var members: [(name: String, value: DraftTemplate)] = []
            for entry in map.entries where isMemberName(entry) {
                members.append((entry.key, template(entry)))
            }
            let literals = members.compactMap { member in member.value.literal.map { (name: member.name, value: $0) } }
            guard literals.count == members.count else { return .object(members) }
            return .literal(.object(JSON.Object(uniqueMembers: literals)))
        }
    }

    private mutating func isMemberName(_ entry: YAMLEntry) -> Bool {
        if entry.key.contains("${") {
            report(
                .referenceNotAllowed, entry.keyPosition, "an expression cannot stand in a name",
                help: "expressions stand in values; a name is what it is")
            return false
        }
        return isStorable(entry.key, at: entry.keyPosition)
    }

    /// Text with expressions in it.
    mutating func template(of scalar: YAMLScalar, at position: Position) -> DraftTemplate {
        guard isStorable(scalar.text, at: position) else { return .literal(.null) }
        guard scalar.text.contains("${") else { return .literal(.string(scalar.text)) }
        let places = ReferencePlaces(of: scalar.text, at: position, in: findings.source)
        var parser = TemplateParser(scalar.text, places: places)
        do throws(TemplateParser.Failure) {
            return try parser.parse()
        } catch {
            report(error.code, error.position, error.message, help: error.help)
            return .literal(.null)
        }
    }

    /// One `${…}` and nothing else, where an expression has to stand.
    ///
    /// - Parameter example: one that would be right.
    mutating func formula(_ entry: YAMLEntry?, example: String) -> DraftFormula? {
        guard let entry else { return nil }
        let help = "write '\(entry.key): \"${\(example)}\"'"
        guard case .scalar(let scalar) = entry.value.content, PlainScalar.isText(scalar), !scalar.text.isEmpty else {
            if case .broken = entry.value.content { return nil }
            report(
                .wrongValue, entry.position,
                "'\(entry.key)' must be an expression, but here is \(entry.value.kind)", help: help)
            return nil
        }
        guard scalar.text.contains("${") else {
            report(
                .wrongValue, entry.position,
                "'\(entry.key)' must be an expression, but here is \(quoted(scalar.text)), which is only text",
                help: help)
            return nil
        }
        let count = findings.errorCount
        switch template(of: scalar, at: entry.position) {
        case .reference(let reference): return reference.formula
        case .formula(let formula): return formula
        case .literal, .text, .array, .object: break
        }
        if findings.errorCount == count {
            report(
                .wrongValue, entry.position, "'\(entry.key)' must be one expression, with no text around it", help: help
            )
        }
        return nil
    }

    /// A value without expressions, for the input schema: `${` is only text there.
    package mutating func literal(_ node: YAMLNode, at position: Position) -> JSON? {
        guard !isTooDeep(node, at: position) else { return nil }
        switch node.content {
        case .broken:
            return nil
        case .scalar(let scalar):
            switch PlainScalar.value(of: scalar) {
            case .json(let json):
                return json
            case .text(let text):
                return isStorable(text, at: position) ? .string(text) : nil
            case .ambiguous(let meaning):
                reportAmbiguous(scalar, meaning, at: position)
                return nil
            }
        case .list(let items):
            var elements: [JSON] = []
            for item in items {
                if let element = literal(item, at: item.isEmpty ? position : item.position) { elements.append(element) }
            }
            return .array(elements)
        case .map(let map):
            var members: [(name: String, value: JSON)] = []
            for entry in map.entries {
                guard let value = literal(entry.value, at: entry.position) else { continue }
                members.append((entry.key, value))
            }
            return .object(JSON.Object(uniqueMembers: members))
        }
    }

    /// PostgreSQL's jsonb has no U+0000, so no JSON of ours has.
    private mutating func isStorable(_ text: String, at position: Position) -> Bool {
        guard text.unicodeScalars.contains("\0") else { return true }
        report(.wrongValue, position, "text must not hold the character U+0000", help: "leave it out")
        return false
    }

    private mutating func reportAmbiguous(_ scalar: YAMLScalar, _ meaning: String, at position: Position) {
        let text = scalar.text
        let help =
            switch meaning {
            case "a boolean": "write true or false; if it is text, put it in quotes: \"\(text)\""
            case "null": "write null, or \"\" for empty text"
            default: "write numbers as JSON does; if it is text, put it in quotes: \(quoted(text, limit: 30))"
            }
        let what = text.isEmpty ? "nothing stands here, which" : quoted(text)
        report(
            .ambiguousScalar, position, "\(what) is \(meaning) to some readers of YAML and not to others", help: help)
    }
}

extension DraftTemplate {
    var literal: JSON? {
        if case .literal(let json) = self { json } else { nil }
    }
}
