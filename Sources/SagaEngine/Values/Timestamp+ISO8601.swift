extension Timestamp: CustomStringConvertible {
    /// Reads a date and time of ISO 8601 as RFC 3339 narrows it: `2026-11-21T10:46:00.123456Z`.
    ///
    /// Takes an offset (`+08:00`) for the `Z`, lower case letters, and up to nine decimals, of which it
    /// keeps six. Years beyond 9999 or before 0 have a sign and six digits, as in ECMAScript. Nil for all
    /// else: a date without a time or zone, the 30th of February, 24:00, a leap second.
    public init?(iso8601 text: some StringProtocol) {
        var reader = DigitReader(bytes: Array(text.utf8))
        guard let year = reader.year(), reader.take("-"),
            let month = reader.digits(2), 1...12 ~= month, reader.take("-"),
            let day = reader.digits(2), 1...GregorianCalendar.days(inMonth: month, of: year) ~= day,
            reader.take("T") || reader.take("t"),
            let hour = reader.digits(2), 0...23 ~= hour, reader.take(":"),
            let minute = reader.digits(2), 0...59 ~= minute, reader.take(":"),
            let second = reader.digits(2), 0...59 ~= second,
            let fraction = reader.fraction(),
            let offset = reader.offset(), reader.isAtEnd
        else { return nil }
        let days = GregorianCalendar.days(toYear: year, month: month, day: day)
        let seconds = days * 86_400 + hour * 3600 + minute * 60 + second - offset
        // Before 1970 counted back from the next second, or the very first one would overflow.
        let borrowed = seconds < 0 ? 1 : 0
        let (scaled, tooFar) = Int64(seconds + borrowed).multipliedReportingOverflow(by: 1_000_000)
        let (microseconds, overflow) = scaled.addingReportingOverflow(Int64(fraction - borrowed * 1_000_000))
        guard !tooFar, !overflow else { return nil }
        self.init(microseconds: microseconds)
    }

    /// ISO 8601 in UTC, with three to six decimals: `2026-11-21T10:46:00.123456Z`.
    public var description: String {
        let (seconds, rest) = Int(microseconds).flooredDivision(by: 1_000_000)
        var fraction = rest
        var decimals = 6
        while decimals > 3, fraction % 10 == 0 {
            fraction /= 10
            decimals -= 1
        }
        let (days, time) = seconds.flooredDivision(by: 86_400)
        let date = GregorianCalendar.date(ofDay: days)

        var output: [UInt8] = []
        output.reserveCapacity(32)
        func put(_ value: Int, _ width: Int, then mark: UInt8) {
            var divisor = 1
            for _ in 1..<width { divisor *= 10 }
            while divisor > 0 {
                output.append(UInt8(ascii: "0") + UInt8(value / divisor % 10))
                divisor /= 10
            }
            output.append(mark)
        }
        if 0...9999 ~= date.year {
            put(date.year, 4, then: UInt8(ascii: "-"))
        } else {
            output.append(date.year < 0 ? UInt8(ascii: "-") : UInt8(ascii: "+"))
            put(abs(date.year), 6, then: UInt8(ascii: "-"))
        }
        put(date.month, 2, then: UInt8(ascii: "-"))
        put(date.day, 2, then: UInt8(ascii: "T"))
        put(time / 3600, 2, then: UInt8(ascii: ":"))
        put(time / 60 % 60, 2, then: UInt8(ascii: ":"))
        put(time % 60, 2, then: UInt8(ascii: "."))
        put(fraction, decimals, then: UInt8(ascii: "Z"))
        return String(decoding: output, as: UTF8.self)
    }
}

/// Reads fixed fields of digits.
private struct DigitReader {
    let bytes: [UInt8]
    private var position = 0

    init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    var isAtEnd: Bool { position == bytes.count }

    mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard position < bytes.count, bytes[position] == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }

    mutating func digits(_ count: Int) -> Int? {
        guard bytes.count - position >= count else { return nil }
        var value = 0
        for byte in bytes[position..<position + count] {
            guard byte &- UInt8(ascii: "0") < 10 else { return nil }
            value = value * 10 + Int(byte - UInt8(ascii: "0"))
        }
        position += count
        return value
    }

    mutating func year() -> Int? {
        if take("+") { return digits(6) }
        guard take("-") else { return digits(4) }
        guard let year = digits(6), year > 0 else { return nil }
        return -year
    }

    /// Microseconds; 0 when there is no fraction, nil when it has no or too many digits.
    mutating func fraction() -> Int? {
        guard take(".") else { return 0 }
        var value = 0
        var count = 0
        while let digit = digits(1) {
            if count < 6 { value = value * 10 + digit }
            count += 1
        }
        guard 1...9 ~= count else { return nil }
        for _ in min(count, 6)..<6 { value *= 10 }
        return value
    }

    /// Seconds east of UTC.
    mutating func offset() -> Int? {
        if take("Z") || take("z") { return 0 }
        let sign: Int
        if take("+") {
            sign = 1
        } else if take("-") {
            sign = -1
        } else {
            return nil
        }
        guard let hours = digits(2), hours < 24, take(":"), let minutes = digits(2), minutes < 60 else { return nil }
        return sign * (hours * 3600 + minutes * 60)
    }
}
