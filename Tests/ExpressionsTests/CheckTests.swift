import Expressions
import SagaValues
import TestSupport
import Testing

/// What a workflow might know: a schema's input, a step's output of which nothing is known, and some values.
private let knownTypes: [String: StaticType] = [
    "input": .object(
        ObjectType([
            .init("price", .string), .init("count", .int), .init("amount", .number), .init("paid", .bool),
            .init("note", .string, isRequired: false), .init("tags", .list(of: .string)),
            .init("nickname", .either([.string, .null])),
            .init(
                "items",
                .list(of: .object(ObjectType([.init("id", .string), .init("weight", .int, isRequired: false)])))),
            .init("address", .object(ObjectType([.init("city", .string, isRequired: false)])), isRequired: false),
            .init("user-id", .string, isRequired: false),
        ])),
    "open": .object(ObjectType([.init("known", .int)], isOpen: true)),
    "create-order": .any, "a": .any, "b": .any, "n": .int, "s": .string, "d": .decimal,
]

@Suite("Expressions: checking")
struct CheckTests {
    @Test(
        "What can never be right is found where it is",
        arguments: [
            ("input.price > 5", .wrongType, 12, 1), ("input.price * 2", .wrongType, 12, 1), ("n + s", .wrongType, 2, 1),
            ("input.count + 'x'", .wrongType, 12, 1), ("-s", .wrongType, 0, 2), ("!n", .wrongType, 0, 2),
            ("d % 2", .wrongType, 2, 1),
            ("n && true", .wrongType, 0, 1), ("true || s", .wrongType, 8, 1), ("s ? 1 : 2", .wrongType, 0, 1),
            ("input.price == 5", .wrongType, 12, 2), ("input.tags == 'a'", .wrongType, 11, 2),
            ("n != 'a'", .wrongType, 2, 2),
            ("n in s", .wrongType, 2, 2), ("n in input", .wrongType, 2, 2), ("[1] < [2]", .wrongType, 4, 1),
            ("null < 1", .wrongType, 5, 1),
            ("input.prise", .unknownMember, 5, 6), ("has(input.prise)", .unknownMember, 0, 16),
            ("{'a': 1}.b", .unknownMember, 8, 2),
            ("input.note", .perhapsMissing, 5, 5), ("input['user-id']", .perhapsMissing, 5, 11),
            ("input.address", .perhapsMissing, 5, 8), ("has(input.address.city)", .perhapsMissing, 9, 8),
            ("has(input.note) || input.note == ''", .perhapsMissing, 24, 5),
            ("has(input.note) ? '' : input.note", .perhapsMissing, 28, 5),
            ("!has(input.note) && input.note == ''", .perhapsMissing, 25, 5),
            ("has(open.x) && input.note == ''", .perhapsMissing, 20, 5),
            ("has(input.address) && input.address.city == ''", .perhapsMissing, 35, 5),
            ("has(input.address.city) && has(input.address.city)", .perhapsMissing, 9, 8),
            ("input.items.map(i, i.weight)", .perhapsMissing, 20, 7),
            ("input.items.map(i, i.ID)", .unknownMember, 20, 3),
            ("input.items.filter(i, has(i.weight)).map(i, i.weigth)", .unknownMember, 45, 7),
            ("input.tags.city", .wrongType, 10, 5), ("n.x", .wrongType, 1, 2), ("n[0]", .wrongType, 1, 3),
            ("s[0]", .wrongType, 1, 3),
            ("input.tags['a']", .wrongType, 10, 5), ("input[0]", .wrongType, 5, 3), ("n.map(x, x)", .wrongType, 1, 10),
            ("[1].all(x, x)", .wrongType, 11, 1), ("[1].filter(x, x + 1)", .wrongType, 14, 5),
            ("[1].exists(x, x == 'a')", .wrongType, 16, 2),
            ("n.trim()", .wrongType, 1, 7), ("s.contains(1)", .wrongType, 11, 1),
            ("s.substring('a')", .wrongType, 12, 3),
            ("size(n)", .wrongType, 0, 7), ("int(true)", .wrongType, 4, 4), ("string([1])", .wrongType, 7, 3),
            ("math.abs(s)", .wrongType, 9, 1),
            ("math.round(d, 'x')", .wrongType, 14, 3), ("n.matches('a')", .wrongType, 1, 13),
            ("math.sum(n)", .wrongType, 9, 1),
            ("{n: 1}", .wrongType, 1, 1), ("(input.paid ? 1 : 2) + 's'", .wrongType, 21, 1),
            ("nobody", .unknownName, 0, 6), ("n-1", .unknownName, 0, 3), ("a + order.id", .unknownName, 4, 5),
        ] as [(String, ExpressionFinding.Code, Int, Int)])
    func wrong(_ text: String, _ code: ExpressionFinding.Code, _ offset: Int, _ length: Int) throws {
        let findings = try Expression(text).check(knownTypes).findings
        let finding = try #require(findings.first, "nothing was found")
        #expect(finding.code == code && finding.range == TextRange(offset: offset, length: length), "\(findings)")
        #expect(findings.count == 1 && !finding.help.isEmpty)
    }

