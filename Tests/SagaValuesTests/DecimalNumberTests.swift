import SagaValues
import Testing

@Suite("Numbers by their value")
struct DecimalNumberTests {
    @Test(
        "Numbers are ordered by their exact value",
        arguments: [
            ("0", "1"), ("-1", "0"), ("-2", "-1"), ("9", "10"), ("0.1", "0.10000000000000000001"), ("1e-400", "1e-399"),
            ("-1e400", "1e-400"), ("99", "1e2"), ("0", "1e-999999999999999999999"), ("1", "1e999999999999999999999"),
            ("123456789012345678901234567890", "123456789012345678901234567891"), ("-0.2", "-0.19"),
        ])
    func order(_ less: String, _ more: String) {
        #expect(DecimalNumber(less) < DecimalNumber(more))
        #expect(!(DecimalNumber(more) < DecimalNumber(less)))
        #expect(DecimalNumber(less) != DecimalNumber(more))
    }

    @Test(
        "One value written in two ways is one value",
        arguments: [("0", "-0.00e7"), ("1", "1.000"), ("100", "1e2"), ("0.015", "15E-3"), ("-12.50", "-125e-1")])
    func equality(_ left: String, _ right: String) {
        #expect(DecimalNumber(left) == DecimalNumber(right))
        #expect(DecimalNumber(left).canonicalText == DecimalNumber(right).canonicalText)
        #expect(!(DecimalNumber(left) < DecimalNumber(right)) && !(DecimalNumber(right) < DecimalNumber(left)))
    }

    @Test(
        "Whole numbers are known by their value",
        arguments: [("1.0", true), ("1.5e1", true), ("0.0", true), ("1e-1", false)])
    func whole(_ text: String, _ expected: Bool) {
        #expect(DecimalNumber(text).isInteger == expected)
    }
}
