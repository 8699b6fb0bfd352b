extension UUID: LosslessStringConvertible {
    /// Reads the usual form of 36 characters in either case; nil for anything else.
    public init?(_ text: some StringProtocol) {
        let value = text.utf8.withContiguousStorageIfAvailable { UUID(ascii: $0) }
        guard let uuid = value ?? Array(text.utf8).withUnsafeBufferPointer({ UUID(ascii: $0) }) else { return nil }
        self = uuid
    }

    /// Reads the usual form of 36 characters in either case; nil for anything else.
    public init?(_ description: String) {
        guard let uuid = description.utf8.span.withUnsafeBufferPointer({ UUID(ascii: $0) }) else { return nil }
        self = uuid
    }

    /// For ids that have a single text: refuses upper case.
    init?(lowercase bytes: Slice<UnsafeBufferPointer<UInt8>>) {
        self.init(ascii: UnsafeBufferPointer(rebasing: bytes))
        for byte in bytes where UInt8(ascii: "A")...UInt8(ascii: "F") ~= byte {
            return nil
        }
    }

    private init?(ascii bytes: UnsafeBufferPointer<UInt8>) {
        guard bytes.count == 36 else { return nil }
        var high: UInt64 = 0
        var low: UInt64 = 0
        for index in 0..<36 {
            if UUID.isHyphen(at: index) {
                guard bytes[index] == UInt8(ascii: "-") else { return nil }
            } else {
                guard let digit = hexadecimalDigit(bytes[index]) else { return nil }
                // What leaves the lower half at its top enters the upper one.
                high = high << 4 | low >> 60
                low = low << 4 | UInt64(digit)
            }
        }
        self.init(high: high, low: low)
    }

    /// The usual form of 36 characters, in lower case.
    public var description: String {
        String(unsafeUninitializedCapacity: 36) { bytes in
            var high = high
            var low = low
            for index in (0..<36).reversed() {
                if UUID.isHyphen(at: index) {
                    bytes[index] = UInt8(ascii: "-")
                } else {
                    bytes[index] = lowercaseHexadecimal(UInt8(truncatingIfNeeded: low & 0xF))
                    low = low >> 4 | high << 60
                    high >>= 4
                }
            }
            return 36
        }
    }

    private static func isHyphen(at index: Int) -> Bool {
        index == 8 || index == 13 || index == 18 || index == 23
    }
}

extension UUID {
    /// From 16 bytes, the most significant first; nil for any other count.
    public init?(bytes: some Collection<UInt8>) {
        guard bytes.count == 16 else { return nil }
        self.init(
            high: bytes.prefix(8).reduce(0) { $0 << 8 | UInt64($1) },
            low: bytes.suffix(8).reduce(0) { $0 << 8 | UInt64($1) }
        )
    }

    /// The 16 bytes, the most significant first.
    public var bytes: [UInt8] {
        [UInt8](unsafeUninitializedCapacity: 16) { buffer, count in
            for index in 0..<8 {
                buffer[index] = UInt8(truncatingIfNeeded: high >> (56 - 8 * index))
                buffer[index + 8] = UInt8(truncatingIfNeeded: low >> (56 - 8 * index))
            }
            count = 16
        }
    }
}
