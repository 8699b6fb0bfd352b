internal import CPostgres
public import SagaValues

/// One row. Columns count from 0.
///
/// Each accessor takes the types that hold its values exactly and throws
/// ``PostgresError/Code/unexpectedValue`` for any other, for NULL (unless it is an `optional…` one) and
/// for a column that is not there. No number is ever rounded, no text repaired.
public struct PostgresRow: Sendable {
    let result: QueryResult
    let row: Int32

    public var count: Int { result.columnCount }

    public func isNull(_ column: Int) throws(PostgresError) -> Bool {
        try check(column)
        return PQgetisnull(result.raw, row, Int32(column)) == 1
    }

    public func bool(_ column: Int) throws(PostgresError) -> Bool { try present(optionalBool(column), column) }
    /// From `int2`.
    public func int16(_ column: Int) throws(PostgresError) -> Int16 { try present(optionalInt16(column), column) }
    /// From `int4` or narrower.
    public func int32(_ column: Int) throws(PostgresError) -> Int32 { try present(optionalInt32(column), column) }
    /// From `int8` or narrower.
    public func int64(_ column: Int) throws(PostgresError) -> Int64 { try present(optionalInt64(column), column) }
    public func double(_ column: Int) throws(PostgresError) -> Double { try present(optionalDouble(column), column) }
    /// A `numeric` with all its digits: `-12.50`, `NaN`.
    public func numeric(_ column: Int) throws(PostgresError) -> String { try present(optionalNumeric(column), column) }
    /// From any text type, `json`, `jsonb`, and enumerations.
    public func text(_ column: Int) throws(PostgresError) -> String { try present(optionalText(column), column) }
    public func bytes(_ column: Int) throws(PostgresError) -> [UInt8] { try present(optionalBytes(column), column) }
    public func uuid(_ column: Int) throws(PostgresError) -> UUID { try present(optionalUUID(column), column) }
    /// From `timestamptz`; its infinities are refused.
    public func timestamp(_ column: Int) throws(PostgresError) -> Timestamp {
        try present(optionalTimestamp(column), column)
    }
    /// From `json` or `jsonb`.
    public func json(_ column: Int) throws(PostgresError) -> JSON { try present(optionalJSON(column), column) }

    public func optionalBool(_ column: Int) throws(PostgresError) -> Bool? {
        try value(column, "a boolean") { $0 == TypeID.bool ? $1.first.map { $0 != 0 } : nil }
    }

    public func optionalInt16(_ column: Int) throws(PostgresError) -> Int16? {
        try value(column, "a 16-bit integer") { $0 == TypeID.int2 ? $1.bigEndian(Int16.self) : nil }
    }

    public func optionalInt32(_ column: Int) throws(PostgresError) -> Int32? {
        try value(column, "a 32-bit integer") { type, bytes in
            switch type {
            case TypeID.int4: bytes.bigEndian(Int32.self)
            case TypeID.int2: bytes.bigEndian(Int16.self).map(Int32.init)
            default: nil
            }
        }
    }

    public func optionalInt64(_ column: Int) throws(PostgresError) -> Int64? {
        try value(column, "an integer") { type, bytes in
            switch type {
            case TypeID.int8: bytes.bigEndian(Int64.self)
            case TypeID.int4: bytes.bigEndian(Int32.self).map(Int64.init)
            case TypeID.int2: bytes.bigEndian(Int16.self).map(Int64.init)
            default: nil
            }
        }
    }

    public func optionalDouble(_ column: Int) throws(PostgresError) -> Double? {
        try value(column, "a floating point number") { type, bytes in
            switch type {
            case TypeID.float8: bytes.bigEndian(UInt64.self).map { Double(bitPattern: $0) }
            case TypeID.float4: bytes.bigEndian(UInt32.self).map { Double(Float(bitPattern: $0)) }
            default: nil
            }
        }
    }

    public func optionalNumeric(_ column: Int) throws(PostgresError) -> String? {
        try value(column, "a numeric") { $0 == TypeID.numeric ? NumericDecoding.text($1) : nil }
    }

