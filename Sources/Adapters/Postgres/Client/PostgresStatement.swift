/// A statement that is prepared once per connection and then only executed.
///
/// Keep it in a static constant: the name is computed from the SQL when the statement is made.
public struct PostgresStatement: Sendable {
    public let sql: String
    /// What it is called on the server, and in its logs. Derived from the SQL, so equal statements share it.
    public let name: String
    /// Whether losing the connection leaves no doubt, as nothing can have changed.
    public let isReadOnly: Bool

    /// - Parameters:
    ///   - sql: one statement, with parameters as `$1`, `$2`.
    ///   - name: put before the derived name, for people who read server logs; its first 24 bytes count.
    ///   - isReadOnly: matters outside of transactions: after a lost connection a reading statement fails
    ///     with ``PostgresError/Code/connectionLost``, any other with ``PostgresError/Code/outcomeUnknown``.
    ///     By default true for what begins with `SELECT`, `SHOW`, `TABLE` or `VALUES`: say false for a
    ///     `SELECT` of a function that writes.
    public init(_ sql: String, name: String? = nil, isReadOnly: Bool? = nil) {
        self.sql = sql
        self.name = Self.derivedName(sql, prefix: name)
        self.isReadOnly = isReadOnly ?? Self.beginsReading(sql)
    }

    /// FNV-1a in 64 bits. Server names are cut at 63 bytes, so the hash and room for a variant must fit.
    private static func derivedName(_ sql: String, prefix: String?) -> String {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in sql.utf8 {
            hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3
        }
        let digits = String(hash, radix: 16)
        return (prefix.map { String(decoding: $0.utf8.prefix(24), as: UTF8.self) + "_" } ?? "saga_") + digits
    }

    private static func beginsReading(_ sql: String) -> Bool {
        let letters = sql.utf8.drop { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\n") }.prefix { $0 | 0x20 >= 0x61 }
        return ["select", "show", "table", "values"].contains { $0.utf8.elementsEqual(letters.map { $0 | 0x20 }) }
    }
}

/// How much one transaction sees of others that commit meanwhile.
public enum PostgresIsolation: Sendable, Hashable {
    /// The usual one: with constraints and compare-and-set nothing else is needed.
    case readCommitted
    case repeatableRead
    case serializable
}
