public import Expressions
internal import SagaValues

/// An expression whose names are bound to what a saga knows.
public struct Formula: Sendable, Hashable {
    public let expression: Expression
    /// What its names stand for, in the order of ``Expression/variables``.
    public let roots: [Reference]

    public init(_ expression: Expression, roots: [Reference] = []) {
        self.expression = expression
        self.roots = roots
    }

    /// As it is written, without `${}`.
    public var text: String { expression.text }

    /// - Parameter value: the JSON at the root of a reference, or nil if there is none.
    func evaluated(_ plan: Plan, _ value: (Reference.Root) -> JSON?) throws(UnresolvedReference) -> JSON {
        do throws(EvaluationError) {
            return try expression.evaluate { index in
                guard roots.indices.contains(index) else { return nil }
                // A step that did not run has no output; as nothing it has no members, which `has()` can ask.
                return (try? roots[index].resolved(plan, value)) ?? .object([:])
            }
        } catch {
            throw UnresolvedReference(reference: text, reason: error.message)
        }
    }
}
