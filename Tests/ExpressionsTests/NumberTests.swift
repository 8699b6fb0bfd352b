import Expressions
import SagaValues
import Testing

@Suite("Expressions: numbers")
struct NumberTests {
    @Test(
        "Sums have the larger scale, products the sum of both, and text keeps the digits",
        arguments: [
            Case("1.5 + 2.25", .digits("3.75")), Case("99.00 + 1", .digits("100.00")),
            Case("0.50 + 0.50", .digits("1.00")),
            Case("1.50 * 2", .digits("3.00")), Case("1.50 * 2.0", .digits("3.000")),
            Case("10.00 - 10.00", .digits("0.00")),
            Case("10.00 / 4", .digits("2.50")), Case("10 / 4", 2), Case("10 / 4.0", .digits("2.5")),
            Case("1.0 / 3", .digits("0.3333333333333333333333333333333333")),
            Case("2e0 / 3", .digits("0.6666666666666666666666666666666667")),
            Case("string(decimal(\"99.00\"))", "99.00"), Case("string(99.90 + 0.10)", "100.00"),
            Case("string(1e3)", "1000"),
            Case("decimal(7) / 2", .digits("3.5")), Case("7 / 2", 3), Case("1e3 / 3 > 333.3", true),
            Case("5.00 % 2", .noOverload),
            Case("-0.00", .digits("0.00")), Case("1 + 0.1 * 3 == 1.3", true), Case("0.07 * 100 == 7", true),
        ])
    func scales(_ example: Case) throws { try example.check() }

    @Test(
        "Rounding is half away from zero, with as many decimals as were asked for",
        arguments: [
            Case("math.round(2.345, 2)", .digits("2.35")), Case("math.round(-2.345, 2)", .digits("-2.35")),
            Case("math.round(2.5)", .digits("3")), Case("math.round(99, 2)", .digits("99.00")),
            Case("string(math.round(12.5 * 0.19, 2))", "2.38"), Case("math.floor(2.349, 2)", .digits("2.34")),
            Case("math.ceil(2.341, 2)", .digits("2.35")), Case("math.trunc(-2.349, 2)", .digits("-2.34")),
            Case("math.floor(-2.341, 2)", .digits("-2.35")), Case("math.round(1.5, 35)", .error(.invalidArgument)),
            Case("math.round(1.5, -1)", .error(.invalidArgument)),
            Case("math.round(1.5, 0.5)", .error(.invalidArgument)),
            Case("math.round(1e33, 2)", .error(.overflow)), Case("math.round(1.5, '2')", .noOverload),
            Case("math.sum([])", 0), Case("math.sum([1, 2, 3])", 6), Case("math.sum([0.10, 0.20, 1])", .digits("1.30")),
            Case("math.sum(['1'])", .noOverload), Case("math.sum([9223372036854775807, 1])", .error(.overflow)),
            Case(
                "math.sum(x.items.map(i, decimal(i.price) * i.count))", .digits("49.97"),
                with: [
                    "x": ["items": [["price": "9.99", "count": 3], ["price": "20.00", "count": 1]]]
                ]),
        ])
    func rounding(_ example: Case) throws { try example.check() }

    @Test(
        "The digits of JSON decide between ints and decimals",
        arguments: [
            ("9223372036854775807", "1", Expected.error(.overflow)),
            ("9223372036854775808", "1", .digits("9223372036854775809")),
            ("99", "1", 100), ("99.0", "1", .digits("100.0")), ("1e2", "1", .digits("101")),
            ("1E-2", "1", .digits("1.01")),
            ("-0", "1", 1), ("-0.0", "1", .digits("1.0")),
            ("12345678901234567890123456789012345", "0", .error(.overflow)),
            ("1e400", "1", .error(.overflow)), ("1e-400", "1", .error(.overflow)),
        ])
    func incoming(_ left: String, _ right: String, _ expected: Expected) throws {
        try Case("a + b", expected, with: ["a": .number(left), "b": .number(right)]).check()
    }

    @Test("Numbers beyond the limits are still compared exactly, and passed on")
    func beyond() throws {
        let large = JSON.number("1" + String(repeating: "0", count: 400)), written = JSON.number("1e400")
        let next = JSON.number("1" + String(repeating: "0", count: 399) + "1")
        #expect(try value("a == b", ["a": large, "b": written]) == true)
        #expect(try value("a < b && a != b && b > 1.5 && 1 < b && -1 < b", ["a": large, "b": next]) == true)
        #expect(try value("[a, {'a': b}]", ["a": large, "b": written]) == [large, ["a": written]])
        #expect(try value("math.greatest(a, b, 3)", ["a": large, "b": next]) == next)
        #expect(try value("a in [1, b]", ["a": large, "b": written]) == true)
        #expect(try failure("-a", ["a": large])?.code == .overflow)
        #expect(try failure("int(a)", ["a": large])?.code == .overflow)
        #expect(try failure("math.round(a)", ["a": large])?.code == .overflow)
        #expect(try failure("math.abs(0.0 - a)", ["a": large])?.code == .overflow)
    }

    @Test(
        "What is only passed on keeps its digits and the order of its members",
        arguments: [
            "x.a", "true ? x.a : x.b", "[x.a][0]", "{'m': x.a}.m", "[1].map(i, x.a)[0]", "[x.a].filter(i, true)[0]",
            "x[\"a\"]", "(x).a", "[x].map(i, i.a)[0]", "([] + [x.a])[0]",
        ])
    func passing(_ text: String) throws {
        let untouched = [
            try JSON(parsing: #"{"z":1.50,"a":[1e2,-0.0,100000000000000000000.10],"m":1.0E+2}"#), .number("1e2"),
            .number("-0"),
            .number("1.0E+2"), .number("0.10e-1"), .number("1" + String(repeating: "0", count: 400)), "text", nil,
        ]
        for json in untouched { #expect(try value(text, ["x": ["a": json, "b": 0]]) == json) }
    }

    @Test("A number becomes text without an exponent and with all its decimals, and is passed on as it was written")
    func text() throws {
        let values: [String: JSON] = ["a": .number("1.50e1"), "b": .number("2.0")]
        #expect(try value("string(a)", values) == "15.0")
        #expect(try value("string(a * b)", values) == "30.00")
        #expect(try value("math.greatest(a, b)", values) == .number("1.50e1"))
        #expect(try value("math.abs(a)", values) == .number("1.50e1"))
    }
}
