extension JSON {
    /// A number with this text, or nil when the text is not a number by the grammar of RFC 8259.
    public init?(numberText text: String) {
        let span = text.utf8.span
        guard !span.isEmpty, NumberGrammar.end(in: span, from: 0) == .end(span.count) else { return nil }
        self = .number(text)
    }

    /// The number of an integer of any width.
    public init(_ integer: some FixedWidthInteger) {
        self = .number(String(integer))
    }

    /// The number as an integer when that is its exact value: `12`, `12.0` and `1.2e1` are 12; `1.5` and
    /// `1e19` are nil.
    public var int64Value: Int64? {
        guard case .number(let text) = self else { return nil }
        return Int64(text) ?? JSON.integer(ofDecimal: text)
    }

    /// Takes `digits * 10^scale` apart by hand: by way of `Double` the last digits would be lost.
    private static func integer(ofDecimal text: String) -> Int64? {
        let span = text.utf8.span
        guard !span.isEmpty, NumberGrammar.end(in: span, from: 0) == .end(span.count) else { return nil }
        let isNegative = span[0] == UInt8(ascii: "-")
        // Gathered below zero, where Int64 reaches one further.
        var value: Int64 = 0
        // Zeros held back until a digit follows: `1.000` must not overflow, nor need a fraction.
        var zeros = 0
        var fractionDigits = 0
        var inFraction = false
        var index = isNegative ? 1 : 0
        scan: while index < span.count {
            let byte = span[index]
            index += 1
            switch byte {
            case UInt8(ascii: "."):
                inFraction = true
            case UInt8(ascii: "e"), UInt8(ascii: "E"):
                break scan
            default:
                if inFraction { fractionDigits += 1 }
                if byte == UInt8(ascii: "0") {
                    zeros += 1
                    continue
                }
                guard let scaled = scaledByTen(value, times: zeros + 1) else { return nil }
                let (next, overflow) = scaled.subtractingReportingOverflow(Int64(byte - UInt8(ascii: "0")))
                if overflow { return nil }
                value = next
                zeros = 0
            }
        }
        guard value != 0 else { return 0 }
        let scale = exponent(span, from: index) + zeros - fractionDigits
        guard scale >= 0, let scaled = scaledByTen(value, times: scale) else { return nil }
        if isNegative { return scaled }
        return scaled == .min ? nil : -scaled
    }

    private static func scaledByTen(_ value: Int64, times: Int) -> Int64? {
        guard value != 0 else { return 0 }
        guard times <= 19 else { return nil }
        var value = value
        for _ in 0..<times {
            let (next, overflow) = value.multipliedReportingOverflow(by: 10)
            if overflow { return nil }
            value = next
        }
        return value
    }

    /// Stops growing far beyond any exponent that digits within the size limit could make up for.
    private static func exponent(_ span: Span<UInt8>, from start: Int) -> Int {
        var index = start
        var isNegative = false
        if index < span.count, span[index] == UInt8(ascii: "-") || span[index] == UInt8(ascii: "+") {
            isNegative = span[index] == UInt8(ascii: "-")
            index += 1
        }
        var value = 0
        while index < span.count {
            if value < 1 << 40 { value = value * 10 + Int(span[index] - UInt8(ascii: "0")) }
            index += 1
        }
        return isNegative ? -value : value
    }
}
