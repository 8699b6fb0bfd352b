import Expressions
import Testing

@Suite("Expressions: references")
struct ReferenceTests {
    private func described(_ reference: Reference) -> String {
        reference.components.reduce(reference.name) {
            switch $1 {
            case .member(let name): $0 + "." + name
            case .element(let index): $0 + "[\(index)]"
            }
        } + (reference.isOnlyTested ? "?" : "")
    }

    @Test(
        "All that is read is known, as far as it is written out",
        arguments: [
            ("input", "input"), ("input.a.b", "input.a.b"), ("input.a[0]['x-y'].b", "input.a[0].x-y.b"),
            ("a + b.c", "a b.c"),
            ("a[b.c].d", "a b.c"), ("a.b[-1]", "a.b"), ("a.b.trim().size()", "a.b"),
            ("a.b.map(x, x.c + d.e)", "a.b d.e"),
            ("has(a.b)", "a.b?"), ("has(a.b.c) ? a.b.c : d", "a.b.c? a.b.c d"), ("has(a.map(x, x)[0].b)", "a"),
            ("has(a[b].c)", "a b"),
            ("{'k': a}.k", "a"), ("a ? b : c", "a b c"), ("f.contains(g)", "f g"), ("math.abs(a.b)", "a.b"),
            ("1 + 2", ""), ("(a.b).c", "a.b.c"),
            ("create-order.id", "create-order.id"), ("a.matches('x')", "a"), ("[1].map(a, a.b)", ""),
        ])
    func all(_ text: String, _ expected: String) throws {
        #expect(try Expression(text).references.map(described).joined(separator: " ") == expected)
    }

    @Test("A reference knows its variable and its place")
    func places() throws {
        let references = try Expression("1 + b.c[0] * has(a.d)").references
        #expect(references.map(\.range) == [TextRange(offset: 4, length: 6), TextRange(offset: 13, length: 8)])
        #expect(references.map(\.variable) == [0, 1])
    }

    @Test(
        "An expression that is one reference and nothing else is known as such",
        arguments: [
            ("input", "input"), (" input.a ", "input.a"), ("(input.a[0])", "input.a[0]"), ("input['x-y']", "input.x-y"),
            ("input.a + 1", nil),
            ("input[a]", nil), ("input.a.trim()", nil), ("has(input.a)", nil), ("-input", nil), ("1", nil),
            ("input.a.map(x, x)", nil), ("input[-1]", nil),
        ] as [(String, String?)])
    func bare(_ text: String, _ expected: String?) throws {
        #expect(try Expression(text).bareReference.map(described) == expected)
    }
}
