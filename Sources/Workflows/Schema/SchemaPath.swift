internal import SagaCore

extension InputSchema {
    /// What a reference into the input meets, as far as the schema tells.
    enum PathOutcome {
        /// The value may be there; `types` are what it can be, empty if anything.
        case found(types: [SchemaType])
        /// The schema names the members of this place, and this is none of them.
        case undeclared(member: String, known: [String])
        /// The schema does not require it.
        case mayBeMissing(member: String)
        /// A member of what is no object, or an element of what is no list.
        case impossible(component: Reference.Component, types: [SchemaType])
    }

    /// - Parameter isKnown: whether the place that a path leads to is known to be there.
    func outcome(
        of path: [Reference.Component], isKnown: (ArraySlice<Reference.Component>) -> Bool = { _ in false }
    ) -> PathOutcome {
        var schema = root
        var missing: String?
        for (index, component) in path.enumerated() {
            guard case .rules(let rules) = schema else { return .found(types: []) }
            let container: SchemaType = if case .member = component { .object } else { .array }
            guard rules.types.isEmpty || rules.types.contains(container) else {
                return .impossible(component: component, types: rules.types)
            }
            switch component {
            case .element:
                schema = rules.items
            case .member(let name):
                if let next = rules.properties[ByteKey(name)] {
                    schema = next
                    // A place that may also be something else has no members then.
                    if !rules.requires(name) || rules.types.count > 1, missing == nil, !isKnown(path[...index]) {
                        missing = name
                    }
                } else if rules.mentionsAdditional || rules.properties.isEmpty {
                    guard case .never = rules.additional else {
                        schema = rules.additional
                        continue
                    }
                    return .undeclared(member: name, known: rules.propertyNames)
                } else {
                    return .undeclared(member: name, known: rules.propertyNames)
                }
            }
        }
        if let missing { return .mayBeMissing(member: missing) }
        guard case .rules(let rules) = schema else { return .found(types: []) }
        return .found(types: rules.types)
    }
}

extension SchemaRules {
    func requires(_ name: String) -> Bool {
        requiredKeys.contains(ByteKey(name))
    }
}
