public import SagaValues

/// JSON with holes that are filled from the saga's input and the outputs of its steps.
public indirect enum Template: Sendable, Hashable {
    case literal(JSON)
    /// `"${a.b}"`: the JSON found there, unchanged.
    case reference(Reference)
    /// `"${a.b == 'c'}"`: what the expression comes to.
    case formula(Formula)
    /// `"user:${a.b}"`: text with references in it, always a string.
    case text([TextPart])
    case array([Template])
    case object([TemplateMember])

    public enum TextPart: Sendable, Hashable {
        case literal(String)
        case reference(Reference)
        case formula(Formula)
    }
}

extension Template {
    func forEachReference(_ body: (Reference) -> Void) {
        switch self {
        case .literal: break
        case .reference(let reference): body(reference)
        case .formula(let formula): formula.roots.forEach(body)
        case .text(let parts):
            for part in parts {
                switch part {
                case .literal: break
                case .reference(let reference): body(reference)
                case .formula(let formula): formula.roots.forEach(body)
                }
            }
        case .array(let items): for item in items { item.forEachReference(body) }
        case .object(let members): for member in members { member.value.forEachReference(body) }
        }
    }
}

public struct TemplateMember: Sendable, Hashable {
    public let name: String
    public let value: Template

    public init(_ name: String, _ value: Template) {
        self.name = name
        self.value = value
    }
}

/// A bare reference: `input.userId`, `create-order.orderId`, `scan.items[0].id`.
public struct Reference: Sendable, Hashable {
    public let root: Root
    public let path: [Component]

    public init(_ root: Root, _ path: [Component] = []) {
        self.root = root
        self.path = path
    }

    public enum Root: Sendable, Hashable {
        case input
        /// The output of the step at this index of ``Plan/steps``.
        case step(Int)
        /// The event that a `listen` looks at.
        case event
        /// What is known of the saga itself: `id`, `startedAt`.
        case saga
    }

    public enum Component: Sendable, Hashable {
        case member(String)
        case element(Int)
    }
}
