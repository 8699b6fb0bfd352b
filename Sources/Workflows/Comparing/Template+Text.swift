internal import SagaCore
internal import SagaValues

/// Templates as they are written, so that two of different plans can be compared: what refers to a step does so by its
/// name, and not by a number that is another in the other plan.
extension Template {
    func text(_ plan: Plan) -> String {
        switch self {
        case .literal(let json): json.escaped.text
        case .reference(let reference): JSON.string("${\(reference.text(plan))}").text
        case .formula(let formula): JSON.string("${\(formula.text)}").text
        case .text(let parts): JSON.string(parts.map { $0.text(plan) }.joined()).text
        case .array(let items): "[" + items.map { $0.text(plan) }.joined(separator: ",") + "]"
        case .object(let members):
            "{"
                + members.map { "\(JSON.string($0.name).text):\($0.value.text(plan))" }.joined(separator: ",") + "}"
        }
    }

    /// Of an object, whether or not it has holes; nil for all else.
    var members: [TemplateMember]? {
        switch self {
        case .object(let members): members
        case .literal(.object(let object)): object.map { TemplateMember($0.name, .literal($0.value)) }
        case .literal, .reference, .formula, .text, .array: nil
        }
    }

    /// What has to be filled in.
    func holes(_ plan: Plan) -> [Hole] {
        switch self {
        case .literal: []
        case .reference(let reference): [Hole(reference.text(plan), reference, isInText: false)]
        case .formula(let formula): [Hole(formula.text, nil, isInText: false)]
        case .text(let parts):
            parts.compactMap { part in
                switch part {
                case .literal: nil
                case .reference(let reference): Hole(reference.text(plan), reference, isInText: true)
                case .formula(let formula): Hole(formula.text, nil, isInText: true)
                }
            }
        case .array(let items): items.flatMap { $0.holes(plan) }
        case .object(let members): members.flatMap { $0.value.holes(plan) }
        }
    }
}

/// A place in a template to be filled.
struct Hole: Hashable {
    /// As it is written, without `${}`.
    let text: String
    /// Nil for an expression.
    let reference: SagaCore.Reference?
    /// Only what has one plain form can stand within text.
    let isInText: Bool

    init(_ text: String, _ reference: SagaCore.Reference?, isInText: Bool) {
        self.text = text
        self.reference = reference
        self.isInText = isInText
    }
}

extension Template.TextPart {
    fileprivate func text(_ plan: Plan) -> String {
        switch self {
        case .literal(let text): text.escapingHoles
        case .reference(let reference): "${\(reference.text(plan))}"
        case .formula(let formula): "${\(formula.text)}"
        }
    }
}

extension JSON {
    /// With `$${` for what would be read as the begin of a hole.
    fileprivate var escaped: JSON {
        switch self {
        case .null, .bool, .number: self
        case .string(let text): .string(text.escapingHoles)
        case .array(let items): .array(items.map(\.escaped))
        case .object(let object):
            .object(JSON.Object(uniqueMembers: object.lazy.map { (name: $0.name, value: $0.value.escaped) }))
        }
    }
}

extension String {
    fileprivate var escapingHoles: String {
        var out = ""
        for character in self {
            if character == "{", out.last == "$" { out += "${" } else { out.append(character) }
        }
        return out
    }
}
