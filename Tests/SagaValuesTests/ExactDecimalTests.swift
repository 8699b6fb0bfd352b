import SagaValues
import Testing

@Suite("Exact decimals")
struct ExactDecimalTests {
    @Test(
        "The digits stay as they were written",
        arguments: [
            "0", "0.00", "-0.05", "99.00", "99.99", "1234567890123.45", "9999999999999.99",
            "123456789012345678.123456789",
            "-1", "0.000000001", "0.0000000000000000000000000000000001", "9999999999999999999999999999999999",
        ])
    func keepsDigits(text: String) throws {
        #expect(try #require(ExactDecimal(text)).description == text)
    }

    @Test(
        "What is no plain decimal number, or beyond the limits, is refused and not rounded",
        arguments: [
            "", "-", ".5", "5.", "+1", " 1", "1 ", "1,5", "0x10", "1e", "e5", "1e99", "NaN", "١", "--1", "1.2.3",
            "0.00000000000000000000000000000000001", "10000000000000000000000000000000000", "1e-35", "1e34",
            "1e999999999999999999999",
        ])
    func refuses(text: String) {
        #expect(ExactDecimal(text) == nil)
    }

    @Test("Equality is that of numbers, and equal numbers have one hash")
    func equality() throws {
        let a = try #require(ExactDecimal("99.0")), b = try #require(ExactDecimal("99.00"))
        #expect(a == b && a.hashValue == b.hashValue && Set([a, b]).count == 1)
        #expect(try #require(ExactDecimal("1.5E2")) == 150)
        #expect(try #require(ExactDecimal("98.99")) < a)
        #expect(try #require(ExactDecimal("-99.01")) < -b)
        #expect(try #require(ExactDecimal("99.000000001")) > a)
    }

    @Test("Ten million times ten cents is a million, to the cent")
    func arithmetic() throws {
        let cents = try #require(ExactDecimal("0.10"))
        #expect(try (cents * 10_000_000).description == "1000000.00")
        let price = try #require(ExactDecimal("99.99"))
        #expect(try (price + price + price).description == "299.97")
        #expect(try (price - price).isZero)
        #expect(try (price * 3 - price * 3).description == "0.00")
    }

    @Test(
        "Sums, products and quotients have the scale of SQL's numeric",
        arguments: [
            ("1.5 + 2.25", "3.75"), ("99.00 + 1", "100.00"), ("0.5 + 0.5", "1.0"), ("1 - 0.10", "0.90"),
            ("1.50 * 2.0", "3.000"), ("-0.5 * 0.2", "-0.10"), ("0.00 * 5.0", "0.000"), ("10.00 / 4", "2.50"),
            ("10.00 / 2", "5.00"), ("1 / 8", "0.125"), ("1 / 0.25", "4"), ("7 / 2", "3.5"), ("-7.0 / 2.00", "-3.5"),
            ("1 / 3", "0.3333333333333333333333333333333333"), ("2 / 3", "0.6666666666666666666666666666666667"),
            ("20 / 3", "6.666666666666666666666666666666667"), ("0 / 7", "0"),
            ("-2 / 3", "-0.6666666666666666666666666666666667"),
            // Half to even: the digit that is rounded is 5 and nothing follows.
            ("0.0000000000000000000000000000000001 / 2", "0.0000000000000000000000000000000000"),
            ("0.0000000000000000000000000000000003 / 2", "0.0000000000000000000000000000000002"),
            // Zeros go when there is no room for them, and only then.
            ("0.10000000000000000000 * 0.10000000000000000000", "0.0100000000000000000000000000000000"),
            ("9999999999999999999999999999999999 + 0.0", "9999999999999999999999999999999999"),
            (
                "1000000000000000000000000000000000 + 0.0000000000000000000000000000000000",
                "1000000000000000000000000000000000"
            ),
            ("5000000000000000000000000000000000 * 0.2", "1000000000000000000000000000000000"),
        ])
    func scales(_ sum: String, _ expected: String) throws {
        #expect(try reckon(sum).description == expected)
    }

    @Test(
        "Rounding gives as many decimals as were asked for, in each of its ways",
        arguments: [
            ("2.345", 2, "2.35 2.34 2.35 2.34"), ("-2.345", 2, "-2.35 -2.35 -2.34 -2.34"),
            ("2.344", 2, "2.34 2.34 2.35 2.34"), ("0.5", 0, "1 0 1 0"), ("-0.5", 0, "-1 -1 0 0"), ("1.5", 0, "2 1 2 1"),
            ("99", 2, "99.00 99.00 99.00 99.00"), ("99.90", 1, "99.9 99.9 99.9 99.9"),
            ("0", 3, "0.000 0.000 0.000 0.000"),
        ])
    func rounding(_ text: String, _ places: Int, _ expected: String) throws {
        let value = try #require(ExactDecimal(text))
        let all = try [ExactDecimal.Rounding.halfAwayFromZero, .floor, .ceiling, .towardZero].map {
            try value.rounded(to: places, $0).description
        }
        #expect(all.joined(separator: " ") == expected)
    }

    @Test(
        "A result beyond the limits is an error, not a trap",
        arguments: [
            "9999999999999999999999999999999999 + 1", "-9999999999999999999999999999999999 - 1",
            "9999999999999999999999999999999999 + 0.1", "1000000000000000000 * 10000000000000000",
            "0.0000000000000000000000000000000001 * 0.1", "9999999999999999999999999999999999 / 0.1", "1 / 0",
            "9999999999999999999999999999999999 * 9999999999999999999999999999999999",
        ])
    func overflow(_ sum: String) {
        #expect(throws: ExactDecimal.OutOfRange.self) { try reckon(sum) }
    }

    @Test("Integers and rounding keep within their ranges too")
    func ranges() throws {
        let huge = try #require(ExactDecimal("9999999999999999999999999999999999"))
        #expect(throws: ExactDecimal.OutOfRange.self) { try huge * Int.max }
        #expect(throws: ExactDecimal.OutOfRange.self) { try huge.rounded(to: 1, .floor) }
        #expect(throws: ExactDecimal.OutOfRange.self) { try huge.rounded(to: -1, .floor) }
        #expect(throws: ExactDecimal.OutOfRange.self) { try huge.rounded(to: 35, .floor) }
        #expect(huge > -huge && huge.truncated == nil)
        #expect(ExactDecimal("-7.9")?.truncated == -7)
        #expect(ExactDecimal("-9223372036854775808.9")?.truncated == .min)
        #expect(ExactDecimal("9223372036854775808")?.truncated == nil)
    }

    @Test("Order and equality hold between the finest and the largest")
    func extremes() throws {
        let fine = try #require(ExactDecimal("0.0000000000000000000000000000000001"))
        let huge = try #require(ExactDecimal("9999999999999999999999999999999999"))
        #expect(fine < huge && -huge < -fine && -fine < fine && fine != -fine && huge != fine)
        #expect(try #require(ExactDecimal("1.000000000000000000000000000000000")) == 1)
    }

    private func reckon(_ sum: String) throws -> ExactDecimal {
        let parts = sum.split(separator: " ")
        let left = try #require(ExactDecimal(parts[0])), right = try #require(ExactDecimal(parts[2]))
        switch parts[1] {
        case "+": return try left + right
        case "-": return try left - right
        case "*": return try left * right
        default: return try left / right
        }
    }
}
