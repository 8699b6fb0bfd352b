internal import SagaCore
internal import SagaValues

extension InputSchema {
    /// What can be told of an input before its expressions have values: what it will break for certain, as
    /// ``SchemaViolation`` says it.
    func misfits(of template: DraftTemplate) -> [String] { root.misfits(of: template.outline) }

    func misfits(of template: Template) -> [String] { root.misfits(of: template.outline) }
}

/// What is known of a value before it is made.
indirect enum Outline {
    case anything
    case text
    case literal(JSON)
    case array([Outline])
    case object([(name: String, value: Outline)])
}

extension DraftTemplate {
    var outline: Outline {
        switch self {
        case .literal(let json): .literal(json)
        case .reference, .formula: .anything
        case .text: .text
        case .array(let items): .array(items.map(\.outline))
        case .object(let members): .object(members.map { ($0.name, $0.value.outline) })
        }
    }
}

extension Template {
    var outline: Outline {
        switch self {
        case .literal(let json): .literal(json)
        case .reference, .formula: .anything
        case .text: .text
        case .array(let items): .array(items.map(\.outline))
        case .object(let members): .object(members.map { ($0.name, $0.value.outline) })
        }
    }
}

extension Schema {
    fileprivate func misfits(of outline: Outline, at path: String = "") -> [String] {
        switch outline {
        case .anything: return []
        case .literal(let json):
            var validation = SchemaValidation()
            validation.check(json, against: self)
            return validation.violations.map { violation in
                let pointer = path + violation.pointer
                return "\(pointer.isEmpty ? "the input" : printable(pointer, limit: 100)): \(violation.message)"
            }
        case .text, .array, .object: break
        }
        guard case .rules(let rules) = self else { return [] }
        let place = path.isEmpty ? "the input" : printable(path, limit: 100)
        let type: SchemaType =
            switch outline {
            case .array: .array
            case .object: .object
            case .text, .literal, .anything: .string
            }
        guard rules.types.isEmpty || rules.types.contains(type) else {
            return ["\(place): must be \(rules.types.map(\.phrase).joined(separator: " or "))"]
        }
        switch outline {
        case .array(let items):
            return items.enumerated().flatMap { rules.items.misfits(of: $1, at: "\(path)/\($0)") }
        case .object(let members): return rules.misfits(of: members, at: path)
        case .text, .literal, .anything: return []
        }
    }
}

extension SchemaRules {
    fileprivate func misfits(of members: [(name: String, value: Outline)], at path: String) -> [String] {
        let names = Set(members.map { ByteKey($0.name) })
        var found = required.filter { !names.contains(ByteKey($0)) }.map {
            "\(printable(path + "/" + $0)): is required"
        }
        for (name, value) in members {
            let own = path + "/" + name
            if let schema = properties[ByteKey(name)] {
                found += schema.misfits(of: value, at: own)
            } else if case .never = additional {
                let meant = suggestion(for: name, among: propertyNames)
                found.append(
                    "\(printable(own, limit: 100)): is not a known member"
                        + (meant.map { "; did you mean '\($0)'?" } ?? ""))
            } else {
                found += additional.misfits(of: value, at: own)
            }
        }
        return found
    }
}
