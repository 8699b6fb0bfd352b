public import SagaValues

/// A reference that leads nowhere.
public struct UnresolvedReference: Error, Sendable, Hashable, CustomStringConvertible {
    /// As it is written in the workflow, without `${}`.
    public let reference: String
    public let reason: String

    public var description: String { "${\(reference)}: \(reason)" }
}

extension Template {
    /// The template with its holes filled. Values go in unchanged, digits and all.
    ///
    /// - Parameter value: the JSON at the root of a reference, or nil if there is none.
    public func filled(
        plan: Plan, _ value: (Reference.Root) -> JSON?
    ) throws(UnresolvedReference) -> JSON {
        switch self {
        case .literal(let json): return json
        case .reference(let reference): return try reference.resolved(plan, value)
        case .formula(let formula): return try formula.evaluated(plan, value)
        case .text(let parts):
            var text = ""
            for part in parts {
                switch part {
                case .literal(let literal): text += literal
                case .reference(let reference):
                    text += try reference.resolved(plan, value).text { reference.unresolved(plan, $0) }
                case .formula(let formula):
                    text += try formula.evaluated(plan, value).text {
                        UnresolvedReference(reference: formula.text, reason: $0)
                    }
                }
            }
            return .string(text)
        case .array(let items):
            var filled: [JSON] = []
            for item in items { filled.append(try item.filled(plan: plan, value)) }
            return .array(filled)
        case .object(let members):
            var object = JSON.Object()
            for member in members { object[member.name] = try member.value.filled(plan: plan, value) }
            return .object(object)
        }
    }
}

extension Reference {
    func resolved(_ plan: Plan, _ value: (Root) -> JSON?) throws(UnresolvedReference) -> JSON {
        guard var json = value(root) else { throw unresolved(plan, "there is no such value") }
        for component in path {
            let next: JSON? =
                switch component {
                case .member(let name): json[name]
                case .element(let index): json[index]
                }
            guard let next else { throw unresolved(plan, "\(component) is not there") }
            json = next
        }
        return json
    }

    fileprivate func unresolved(_ plan: Plan, _ reason: String) -> UnresolvedReference {
        UnresolvedReference(reference: text(plan), reason: reason)
    }

    /// As it is written in the workflow.
    public func text(_ plan: Plan) -> String {
        let start =
            switch root {
            case .input: "input"
            case .event: "event"
            case .saga: "saga"
            case .step(let index): plan.steps[index].name
            }
        return path.reduce(start) { $0 + $1.description }
    }
}

extension JSON {
    /// For a hole within text: only what has one plain textual form.
    fileprivate func text(_ failure: (String) -> UnresolvedReference) throws(UnresolvedReference) -> String {
        switch self {
        case .string(let text): return text
        case .number(let digits): return digits
        case .bool(let flag): return flag ? "true" : "false"
        case .null, .array, .object:
            throw failure("only a string, a number or a boolean can stand within text")
        }
    }
}

extension Reference.Component: CustomStringConvertible {
    public var description: String {
        switch self {
        case .member(let name): ".\(name)"
        case .element(let index): "[\(index)]"
        }
    }
}
