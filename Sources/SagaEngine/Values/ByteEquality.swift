// Swift's `String ==` and its hash follow canonical equivalence: "é" as one scalar equals "é" as two.
// PostgreSQL, RabbitMQ and every other participant compare bytes, so here names and values do too.

extension String {
    /// Whether both hold the same UTF-8 bytes: how ids, names and keys from outside are compared.
    @inlinable
    public func hasSameBytes(as other: String) -> Bool {
        guard utf8.count == other.utf8.count else { return false }
        let left = utf8.span
        let right = other.utf8.span
        for index in left.indices where left[index] != right[index] {
            return false
        }
        return true
    }

    /// Feeds the UTF-8 bytes and an end mark, so that neighbouring strings cannot run together.
    func hashBytes(into hasher: inout Hasher) {
        utf8.span.bytes.withUnsafeBytes { hasher.combine(bytes: $0) }
        hasher.combine(0xFF as UInt8)
    }
}

/// A string as a key that is told apart by its bytes.
struct ByteKey: Hashable {
    let text: String

    static func == (left: ByteKey, right: ByteKey) -> Bool {
        left.text.hasSameBytes(as: right.text)
    }

    func hash(into hasher: inout Hasher) {
        text.hashBytes(into: &hasher)
    }
}

extension Collection<UInt8> {
    /// Whether the bytes are the same. Takes the same time wherever they differ, so that a guess cannot be improved by
    /// measuring; the length is not hidden.
    public func hasSameBytesInConstantTime(as other: some Collection<UInt8>) -> Bool {
        guard count == other.count else { return false }
        return zip(self, other).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
    }
}