    public func optionalText(_ column: Int) throws(PostgresError) -> String? {
        try value(column, "text") { type, bytes in
            switch type {
            case TypeID.text, TypeID.varchar, TypeID.bpchar, TypeID.name, TypeID.json, TypeID.xml, TypeID.unknown,
                TypeID.firstUserDefined...:
                String(validating: bytes, as: UTF8.self)
            case TypeID.jsonb:
                bytes.first == 1 ? String(validating: bytes.dropFirst(), as: UTF8.self) : nil
            default:
                nil
            }
        }
    }

    public func optionalBytes(_ column: Int) throws(PostgresError) -> [UInt8]? {
        try value(column, "bytes") { $0 == TypeID.bytea ? Array($1) : nil }
    }

    public func optionalUUID(_ column: Int) throws(PostgresError) -> UUID? {
        try value(column, "a UUID") { $0 == TypeID.uuid ? UUID(binary: $1) : nil }
    }

    public func optionalTimestamp(_ column: Int) throws(PostgresError) -> Timestamp? {
        try value(column, "a finite timestamptz") { $0 == TypeID.timestamptz ? Timestamp(binary: $1) : nil }
    }

    public func optionalJSON(_ column: Int) throws(PostgresError) -> JSON? {
        try value(column, "JSON within the limits") { type, bytes in
            switch type {
            case TypeID.json: try? JSON(parsing: Array(bytes))
            case TypeID.jsonb where bytes.first == 1: try? JSON(parsing: Array(bytes.dropFirst()))
            default: nil
            }
        }
    }
}

extension PostgresRow {
    /// Reads one value; `decode` gets its type and bytes and returns nil when they do not fit.
    func value<Value>(
        _ column: Int,
        _ expected: StaticString,
        _ decode: (UInt32, UnsafeRawBufferPointer) -> Value?
    ) throws(PostgresError) -> Value? {
        try check(column)
        let index = Int32(column)
        if PQgetisnull(result.raw, row, index) == 1 { return nil }
        let length = Int(PQgetlength(result.raw, row, index))
        let bytes = UnsafeRawBufferPointer(start: PQgetvalue(result.raw, row, index), count: length)
        guard PQfformat(result.raw, index) == 1, let value = decode(PQftype(result.raw, index), bytes) else {
            throw unexpected(column, "is not \(expected) (type number \(PQftype(result.raw, index)))")
        }
        return value
    }

    private func present<Value>(_ value: Value?, _ column: Int) throws(PostgresError) -> Value {
        guard let value else { throw unexpected(column, "is NULL") }
        return value
    }

    private func check(_ column: Int) throws(PostgresError) {
        guard column >= 0, column < count else {
            throw PostgresError(.unexpectedValue, "the result has \(count) columns, column \(column) was read")
        }
    }

    private func unexpected(_ column: Int, _ what: String) -> PostgresError {
        let name = PQfname(result.raw, Int32(column)).map { String(cString: $0) } ?? ""
        return PostgresError(.unexpectedValue, "column \(column) (\(name)) \(what)")
    }
}

extension UnsafeRawBufferPointer {
    /// The whole buffer as one integer; nil when its size differs.
    func bigEndian<Integer: FixedWidthInteger>(_: Integer.Type) -> Integer? {
        guard count == MemoryLayout<Integer>.size else { return nil }
        return Integer(bigEndian: loadUnaligned(as: Integer.self))
    }

    func bigEndian<Integer: FixedWidthInteger>(_: Integer.Type, at offset: Int) -> Integer? {
        guard offset >= 0, count - offset >= MemoryLayout<Integer>.size else { return nil }
        return Integer(bigEndian: loadUnaligned(fromByteOffset: offset, as: Integer.self))
    }
}

extension UUID {
    init?(binary bytes: UnsafeRawBufferPointer) {
        guard bytes.count == 16,
            let high = bytes.bigEndian(UInt64.self, at: 0), let low = bytes.bigEndian(UInt64.self, at: 8)
        else { return nil }
        self.init(high: high, low: low)
    }
}

extension Timestamp {
    init?(binary bytes: UnsafeRawBufferPointer) {
        guard let value = bytes.bigEndian(Int64.self), value != .max, value != .min else { return nil }
        let (shifted, overflow) = value.addingReportingOverflow(Self.epochDistance)
        if overflow { return nil }
        self.init(microseconds: shifted)
    }
}
