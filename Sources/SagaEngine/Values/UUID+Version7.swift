extension UUID {
    /// A version 7 identifier (RFC 9562, section 5.7): milliseconds first, so that new rows stand side by
    /// side in an index, then 74 random bits.
    ///
    /// Identifiers of one millisecond are in no order. Times outside 1970 to 10889 are moved to that range.
    public static func v7(at time: Timestamp, random: (UInt64, UInt64)) -> UUID {
        let milliseconds = UInt64(min(max(time.microseconds, 0) / 1000, 1 << 48 - 1))
        return UUID(
            high: milliseconds << 16 | 0x7000 | random.0 & 0x0FFF,
            low: 0b10 << 62 | random.1 & (1 << 62 - 1)
        )
    }

    /// The same at the system's clock, from its random source.
    public static func v7() -> UUID {
        var generator = SystemRandomNumberGenerator()
        return v7(at: .now(), random: (generator.next(), generator.next()))
    }

    /// When a version 7 identifier was made, in whole milliseconds; nil for other versions.
    public var timestamp: Timestamp? {
        guard high >> 12 & 0xF == 7, low >> 62 == 0b10 else { return nil }
        return Timestamp(microseconds: Int64(high >> 16) * 1000)
    }
}
