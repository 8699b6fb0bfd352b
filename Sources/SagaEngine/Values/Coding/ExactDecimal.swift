/// A decimal number without rounding: what money is held in between JSON and SQL `numeric`.
///
/// `Double` cannot hold 0.10, so no amount may pass through it. The digits are kept as they were
/// written ("99.00" stays "99.00"), while `==`, `<` and hashing compare values (99.0 == 99.00).
///
/// Limits: ``maximumDigits`` significant digits, at most ``maximumScale`` of them after the point; a
/// text beyond them is refused, never rounded. That covers `numeric(15,2)` and exchange rates.
public struct ExactDecimal: Sendable {
    /// Digits in all, leading zeros aside.
    public static let maximumDigits = 27
    /// Digits after the point.
    public static let maximumScale = 9

    /// The value is `coefficient / 10^scale`.
    let coefficient: Int128
    let scale: Int

    private init(_ coefficient: Int128, scale: Int) {
        self.coefficient = coefficient
        self.scale = scale
    }

    public init(_ integer: Int) {
        self.init(Int128(integer), scale: 0)
    }

    /// Reads "-12.50"; also a JSON number with an exponent ("1.2E3"). Nil for anything else: no spaces,
    /// no "+", no ".5", no thousands separators, nothing beyond the limits.
    public init?(_ text: some StringProtocol) {
        var digits = text.utf8[...]
        let isNegative = digits.first == UInt8(ascii: "-")
        if isNegative { digits.removeFirst() }

        var exponent = 0
        if let mark = digits.firstIndex(where: { $0 | 0x20 == UInt8(ascii: "e") }) {
            guard let value = Int(String(decoding: digits[digits.index(after: mark)...], as: UTF8.self)),
                (-Self.maximumDigits...Self.maximumDigits).contains(value)
            else { return nil }
            exponent = value
            digits = digits[..<mark]
        }
        let parts = digits.split(separator: UInt8(ascii: "."), maxSplits: 1, omittingEmptySubsequences: false)
        guard let whole = parts.first, !whole.isEmpty, parts.count == 1 || !parts[1].isEmpty else { return nil }
        let fraction = parts.count == 2 ? parts[1] : whole[whole.endIndex...]

        var coefficient: Int128 = 0
        for digit in [whole, fraction].joined() {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit), coefficient < Self.bound else { return nil }
            coefficient = coefficient * 10 + Int128(digit - UInt8(ascii: "0"))
        }
        var scale = fraction.count - exponent
        while scale < 0, coefficient < Self.bound {
            coefficient *= 10
            scale += 1
        }
        guard (0...Self.maximumScale).contains(scale), coefficient < Self.bound else { return nil }
        self.init(isNegative ? -coefficient : coefficient, scale: scale)
    }

    /// 10^27, which still leaves room to bring any two values to one scale within 128 bits.
    private static let bound: Int128 = power(maximumDigits)

    private static func power(_ exponent: Int) -> Int128 {
        (0..<exponent).reduce(1) { power, _ in power * 10 }
    }

    private static func aligned(_ left: Self, _ right: Self) -> (Int128, Int128, scale: Int) {
        let scale = max(left.scale, right.scale)
        return (left.coefficient * power(scale - left.scale), right.coefficient * power(scale - right.scale), scale)
    }

    private static func checked(_ coefficient: Int128, scale: Int) throws(OutOfRange) -> Self {
        guard coefficient.magnitude < bound.magnitude else {
            throw OutOfRange()
        }
        return Self(coefficient, scale: scale)
    }

    public var isNegative: Bool { coefficient < 0 }
    public var isZero: Bool { coefficient == 0 }

    public static let zero = ExactDecimal(0)
}

extension ExactDecimal {
    /// A result with more than ``maximumDigits`` digits.
    public struct OutOfRange: Error, Sendable, Hashable, CustomStringConvertible {
        public var description: String { "the result has more than \(maximumDigits) digits" }
    }
}

// MARK: Arithmetic

/// Sums and products are exact or throw ``OutOfRange``; they never round or trap.
extension ExactDecimal {
    public static func + (left: Self, right: Self) throws(OutOfRange) -> Self {
        let (a, b, scale) = aligned(left, right)
        return try checked(a + b, scale: scale)
    }

    public static func - (left: Self, right: Self) throws(OutOfRange) -> Self {
        try left + (-right)
    }

    public static func * (left: Self, right: Int) throws(OutOfRange) -> Self {
        let (product, overflows) = left.coefficient.multipliedReportingOverflow(by: Int128(right))
        guard !overflows else { throw OutOfRange() }
        return try checked(product, scale: left.scale)
    }

    public static prefix func - (value: Self) -> Self {
        Self(-value.coefficient, scale: value.scale)
    }
}

extension ExactDecimal: Comparable, Hashable {
    public static func == (left: Self, right: Self) -> Bool {
        let (a, b, _) = aligned(left, right)
        return a == b
    }

    public static func < (left: Self, right: Self) -> Bool {
        let (a, b, _) = aligned(left, right)
        return a < b
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(coefficient * Self.power(Self.maximumScale - scale))
    }
}

extension ExactDecimal: CustomStringConvertible, ExpressibleByIntegerLiteral {
    public init(integerLiteral value: Int) {
        self.init(value)
    }

    /// Plain digits with as many decimals as it was made with: "-0.05", "99.00".
    public var description: String {
        let digits = String(coefficient.magnitude)
        let sign = isNegative ? "-" : ""
        guard scale > 0 else { return sign + digits }
        let padded = String(repeating: "0", count: max(0, scale + 1 - digits.count)) + digits
        return sign + padded.dropLast(scale) + "." + padded.suffix(scale)
    }
}

/// In JSON an amount is a string, as in every workflow of the platform; a JSON number is read exactly too.
extension ExactDecimal: Codable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let value = Self(text) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "not a decimal number within limits")
        }
        self = value
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
