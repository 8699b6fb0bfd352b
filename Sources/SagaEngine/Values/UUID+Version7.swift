internal import Synchronization

extension UUID {
    /// A version 7 identifier (RFC 9562, section 5.7): milliseconds first, so that new rows stand side by
    /// side in an index, then 74 random bits.
    ///
    /// Identifiers of one millisecond are in no order, but see ``v7()``. Times outside 1970 to 10889 are moved to that range.
    public static func v7(at time: Timestamp, random: (UInt64, UInt64)) -> UUID {
        let milliseconds = UInt64(min(max(time.microseconds, 0) / 1000, 1 << 48 - 1))
        return UUID(
            high: milliseconds << 16 | 0x7000 | random.0 & 0x0FFF,
            low: 0b10 << 62 | random.1 & (1 << 62 - 1)
        )
    }

    /// The same at the system's clock, from its random source, each greater than the one before in this process.
    ///
    /// So what is made one after the other is listed in this order. Within a millisecond, and while the clock is
    /// behind what it said before, the last identifier is counted on by a random step (RFC 9562, section 6.2, method 2).
    public static func v7() -> UUID {
        var generator = SystemRandomNumberGenerator()
        let fresh = v7(at: .now(), random: (generator.next(), generator.next()))
        let step = generator.next() >> 32 + 1
        return last.withLock { last in
            last = fresh.high >> 16 > last.high >> 16 ? fresh : last.countedOn(by: step)
            return last
        }
    }

    private static let last = Mutex(UUID(high: 0x7000, low: 0b10 << 62))

    /// The identifier that is greater by so much, its version and variant left as they are.
    func countedOn(by step: UInt64) -> UUID {
        let random = low & (1 << 62 - 1) + step
        guard random >= 1 << 62 else { return UUID(high: high, low: 0b10 << 62 | random) }
        // Into the twelve bits before, and from there into the time.
        let next = high & 0x0FFF == 0x0FFF ? (high >> 16 + 1) << 16 | 0x7000 : high + 1
        return UUID(high: next, low: 0b10 << 62 | random & (1 << 62 - 1))
    }

    /// When a version 7 identifier was made, in whole milliseconds; nil for other versions.
    public var timestamp: Timestamp? {
        guard high >> 12 & 0xF == 7, low >> 62 == 0b10 else { return nil }
        return Timestamp(microseconds: Int64(high >> 16) * 1000)
    }
}
