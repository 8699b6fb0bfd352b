internal import SagaCore
internal import SagaValues

extension InputSchema {
    /// What can be told of an input before its expressions have values: what it will break for certain, as
    /// ``SchemaViolation`` says it.
    func misfits(of template: DraftTemplate) -> [String] { misfits(of: template.outline) }

    func misfits(of template: Template) -> [String] { misfits(of: template.outline) }

    private func misfits(of outline: Outline) -> [String] {
        var found = Misfits()
        root.addMisfits(of: outline, to: &found)
        return found.all
    }
}

/// The first of what does not fit: the others are neither shown nor thought about.
private struct Misfits {
    private static let limit = 5

    private(set) var all: [String] = []

    var isFull: Bool { all.count >= Misfits.limit }

    mutating func add(_ misfit: @autoclosure () -> String) {
        if !isFull { all.append(misfit()) }
    }
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
    fileprivate func addMisfits(of outline: Outline, at path: String = "", to found: inout Misfits) {
        guard !found.isFull else { return }
        switch outline {
        case .anything: return
        case .literal(let json):
            var validation = SchemaValidation()
            validation.check(json, against: self)
            for violation in validation.violations {
                let pointer = path + violation.pointer
                found.add("\(pointer.isEmpty ? "the input" : printable(pointer, limit: 100)): \(violation.message)")
            }
            return
        case .text, .array, .object: break
        }
        guard case .rules(let rules) = self else { return }
        let place = path.isEmpty ? "the input" : printable(path, limit: 100)
        let type: SchemaType =
            switch outline {
            case .array: .array
            case .object: .object
            case .text, .literal, .anything: .string
            }
        guard rules.types.isEmpty || rules.types.contains(type) else {
            found.add("\(place): must be \(rules.types.map(\.phrase).joined(separator: " or "))")
            return
        }
        switch outline {
        case .array(let items):
            for (index, item) in items.enumerated() {
                rules.items.addMisfits(of: item, at: "\(path)/\(index)", to: &found)
            }
        case .object(let members): rules.addMisfits(of: members, at: path, to: &found)
        case .text, .literal, .anything: break
        }
    }
}

extension SchemaRules {
    fileprivate func addMisfits(
        of members: [(name: String, value: Outline)], at path: String, to found: inout Misfits
    ) {
        let names = Set(members.map { ByteKey($0.name) })
        for name in required where !names.contains(ByteKey(name)) {
            found.add("\(printable(path + "/" + name)): is required")
        }
        for (name, value) in members {
            guard !found.isFull else { return }
            let own = path + "/" + name
            if let schema = properties[ByteKey(name)] {
                schema.addMisfits(of: value, at: own, to: &found)
            } else if case .never = additional {
                let meant = suggestion(for: name, among: propertyNames)
                found.add(
                    "\(printable(own, limit: 100)): is not a known member"
                        + (meant.map { "; did you mean '\($0)'?" } ?? ""))
            } else {
                additional.addMisfits(of: value, at: own, to: &found)
            }
        }
    }
}
