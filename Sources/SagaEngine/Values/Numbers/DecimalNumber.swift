/// A JSON number by its exact value: `1.0` equals `1`, and no digit is lost as it would be in a `Double`.
///
/// It has any number of digits, and is only compared: ``ExactDecimal`` reckons.
/// The value is 0.d₁d₂…dₙ · 10^exponent. Exponents beyond ±10^17 count as that.
public struct DecimalNumber: Sendable, Hashable, Comparable {
    private static let exponentLimit = 100_000_000_000_000_000

    private let isNegative: Bool
    /// Without zeros at either end; none for zero.
    private let digits: [UInt8]
    private let exponent: Int

    /// - Parameter text: a number by the grammar of RFC 8259.
    public init(_ text: String) {
        var digits: [UInt8] = []
        var scale = 0
        var written = 0
        var writtenIsNegative = false
        var part = Part.whole
        for byte in text.utf8.drop(while: { $0 == UInt8(ascii: "-") }) {
            switch (byte, part) {
            case (UInt8(ascii: "."), _): part = .fraction
            case (UInt8(ascii: "e"), _), (UInt8(ascii: "E"), _): part = .exponent
            case (UInt8(ascii: "-"), _): writtenIsNegative = true
            case (UInt8(ascii: "+"), _): break
            case (_, .exponent):
                written = min(written * 10 + Int(byte & 0x0F), DecimalNumber.exponentLimit)
            case (_, .whole), (_, .fraction):
                if part == .whole { scale += 1 }
                digits.append(byte & 0x0F)
            }
        }
        let leading = digits.prefix { $0 == 0 }.count
        digits.removeFirst(leading)
        while digits.last == 0 { digits.removeLast() }
        self.digits = digits
        isNegative = text.hasPrefix("-") && !digits.isEmpty
        exponent = digits.isEmpty ? 0 : scale - leading + (writtenIsNegative ? -written : written)
    }

    private enum Part {
        case whole, fraction, exponent
    }

    public var isInteger: Bool { digits.count <= exponent || digits.isEmpty }

    /// The same text for the same value.
    public var canonicalText: String {
        "\(isNegative ? "-" : "")\(digits.map(String.init).joined())e\(exponent)"
    }

    public static func < (left: DecimalNumber, right: DecimalNumber) -> Bool {
        switch (left.isNegative, right.isNegative) {
        case (true, false): true
        case (false, true): false
        case (false, false): left.isNearerToZero(than: right)
        case (true, true): right.isNearerToZero(than: left)
        }
    }

    private func isNearerToZero(than other: DecimalNumber) -> Bool {
        if digits.isEmpty || other.digits.isEmpty { return digits.isEmpty && !other.digits.isEmpty }
        if exponent != other.exponent { return exponent < other.exponent }
        return digits.lexicographicallyPrecedes(other.digits)
    }
}