    @Test(
        "What may be right is let through",
        arguments: [
            "a > 5", "a.b.c[0].d", "a + b", "a && b", "!a", "-a", "a ? b : a", "a in b", "'x' in a", "a[b]",
            "a.map(x, x.y > 1)",
            "create-order.orderId == s", "open.known + 1", "open.anything.at.all", "has(open.x)", "input.price == null",
            "input.nickname + 'x'", "input.nickname == null ? '' : input.nickname", "input.amount % 2 == 0", "n < d",
            "n == d",
            "n == input.amount", "s < 'b'", "input.paid < true", "has(input.note) && input.note == 'x'",
            "input.note == 'x' && has(input.note)", "!has(input.note) || input.note == 'x'",
            "input.note == '' || !has(input.note)",
            "has(input.note) ? input.note : ''", "!has(input.note) ? '' : input.note",
            "!!has(input.note) && input.note == ''",
            "input.paid && has(input.note) && n > 1 ? input.note : ''", "has(input['user-id']) ? input['user-id'] : s",
            "has(input.address) && has(input.address.city) && input.address.city == 'x'",
            "has(input.address) && has(input.address.city) ? input.address.city : ''",
            "'note' in input && input.note == ''",
            "!(!has(input.note) || n > 1) ? input.note : ''",
            "(has(input.note) && n > 1) || (has(input.note) && n < 1) ? input.note : ''",
            "input.items.filter(i, has(i.weight)).map(i, i.weight)",
            "input.items.filter(i, has(i.weight) && i.weight > 1).all(i, i.weight > 1)",
            "input.items.map(i, has(i.weight), i.weight)", "input.items.all(i, has(i.weight) && i.weight > 1)",
            "input.items.map(i, has(input.note) && input.note == i.id)", "[].map(x, x + 1)", "[].exists(x, x.y && !x)",
            "[1, 'a'].exists(x, x == 'a')",
            "[1, 'a'].exists(x, x > 1)", "[[], [1]].map(x, x[0] + 1)", "input.tags + ['x']", "input.tags + [1]",
            "{'a': a}.a.b", "{s: 1}['x'] + 1",
            "s + 'x' == s", "int(s) + 1", "decimal(input.price) * 2", "math.greatest(n, d, input.amount)",
            "math.sum(a.items)", "size(input)",
            "input.tags.join(',').split(',')[0].trim()", "a.f in [1, 'x', null]", "null == a", "[null] == [1]",
            "s.indexOf('a', n)", "input['note' + s]",
        ])
    func right(_ text: String) throws {
        #expect(try Expression(text).check(knownTypes).findings == [])
    }

    @Test(
        "The type of the whole is known as far as it can be",
        arguments: [
            ("1", .int), ("1.5", .decimal), ("'a'", .string), ("null", .null), ("n > 1", .bool), ("n + 1", .int),
            ("n + d", .decimal),
            ("n + a", .number), ("n * input.amount", .number), ("a", .any), ("a + b", .any), ("a + 's'", .string),
            ("s + 's'", .string),
            ("input.tags", .list(of: .string)), ("input.tags[0]", .string), ("[1, 2]", .list(of: .int)),
            ("[1, 2.0]", .list(of: .number)),
            ("[1] + ['a']", .list(of: .either([.int, .string]))), ("input.paid ? 1 : 'a'", .either([.int, .string])),
            ("input.items.map(i, i.id)", .list(of: .string)), ("input.tags.map(t, size(t))", .list(of: .int)),
            ("a.map(x, x)", .list(of: .any)),
            ("input.map(k, k)", .list(of: .string)), ("a.exists(x, x)", .bool), ("size(a)", .int),
            ("s.split('')", .list(of: .string)),
            ("decimal(s)", .decimal), ("math.round(n)", .decimal), ("math.abs(n)", .int), ("math.least(n, d)", .number),
            ("-d", .decimal),
            ("{'a': 1}", .object(ObjectType([.init("a", .int)]))), ("input.nickname", .either([.string, .null])),
            ("a in b", .bool), ("a % b", .int),
            ("{'a': 1, s: 2}", .object(ObjectType([.init("a", .int)], isOpen: true))), ("a == b", .bool),
            ("a ? 1 : 2.0", .number),
        ] as [(String, StaticType)])
    func types(_ text: String, _ expected: StaticType) throws {
        #expect(try Expression(text).check(knownTypes).type == expected)
    }

    @Test("A caller can ask whether the value can be what it needs")
    func needs() throws {
        let bool = try Expression("a == 1 || b").check(knownTypes),
            list = try Expression("input.tags").check(knownTypes)
        #expect(bool.canBeBool && !bool.canBeList && list.canBeList && !list.canBeBool)
        let any = try Expression("a").check(knownTypes)
        #expect(any.canBeBool && any.canBeList && any.typeName == "any" && list.typeName == "list")
        #expect(try Expression("input.nickname").check(knownTypes).typeName == "string or null")
    }

    @Test("An unknown name with a hyphen is told about the minus, and other names are shown those that there are")
    func names() throws {
        let help = try #require(try Expression("n-1").check(knownTypes).findings.first?.help)
        #expect(help.contains("put spaces around the minus, n - 1"))
        let other = try #require(try Expression("create-ordr.id").check(knownTypes).findings.first?.help)
        #expect(other.contains("put spaces around the minus if it is one"))
        let plain = try #require(try Expression("inptu").check(knownTypes).findings.first?.help)
        #expect(plain.contains("input") && plain.contains("create-order"))
    }

    @Test("All findings are given, in the order of the text")
    func order() throws {
        let findings = try Expression("nobody + input.prise + (s - 1)").check(knownTypes).findings
        #expect(findings.map(\.code) == [.unknownName, .unknownMember, .wrongType])
    }

    @Test("A type that a macro puts into itself again and again ends as any, before comparing it takes forever")
    func growth() throws {
        let large = "[n]" + String(repeating: ".map(x, {'a': x, 'b': x})", count: 60)
        let text = "[\(large), \(large)]"
        let (check, took) = try measuringWork { try Expression(text).check(knownTypes) }
        #expect(check.findings == [] && check.canBeList && took < .seconds(5))
    }
}
