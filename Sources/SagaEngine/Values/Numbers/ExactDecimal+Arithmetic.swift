extension ExactDecimal {
    /// A result that 34 digits cannot hold, or a division by zero.
    public struct OutOfRange: Error, Sendable, Hashable, CustomStringConvertible {
        public var description: String { "the result has more than \(maximumDigits) digits" }
    }
}

/// Sums, differences and products are exact or throw ``OutOfRange``; they never round or trap.
///
/// The scale is that of SQL's `numeric`: a sum has the larger of the two, a product their sum. Where that
/// would take more than 34 digits, trailing zeros are dropped, as few as will do.
extension ExactDecimal {
    public static func + (left: Self, right: Self) throws(OutOfRange) -> Self {
        var (left, right) = left.scale >= right.scale ? (left, right) : (right, left)
        while true {
            let (raised, overflows) = right.coefficient.multipliedReportingOverflow(
                by: power(left.scale - right.scale))
            if !overflows {
                let (sum, overflows) = raised.addingReportingOverflow(left.coefficient)
                if !overflows { return try fitted(UInt128(sum.magnitude), sum < 0, scale: left.scale) }
            }
            // Beyond 38 digits: only trailing zeros of the finer one can be what is too many.
            guard left.scale > right.scale, left.coefficient % 10 == 0 else { throw OutOfRange() }
            left = Self(unchecked: left.coefficient / 10, scale: left.scale - 1)
        }
    }

    public static func - (left: Self, right: Self) throws(OutOfRange) -> Self {
        try left + (-right)
    }

    public static func * (left: Self, right: Self) throws(OutOfRange) -> Self {
        var scale = left.scale + right.scale
        let isNegative = left.isNegative != right.isNegative
        var (high, low) = UInt128(left.coefficient.magnitude).multipliedFullWidth(
            by: UInt128(right.coefficient.magnitude))
        while high > 0 {
            guard scale > 0 else { throw OutOfRange() }
            let (quotient, remainder) = (10 as UInt128).dividingFullWidth((high % 10, low))
            guard remainder == 0 else { throw OutOfRange() }
            (high, low) = (high / 10, quotient)
            scale -= 1
        }
        return try fitted(low, isNegative, scale: scale)
    }

    public static func * (left: Self, right: Int) throws(OutOfRange) -> Self {
        try left * Self(right)
    }

    /// The quotient, exact where 34 digits and 34 decimals can hold it, else rounded to them, half to even.
    ///
    /// It has as many decimals as it needs, and at least as many as the dividend has more than the divisor:
    /// 10.00 / 4 is 2.50, 1 / 3 is 0.3333333333333333333333333333333333.
    ///
    /// - Throws: also when `right` is zero.
    public static func / (left: Self, right: Self) throws(OutOfRange) -> Self {
        guard !right.isZero else { throw OutOfRange() }
        let divisor = right.coefficient.magnitude
        var (quotient, remainder) = left.coefficient.magnitude.quotientAndRemainder(dividingBy: divisor)
        var scale = left.scale - right.scale
        while remainder != 0 || scale < 0, scale < maximumScale, quotient < bound.magnitude / 10 {
            let (digit, rest) = (remainder * 10).quotientAndRemainder(dividingBy: divisor)
            (quotient, remainder) = (quotient * 10 + digit, rest)
            scale += 1
        }
        let half = remainder * 2
        if half > divisor || (half == divisor && quotient % 2 == 1) { quotient += 1 }
        guard scale >= 0 else { throw OutOfRange() }
        return try fitted(quotient, left.isNegative != right.isNegative, scale: scale)
    }

    public static prefix func - (value: Self) -> Self {
        Self(unchecked: -value.coefficient, scale: value.scale)
    }

    /// Drops as many trailing zeros as it takes to be within the limits.
    private static func fitted(_ magnitude: UInt128, _ isNegative: Bool, scale: Int) throws(OutOfRange) -> Self {
        var (magnitude, scale) = (magnitude, scale)
        if magnitude == 0 { scale = min(scale, maximumScale) }
        while magnitude >= bound.magnitude || scale > maximumScale {
            guard scale > 0, magnitude % 10 == 0 else { throw OutOfRange() }
            magnitude /= 10
            scale -= 1
        }
        let coefficient = Int128(magnitude)
        return Self(unchecked: isNegative ? -coefficient : coefficient, scale: scale)
    }
}
