import SagaValues
import Testing

@testable import Expressions

@Suite("Expressions: reading")
struct ReadingTests {
    @Test(
        "Operators bind as in CEL, and those that bind equally go from left to right",
        arguments: [
            ("1 + 2 * 3", "(1 + (2 * 3))"), ("1 * 2 + 3", "((1 * 2) + 3)"), ("1 - 2 - 3", "((1 - 2) - 3)"),
            ("8 / 4 * 2", "((8 / 4) * 2)"), ("1 + 2 < 3 - 4", "((1 + 2) < (3 - 4))"),
            ("a < b == c", "((a < b) == c)"), ("a == b && c != d", "((a == b) && (c != d))"),
            ("a || b && c", "(a || (b && c))"), ("a && b || c", "((a && b) || c)"), ("!a && b", "((! a) && b)"),
            ("!a.b", "(! (a .b))"), ("-a.b * c", "((- (a .b)) * c)"), ("-1 + 2", "(-1 + 2)"), ("--1", "(- -1)"),
            ("- 1", "-1"), ("-a[0]", "(- (a [0]))"), ("a in b || c", "((a in b) || c)"),
            ("a + b in c", "((a + b) in c)"), ("a ? b : c ? d : e", "(a ? b : (c ? d : e))"),
            ("a || b ? c && d : e + f", "((a || b) ? (c && d) : (e + f))"), ("(a + b) * c", "((a + b) * c)"),
            ("a.b[c].d()", nil), ("a % b / c", "((a % b) / c)"), ("1 - -1", "(1 - -1)"), ("1--1", "(1 - -1)"),
            ("a ? (b ? c : d) : e", "(a ? (b ? c : d) : e)"), ("a*b+c*d- e", "(((a * b) + (c * d)) - e)"),
            ("a.f.g[0][b + 1]", "(a .f .g [0] [(b + 1)])"), ("(a.b).c", "(a .b .c)"), ("a['b'].c", "(a .b .c)"),
            ("size(a) + a.size()", "((a size()) + (a size()))"), ("int(a).b", "(int(a) .b)"),
            ("has(a.b) && has(a['x-y'])", "(has(a .b) && has(a .x-y))"),
            ("a.map(x, x + y)", "(a map(x, (x + y)))"), ("{'a': [1, b]}", "{'a': [1, b]}"),
        ] as [(String, String?)])
    func shape(_ text: String, _ expected: String?) {
        guard let expected else {
            #expect(findings(of: text).map(\.code) == [.unknownFunction])
            return
        }
        #expect(throws: Never.self) {
            let expression = try Expression(text)
            #expect(expression.shape == expected)
            #expect(try Expression(expression.description).shape == expected)
        }
    }

    @Test(
        "A hyphen inside of a root name belongs to the name; with spaces, or behind a dot, it is a minus",
        arguments: [
            ("create-order.orderId", "(create-order .orderId)", ["create-order"]), ("a - b", "(a - b)", ["a", "b"]),
            ("a-b", "a-b", ["a-b"]), ("a -b", "(a - b)", ["a", "b"]), ("a- b", "(a - b)", ["a", "b"]),
            ("a.b-c", "((a .b) - c)", ["a", "c"]), ("a.b-c-d", "((a .b) - c-d)", ["a", "c-d"]), ("a-1", "a-1", ["a-1"]),
            ("a[0]-b", "((a [0]) - b)", ["a", "b"]), ("(a)-b", "(a - b)", ["a", "b"]), ("1-a", "(1 - a)", ["a"]),
            ("a--b", "(a - (- b))", ["a", "b"]), ("a-b-c.d", "(a-b-c .d)", ["a-b-c"]), ("-a-b", "(- a-b)", ["a-b"]),
            ("a . b-c", "((a .b) - c)", ["a", "c"]), ("x_1-y_2", "x_1-y_2", ["x_1-y_2"]), ("'a'-b", "('a' - b)", ["b"]),
        ])
    func hyphens(_ text: String, _ shape: String, _ variables: [String]) throws {
        let expression = try Expression(text)
        #expect(expression.shape == shape && expression.variables == variables)
    }

    @Test("Variables stand once each, in the order of the text, and those of macros are not among them")
    func variables() throws {
        #expect(try Expression("b + a.b * b").variables == ["b", "a"])
        #expect(try Expression("xs.map(x, x + y).filter(y, y > x)").variables == ["xs", "y", "x"])
        #expect(try Expression("math + math.abs(1) + math.x").variables == ["math"])
        #expect(try Expression("[1].map(math, math)").variables.isEmpty)
        #expect(try Expression("size + has + 1").variables == ["size", "has"])
    }

    @Test(
        "What is no expression is found where it is, with a way out",
        arguments: [
            ("", .syntax, 0, 0), ("1 +", .syntax, 3, 0), ("1 2", .syntax, 2, 1), ("(1", .syntax, 2, 0),
            ("1)", .syntax, 1, 1),
            ("a.", .syntax, 2, 0), ("a.1", .syntax, 1, 2), ("a[1", .syntax, 3, 0), ("[1 2]", .syntax, 3, 1),
            ("{'a' 1}", .syntax, 5, 1), ("a ? b", .syntax, 5, 0), ("a ? b ? c : d : e", .syntax, 6, 1),
            ("in", .syntax, 0, 2),
            ("a = b", .syntax, 2, 1), ("a & b", .syntax, 2, 1), ("a | b", .syntax, 2, 1), ("${a}", .syntax, 0, 1),
            ("a + é", .syntax, 4, 2), ("size(", .syntax, 5, 0), ("[,]", .syntax, 1, 1), ("1 === 2", .syntax, 4, 1),
            ("a ?: b", .syntax, 3, 1), ("size(a,)", .syntax, 7, 1),
            ("'abc", .badText, 0, 4), ("'a\nb'", .badText, 0, 2), (#"'\q'"#, .badText, 1, 2),
            (#"'\u12'"#, .badText, 1, 2),
            (#"'\ud800'"#, .badText, 1, 2), (#"'\x+1'"#, .badText, 1, 2), (#"'\400'"#, .badText, 1, 2),
            ("'''a''", .badText, 0, 6),
            (#"'\"#, .badText, 1, 1), (#"'\U00110000'"#, .badText, 1, 2),
            ("9223372036854775808", .badNumber, 0, 19), ("-9223372036854775809", .badNumber, 1, 19),
            ("- 9223372036854775809", .badNumber, 2, 19), ("99999999999999999999999", .badNumber, 0, 23),
            ("0x", .badNumber, 0, 2), ("0x8000000000000000", .badNumber, 0, 18), ("1e", .badNumber, 0, 2),
            ("1e+", .badNumber, 0, 3),
            ("1abc", .badNumber, 0, 1), ("1.5x", .badNumber, 0, 3), ("1e999999999", .badNumber, 0, 11),
            ("1e-35", .badNumber, 0, 5),
            ("foo(1)", .unknownFunction, 0, 3), ("a.foo(1)", .unknownFunction, 2, 3),
            ("math.foo(1)", .unknownFunction, 0, 8),
            ("contains('a', 'b')", .unknownFunction, 0, 8), ("a.int()", .unknownFunction, 2, 3),
            ("abs(1)", .unknownFunction, 0, 3),
            ("map([1], x, x)", .unknownFunction, 0, 3), ("a-size(b)", .unknownFunction, 0, 6),
            ("size()", .wrongArguments, 0, 4), ("size(a, b)", .wrongArguments, 0, 4),
            ("a.trim(1)", .wrongArguments, 2, 4),
            ("a.replace('b')", .wrongArguments, 2, 7), ("math.abs()", .wrongArguments, 0, 8),
            ("has(a)", .wrongArguments, 0, 6),
            ("has(a[0])", .wrongArguments, 0, 9), ("has(a.b, a.c)", .wrongArguments, 0, 13),
            ("has(a.b.trim())", .wrongArguments, 0, 15),
            ("a.map(1, 2)", .wrongArguments, 6, 1), ("a.map(x.y, 2)", .wrongArguments, 6, 1),
            ("a.all(x-y, true)", .wrongArguments, 6, 3),
            ("a.all(x, true, true)", .syntax, 13, 1), ("a.map(x)", .wrongArguments, 6, 1),
            ("a.matches(b)", .wrongArguments, 10, 1),
            ("a.matches('b' + 'c')", .wrongArguments, 10, 9), ("{'a': 1, 'a': 2}", .wrongArguments, 9, 3),
            ("a.matches('(')", .badPattern, 10, 3), ("matches(a, r'\\1')", .badPattern, 11, 5),
        ] as [(String, ExpressionFinding.Code, Int, Int)])
    func mistakes(_ text: String, _ code: ExpressionFinding.Code, _ offset: Int, _ length: Int) throws {
        let finding = try #require(findings(of: text).first, "\(text) was read")
        #expect(finding.code == code && finding.range == TextRange(offset: offset, length: length), "\(finding)")
        #expect(!finding.message.isEmpty && !finding.help.isEmpty)
    }

    @Test("All mistakes that can be passed over are found at once, and the one that cannot is the last")
    func several() {
        #expect(
            findings(of: "foo(1) + b.bar() + a.matches('[')").map(\.code) == [
                .unknownFunction, .unknownFunction, .badPattern,
            ])
        #expect(findings(of: "foo(1) + ").map(\.code) == [.unknownFunction, .syntax])
    }

    @Test("One text is one expression, and another text is another")
    func equality() throws {
        #expect(try Expression("a+b") == Expression("a+b"))
        #expect(try Expression("a+b") != Expression("a + b"))
        // Canonically equivalent, which Swift's strings take for equal.
        #expect(try Expression("'é'") != Expression("'e\u{301}'"))
        #expect(try Set([Expression("a"), Expression("a"), Expression("b")]).count == 2)
    }
}
