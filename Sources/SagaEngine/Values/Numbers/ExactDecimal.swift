/// A decimal number without rounding: what money is held in between JSON and SQL `numeric`.
///
/// `Double` cannot hold 0.10, so no amount may pass through it. The digits are kept as they were
/// written ("99.00" stays "99.00"), while `==`, `<` and hashing compare values (99.0 == 99.00).
///
/// Limits: ``maximumDigits`` digits, and at most as many of them after the point; a text beyond them is
/// refused, never rounded. Numbers of any length are compared, but not reckoned with, by ``DecimalNumber``.
public struct ExactDecimal: Sendable {
    /// Digits in all, leading zeros aside: those of IEEE 754's decimal128.
    public static let maximumDigits = 34
    /// Digits after the point.
    public static let maximumScale = 34

    /// The value is `coefficient / 10^scale`.
    let coefficient: Int128
    /// How many digits stand after the point, trailing zeros included: 0 to ``maximumScale``.
    public let scale: Int

    init(unchecked coefficient: Int128, scale: Int) {
        self.coefficient = coefficient
        self.scale = scale
    }

    public init(_ integer: Int) {
        self.init(unchecked: Int128(integer), scale: 0)
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
                value.magnitude <= UInt(2 * Self.maximumDigits)
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
        if coefficient == 0 { scale = min(max(scale, 0), Self.maximumScale) }
        while scale < 0, coefficient < Self.bound {
            coefficient *= 10
            scale += 1
        }
        while scale > Self.maximumScale, coefficient % 10 == 0 {
            coefficient /= 10
            scale -= 1
        }
        guard (0...Self.maximumScale).contains(scale), coefficient < Self.bound else { return nil }
        self.init(unchecked: isNegative ? -coefficient : coefficient, scale: scale)
    }

    /// 10^34, which all coefficients are nearer to zero than.
    static let bound: Int128 = power(maximumDigits)

    /// 10^exponent, for exponents up to 38, the last that 128 bits hold.
    static func power(_ exponent: Int) -> Int128 { powers[exponent] }

    private static let powers: [Int128] = (0...38).reduce(into: []) { powers, _ in
        powers.append(powers.last.map { $0 * 10 } ?? 1)
    }

    public var isNegative: Bool { coefficient < 0 }
    public var isZero: Bool { coefficient == 0 }

    public static let zero = ExactDecimal(0)
}

extension ExactDecimal: Comparable, Hashable {
    public static func == (left: Self, right: Self) -> Bool {
        left.parts == right.parts
    }

    public static func < (left: Self, right: Self) -> Bool {
        left.parts < right.parts
    }

    public func hash(into hasher: inout Hasher) {
        let (whole, fraction) = parts
        hasher.combine(whole)
        hasher.combine(fraction)
    }

    /// What stands before the point, and what stands after it in 34 digits; both have the sign.
    private var parts: (whole: Int128, fraction: Int128) {
        let unit = Self.power(scale)
        return (coefficient / unit, (coefficient % unit) * Self.power(Self.maximumScale - scale))
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
