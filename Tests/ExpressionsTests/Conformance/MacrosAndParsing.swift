import Expressions
import SagaValues
import Testing

/// Facts from google/cel-spec, tests/simple/testdata: macros 1415cd5e (with the equality across types of v0.25), parse
/// 10a0643a. Keys of maps are text here.
@Suite("Conformance: macros and parsing")
struct MacroAndParsingConformance {
    @Test("Macros", arguments: macrosCases)
    func macros(_ example: Case) throws { try example.check() }

    @Test("Nested and repeated parts", arguments: shapesCases)
    func shapes(_ example: Case) throws { try example.check() }

    @Test("String literals", arguments: stringsCases)
    func strings(_ example: Case) throws { try example.check() }
}

private let macrosCases: [Case] = [
    Case("[1, 2, 3].exists(e, e > 0)", true), Case("[1, 2, 3].exists(e, e == 2)", true),
    Case("[1, 2, 3].exists(e, e > 3)", false), Case("[1, 'foo', 3].exists(e, e != '1')", true),
    Case("[1, 'foo', 3].exists(e, e == '10')", false), Case("[1, 'foo', 3].exists(e, e > 9)", .noOverload),
    Case("[1, 'foo', 3].exists(e, e > 2)", true), Case("[1, 2, 3].exists(e, e / 0 == 17)", .error(.divisionByZero)),
    Case("[].exists(e, e == 2)", false), Case("{'key1':1, 'key2':2}.exists(k, k == 'key2')", true),
    Case("!{'key1':1, 'key2':2}.exists(k, k == 'key3')", true),
    Case("[1, 2, 3].all(e, e > 0)", true), Case("[1, 2, 3].all(e, e == 2)", false),
    Case("[1, 2, 3].all(e, e == 17)", false), Case("[1, 'foo', 3].all(e, e == 1)", false),
    Case("[1, 'foo', 3].all(e, e % 2 == 1)", .noOverload), Case("[1, 2, 3].all(e, 6 / (2 - e) == 6)", false),
    Case("[1, 2, 3].all(e, e / 0 != 17)", .error(.divisionByZero)), Case("[].all(e, e > 0)", true),
    Case("{'key1':1, 'key2':2}.all(k, k == 'key2')", false),
    Case("[].exists_one(a, a == 7)", false), Case("[7].exists_one(a, a == 7)", true),
    Case("[8].exists_one(a, a == 7)", false), Case("[1, 2, 3].exists_one(x, x > 20)", false),
    Case("[6, 7, 8].exists_one(foo, foo % 5 == 2)", true), Case("[0, 1, 2, 3, 4].exists_one(n, n % 2 == 1)", false),
    Case("['foal', 'foo', 'four'].exists_one(n, n.startsWith('fo'))", false),
    Case("[3, 2, 1, 0].exists_one(n, 12 / n > 1)", .error(.divisionByZero)),
    Case("{'6': 1, '7': 2}.exists_one(k, k == '7')", true),
    Case("[].map(n, n / 2)", []), Case("[3].map(n, n * n)", [9]), Case("[2, 4, 6].map(n, n / 2)", [1, 2, 3]),
    Case("[2, 1, 0].map(n, 4 / n)", .error(.divisionByZero)), Case("{'a': 1, 'b': 4}.map(x, x + x)", ["aa", "bb"]),
    Case("[1, 2, 3, 4].map(n, n % 2 == 0, n * 10)", [20, 40]), Case("[1, 2].map(n, 'x', n)", .noOverload),
    Case("[].filter(n, n % 2 == 0)", []), Case("[2].filter(n, n == 2)", [2]), Case("[1].filter(n, n > 3)", []),
    Case("[0, 1, 2, 3, 4].filter(x, x % 2 == 1)", [1, 3]),
    Case("[3, 2, 1, 0].filter(n, 12 / n > 4)", .error(.divisionByZero)),
    Case("{'a': 10, 'b': 11}.filter(x, x != 'a')", ["b"]), Case("1.map(x, x)", .noOverload),
    Case("['signer'].filter(signer, ['artifact'].all(artifact, true))", ["signer"]),
    Case("[[1, 2], [3]].map(x, x.map(x, x + 1))", [[2, 3], [4]]),
    Case("[1, 2].map(x, [10, 20].map(y, x * y))", [[10, 20], [20, 40]]),
    Case("['a', 'b'].all(in_, in_ in {'a': 1, 'b': 2})", true),
    Case("[[1], [2, 3]].exists(x, size(x) == y)", true, with: ["y": 2]),
]

