extension Duration {
    /// Reads a length of time as people write it: `500ms`, `30s`, `5m`, `24h`, `3d`, `1m30s`.
    ///
    /// Whole numbers with units from the larger to the smaller, each at most once: `d`, `h`, `m`, `s`,
    /// `ms`, `us`. Nil for all else, also for a sign, a space, a decimal, and more than 292,000 years.
    public init?(sagaText text: some StringProtocol) {
        var total: Int64 = 0
        var number: Int64?
        var units = Unit.all[...]
        var letters: [UInt8] = []

        func close() -> Bool {
            guard let value = number, let index = units.firstIndex(where: { $0.letters.elementsEqual(letters) }) else {
                return false
            }
            let (scaled, tooLong) = value.multipliedReportingOverflow(by: units[index].microseconds)
            let (sum, overflow) = total.addingReportingOverflow(scaled)
            guard !tooLong, !overflow else { return false }
            total = sum
            number = nil
            letters = []
            units = units[(index + 1)...]
            return true
        }

        for byte in text.utf8 {
            guard byte &- UInt8(ascii: "0") < 10 else {
                letters.append(byte)
                continue
            }
            if !letters.isEmpty, !close() { return nil }
            let (scaled, tooLong) = (number ?? 0).multipliedReportingOverflow(by: 10)
            let (sum, overflow) = scaled.addingReportingOverflow(Int64(byte - UInt8(ascii: "0")))
            guard !tooLong, !overflow else { return nil }
            number = sum
        }
        guard close() else { return nil }
        self = .microseconds(total)
    }

    /// The shortest form that ``init(sagaText:)`` reads back, cut to whole microseconds: `1m30s`, `0s`.
    ///
    /// A negative duration has a leading `-`, which is for people and is not read back.
    public var sagaText: String {
        var rest = wholeMicroseconds.magnitude
        guard rest > 0 else { return "0s" }
        var text = wholeMicroseconds < 0 ? "-" : ""
        for unit in Unit.all {
            let (count, remainder) = rest.quotientAndRemainder(dividingBy: UInt64(unit.microseconds))
            if count > 0 { text += "\(count)\(unit.name)" }
            rest = remainder
        }
        return text
    }

    /// Cut toward zero; at the ends of its range for what does not fit.
    public var wholeMicroseconds: Int64 {
        let (seconds, attoseconds) = components
        let (scaled, tooLong) = seconds.multipliedReportingOverflow(by: 1_000_000)
        let (sum, overflow) = scaled.addingReportingOverflow(attoseconds / 1_000_000_000_000)
        return tooLong || overflow ? (seconds < 0 ? .min : .max) : sum
    }

    private struct Unit {
        let name: String
        let microseconds: Int64

        var letters: String.UTF8View { name.utf8 }

        static let all = [
            Unit(name: "d", microseconds: 86_400_000_000),
            Unit(name: "h", microseconds: 3_600_000_000),
            Unit(name: "m", microseconds: 60_000_000),
            Unit(name: "s", microseconds: 1_000_000),
            Unit(name: "ms", microseconds: 1000),
            Unit(name: "us", microseconds: 1),
        ]
    }
}
