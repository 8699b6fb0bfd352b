extension ExactDecimal {
    /// Which of the two nearest numbers to take.
    public enum Rounding: Sendable, Hashable, CaseIterable {
        /// The nearer one; the one further from zero when both are as near: what an invoice expects.
        case halfAwayFromZero
        /// The smaller one.
        case floor
        /// The larger one.
        case ceiling
        /// The one nearer to zero.
        case towardZero
    }

    /// This number with exactly so many decimals: digits are rounded away, or zeros added.
    ///
    /// - Parameter places: 0 to ``maximumScale``.
    /// - Throws: ``OutOfRange`` when 34 digits cannot hold it, or `places` is outside its range.
    public func rounded(to places: Int, _ rule: Rounding) throws(OutOfRange) -> Self {
        guard (0...Self.maximumScale).contains(places) else { throw OutOfRange() }
        guard places < scale else {
            let (raised, overflows) = coefficient.multipliedReportingOverflow(by: Self.power(places - scale))
            guard !overflows, raised.magnitude < Self.bound.magnitude else { throw OutOfRange() }
            return Self(unchecked: raised, scale: places)
        }
        let unit = Self.power(scale - places)
        let (whole, remainder) = coefficient.quotientAndRemainder(dividingBy: unit)
        let step: Int128 = isNegative ? -1 : 1
        let goesOn =
            switch rule {
            case .halfAwayFromZero: remainder.magnitude * 2 >= unit.magnitude
            case .floor: remainder < 0
            case .ceiling: remainder > 0
            case .towardZero: false
            }
        return Self(unchecked: goesOn ? whole + step : whole, scale: places)
    }

    /// What stands before the point, or nil when 64 bits cannot hold it.
    public var truncated: Int64? {
        Int64(exactly: coefficient / Self.power(scale))
    }
}
