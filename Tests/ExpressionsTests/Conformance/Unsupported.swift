import Expressions
import SagaValues
import Testing
import Expressions

/// What CEL has and this subset has not: each is refused with a finding that says so, and what to do.
@Suite("Conformance: what is not supported")
struct UnsupportedConformance {
    @Test(
        "A feature of CEL that is left out is named, with a way out",
        arguments: [
            ("0u", "unsigned", "64 bits"), ("0x1Fu", "unsigned", "64 bits"), ("b'abc'", "bytes", "text"),
            ("rb\"a\"", "bytes", "text"), ("bytes('abc')", "bytes", "text"), ("double(1)", "double", "decimal()"),
            ("uint(1)", "uint", "int()"), ("type(1) == int", "type()", "schema"), ("dyn(1)", "dyn()", "leave it out"),
            ("timestamp('2009-02-13T23:31:30Z')", "timestamps", "ISO 8601"),
            ("duration('10s')", "durations", "ISO 8601"),
            ("x.getFullYear()", "timestamps", "ISO 8601"), ("TestAllTypes{single_int64: 1}", "messages", "map"),
            ("a.b.C{}", "messages", "map"), ("a.?b", "optional", "has("), ("a[?0]", "optional", "has("),
            ("[?a]", "optional", "has("), ("{?'a': b}", "optional", "has("), ("optional.of(1)", "optional", "has("),
            ("optional.none()", "optional", "has("), ("a.orValue(1)", "optional", "has("), (".a", "dot", "alone"),
            ("{1: 'a'}", "keys of maps are text", "quotes"), ("{true: 'a'}", "keys of maps are text", "quotes"),
            ("{1.5: 'a'}", "keys of maps are text", "quotes"), ("a.`b-c`", "backticks", "brackets"),
        ])
    func named(_ text: String, _ says: String, _ helps: String) throws {
        let found = findings(of: text)
        let finding = try #require(found.first { $0.code == .notSupported }, "\(text): \(found)")
        #expect(finding.message.contains(says) && finding.help.contains(helps))
    }

    @Test(
        "A function that is left out is unknown, with those that there are",
        arguments: [
            "'a'.format([])", "strings.quote('a')", "'a'.reverse()", "cel.bind(a, 1, a)", "math.isNaN(1)",
            "x.transformList(i, v, v)",
        ])
    func unknown(_ text: String) throws {
        let finding = try #require(findings(of: text).first)
        #expect(finding.code == .unknownFunction && finding.help.hasPrefix("there are "))
    }

    @Test(
        "What CEL reserves for later is a name like any other, since steps may be called so",
        arguments: ["loop", "package", "namespace", "function", "import", "as", "let", "var", "void", "while", "for"])
    func free(_ name: String) throws {
        #expect(try Expression("\(name).id").evaluate([name: ["id": 5]]) == 5)
    }

    @Test(
        "U+0000, which CEL's text may hold and databases may not, is refused",
        arguments: [#"'\x00'"#, #"'\000'"#, #"'\u0000'"#, "'\0'"])
    func nul(_ text: String) {
        #expect(findings(of: text).map(\.code) == [.badText])
    }
}
