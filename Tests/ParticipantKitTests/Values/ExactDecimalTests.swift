import SagaValues
import Testing

@Suite("Exact decimals")
struct ExactDecimalTests {
    @Test(
        "The digits stay as they were written",
        arguments: [
            "0", "0.00", "-0.05", "99.00", "99.99", "1234567890123.45", "9999999999999.99",
            "123456789012345678.123456789",
            "-1", "0.000000001",
        ])
    func keepsDigits(text: String) throws {
        #expect(try #require(ExactDecimal(text)).description == text)
    }

    @Test(
        "What is no plain decimal number, or beyond the limits, is refused and not rounded",
        arguments: [
            "", "-", ".5", "5.", "+1", " 1", "1 ", "1,5", "0x10", "1e", "e5", "1e99", "NaN", "١", "--1", "1.2.3",
            "0.0000000001", "1000000000000000000000000000", "1e-10",
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

    @Test("A result beyond the limits is an error, not a trap")
    func overflow() throws {
        let huge = try #require(ExactDecimal("999999999999999999999999999"))
        #expect(throws: ExactDecimal.OutOfRange.self) { try huge + huge }
        #expect(throws: ExactDecimal.OutOfRange.self) { try huge * Int.max }
        #expect(huge > -huge)
    }
}
