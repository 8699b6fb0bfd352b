import SagaValues
import Testing

@Suite("JSON: numbers")
struct JSONNumberTests {
    @Test(
        "a number leaves as it came",
        arguments: [
            "0", "-0", "0.0", "-0.0", "1", "-1", "10", "1234567890123456789", "9223372036854775807",
            "-9223372036854775808",
            "18446744073709551616", "123456789012345.67", "0.1", "0.10", "299.00", "999999999999999.99", "1e400",
            "1E400",
            "-1e-400", "1e+2", "1E-2", "0e0", "0E+00", "1.0e0", "123e45", "0.000000000000000000000000000001",
            "3.141592653589793238462643383279502884197169399375105820974944592307816406286",
        ]
    )
    func kept(text: String) throws {
        let value = try JSON(parsing: text)
        #expect(value.numberText == text)
        #expect(value.text == text)
        #expect(try JSON(parsing: "[\(text),{\"a\":\(text)}]").text == "[\(text),{\"a\":\(text)}]")
        #expect(JSON(numberText: text) == value)
    }

    @Test(
        "what only looks like a number is refused at the byte that is wrong",
        arguments: [
            ("01", .invalidNumber, 1), ("-01", .invalidNumber, 2), ("00", .invalidNumber, 1), ("-a", .invalidNumber, 1),
            ("--1", .invalidNumber, 1), ("-.5", .invalidNumber, 1), ("-Infinity", .invalidNumber, 1),
            ("-NaN", .invalidNumber, 1), ("1.e1", .invalidNumber, 2), ("1.-5", .invalidNumber, 2),
            ("1ee2", .invalidNumber, 2), ("2e٣", .invalidNumber, 2), ("-", .unexpectedEnd, 1),
            ("1.", .unexpectedEnd, 2), ("1e", .unexpectedEnd, 2), ("1e+", .unexpectedEnd, 3),
            ("1E-", .unexpectedEnd, 3), ("1.2.", .trailingData, 3), ("1e1.5", .trailingData, 3),
            ("0x10", .trailingData, 1), ("1_000", .trailingData, 1),
        ] as [(String, JSON.ParseError.Code, Int)]
    )
    func refused(text: String, code: JSON.ParseError.Code, offset: Int) {
        #expect(refusal(of: text) == code)
        #expect(parseError(text)?.offset == offset)
        #expect(JSON(numberText: text) == nil)
        // Inside an array the number still has to end where the next mark stands.
        #expect(refusal(of: "[\(text)]") != nil)
    }

    @Test(
        "a number's text has nothing around it",
        arguments: ["", " 1", "1 ", "+1", ".5", "٣", "1\n", "1,", "e5", "\u{FEFF}1"])
    func numberText(text: String) {
        #expect(JSON(numberText: text) == nil)
    }

    @Test(
        "an integer is read from any text whose value it is",
        arguments: [
            ("0", 0), ("-0", 0), ("0.000", 0), ("0e999999999999999999999", 0), ("-0e-5", 0), ("42", 42), ("-42", -42),
            ("42.0", 42), ("4.2e1", 42), ("420e-1", 42), ("0.42e2", 42), ("42.000e0", 42), ("4200e-2", 42),
            ("1e18", 1_000_000_000_000_000_000),
            ("9223372036854775807", .max), ("-9223372036854775808", .min), ("-9223372036854775808.0", .min),
            ("9223372036854775807.000000000000000000000000", .max), ("922337203685477580.7e1", .max), ("1.5e1", 15),
            ("0.0000000000000000000000001e25", 1), ("10000000000000000000000000e-25", 1), ("-1.0E+2", -100),
        ] as [(String, Int64)]
    )
    func integers(text: String, value: Int64) {
        #expect(JSON(numberText: text)?.int64Value == value)
    }

    @Test(
        "and from no other",
        arguments: [
            "0.1", "1.5", "1e-1", "9223372036854775808", "-9223372036854775809", "9223372036854775807.1", "1e19",
            "-1e19", "1e400",
            "1e-400", "1e99999999999999999999999", "1e-99999999999999999999999", "18446744073709551616", "15e-1",
            "92233720368547758070",
        ]
    )
    func notIntegers(text: String) throws {
        #expect(try #require(JSON(numberText: text)).int64Value == nil)
    }

    @Test("only numbers have an integer, and a made-up number has none")
    func noInteger() {
        #expect(JSON.string("1").int64Value == nil)
        #expect(JSON.null.int64Value == nil)
        #expect(JSON.bool(true).int64Value == nil)
        for text in ["", "abc", "1-1", "--1", "1e", "0x10", "١", "+1e1", "1e1e1", "."] {
            #expect(JSON.number(text).int64Value == nil)
        }
    }

    @Test("integers of every width become numbers")
    func fromIntegers() {
        #expect(JSON(Int64.min).numberText == "-9223372036854775808")
        #expect(JSON(UInt64.max).numberText == "18446744073709551615")
        #expect(JSON(7 as Int32) == 7)
    }
}