private func nested(_ open: String, _ inner: String, _ close: String, _ count: Int) -> String {
    String(repeating: open, count: count) + inner + String(repeating: close, count: count)
}

private let shapesCases: [Case] = [
    Case(nested("a[", "0", "]", 12), 0, with: ["a": [0]]), Case(nested("int(decimal(", "7", "))", 6), 7),
    Case("size(" + nested("[", "0", "]", 12) + ")", 1), Case("size(" + nested("{'0': ", "'foo'", "}", 12) + ")", 1),
    Case(nested("(", "7", ")", 32), 7), Case(String(repeating: "true ? true : ", count: 24) + "false", true),
    Case(String(repeating: "false || ", count: 31) + "true", true),
    Case(String(repeating: "true && ", count: 31) + "false", false),
    Case(String(repeating: "3 - 3 + ", count: 12) + "3", 3), Case(String(repeating: "4 * 4 / ", count: 12) + "4", 4),
    Case(String(repeating: "!", count: 32) + "true", true), Case(String(repeating: "-", count: 32) + "19", 19),
    Case(
        "x" + String(repeating: ".a", count: 12), 1,
        with: ["x": (0..<12).reduce(1 as JSON) { inner, _ in ["a": inner] }]),
    Case(nested("[", "'foo'", "]", 12) + String(repeating: "[0]", count: 12), "foo"),
    Case("[" + (0..<32).map(String.init).joined(separator: ", ") + "][17]", 17),
    Case("{" + (0..<32).map { "'\($0)': \($0)" }.joined(separator: ", ") + "}['17']", 17),
    Case("[1, 2,]", [1, 2]), Case("{'a': 1,}", .value(["a": 1])), Case("1 // one\n+ 2", 3), Case(" \t\n\r\u{0C}1 ", 1),
]

private let stringsCases: [Case] = [
    Case("'hello'", "hello"), Case("\"hello\"", "hello"), Case("'''hello'''", "hello"),
    Case("\"\"\"hello\"\"\"", "hello"), Case(#"' \\ \? \" \' \` '"#, #" \ ? " ' ` "#),
    Case(#"" \\ \? \" \' \` ""#, #" \ ? " ' ` "#), Case(#"''' \\ \? \" \' \` '''"#, #" \ ? " ' ` "#),
    Case(#"''' ? " ' ` '''"#, #" ? " ' ` "#), Case(#"' \a \b \f \t \v '"#, " \u{07} \u{08} \u{0C} \t \u{0B} "),
    Case("' \u{07} \u{08} \u{0C} \t \u{0B} '", " \u{07} \u{08} \u{0C} \t \u{0B} "), Case(#"' \n '"#, " \n "),
    Case("''' \n '''", " \n "), Case(#"' \r\n '"#, " \r\n "), Case("\"\"\" \r\n \"\"\"", " \r\n "),
    Case(#"' \x01 \x1f \x7F '"#, " \u{01} \u{1F} \u{7F} "), Case(#"' \012 \177 '"#, " \n \u{7F} "),
    Case(#"'\u270c'"#, "\u{270C}"), Case(#"'\U0001f431'"#, "\u{1F431}"), Case(#"'\XFF'"#, "\u{FF}"),
    Case(#"r'\n'"#, "\\n"), Case(#"R"\\""#, "\\\\"), Case("r'''it's'''", "it's"), Case("'🐱😀😛'", "🐱😀😛"),
    Case("'' + '''''' + r''", ""), Case("'''a''b'''", "a''b"),
]
