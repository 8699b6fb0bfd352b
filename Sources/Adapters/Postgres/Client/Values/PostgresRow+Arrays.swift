public import SagaValues

extension PostgresRow {
    public func int64s(_ column: Int) throws(PostgresError) -> [Int64] {
        try array(column, "an int8[] without NULLs", [TypeID.int8Array]) { $0.bigEndian(Int64.self) }
    }

    public func int32s(_ column: Int) throws(PostgresError) -> [Int32] {
        try array(column, "an int4[] without NULLs", [TypeID.int4Array]) { $0.bigEndian(Int32.self) }
    }

    public func int16s(_ column: Int) throws(PostgresError) -> [Int16] {
        try array(column, "an int2[] without NULLs", [TypeID.int2Array]) { $0.bigEndian(Int16.self) }
    }

    public func uuids(_ column: Int) throws(PostgresError) -> [UUID] {
        try array(column, "a uuid[] without NULLs", [TypeID.uuidArray]) { UUID(binary: $0) }
    }

    public func timestamps(_ column: Int) throws(PostgresError) -> [Timestamp] {
        try array(column, "a timestamptz[] without NULLs", [TypeID.timestamptzArray]) { Timestamp(binary: $0) }
    }

    public func byteArrays(_ column: Int) throws(PostgresError) -> [[UInt8]] {
        try array(column, "a bytea[] without NULLs", [TypeID.byteaArray]) { Array($0) }
    }

    public func texts(_ column: Int) throws(PostgresError) -> [String] {
        try array(column, "a text[] without NULLs", [TypeID.textArray, TypeID.varcharArray]) {
            String(validating: $0, as: UTF8.self)
        }
    }

    public func optionalTexts(_ column: Int) throws(PostgresError) -> [String?] {
        let read = try value(column, "a text[]") { type, bytes -> [String?]? in
            guard type == TypeID.textArray || type == TypeID.varcharArray else { return nil }
            return ArrayDecoding.elements(of: bytes) { bytes -> String?? in
                guard let bytes else { return .some(nil) }
                return String(validating: bytes, as: UTF8.self).map { .some($0) }
            }
        }
        guard let read else { throw PostgresError(.unexpectedValue, "column \(column) is NULL") }
        return read
    }

    private func array<Element>(
        _ column: Int,
        _ expected: StaticString,
        _ types: [UInt32],
        _ decode: (UnsafeRawBufferPointer) -> Element?
    ) throws(PostgresError) -> [Element] {
        let read = try value(column, expected) { type, bytes -> [Element]? in
            guard types.contains(type) else { return nil }
            return ArrayDecoding.elements(of: bytes) { $0.flatMap(decode) }
        }
        guard let read else { throw PostgresError(.unexpectedValue, "column \(column) is NULL") }
        return read
    }
}

/// The binary form of arrays; only one dimension is read.
private enum ArrayDecoding {
    /// Nil when the bytes are no such array, or `decode`, which gets nil for NULL, returns nil.
    static func elements<Element>(
        of bytes: UnsafeRawBufferPointer,
        _ decode: (UnsafeRawBufferPointer?) -> Element?
    ) -> [Element]? {
        guard let dimensions = bytes.bigEndian(Int32.self, at: 0) else { return nil }
        if dimensions == 0 { return [] }
        guard dimensions == 1, let count = bytes.bigEndian(Int32.self, at: 12), count >= 0,
            Int(count) <= bytes.count / 4
        else { return nil }
        var elements: [Element] = []
        elements.reserveCapacity(Int(count))
        var position = 20
        for _ in 0..<count {
            guard let length = bytes.bigEndian(Int32.self, at: position) else { return nil }
            position += 4
            let size = max(0, Int(length))
            guard bytes.count - position >= size else { return nil }
            let part = UnsafeRawBufferPointer(rebasing: bytes[position..<position + size])
            guard let element = decode(length < 0 ? nil : part) else { return nil }
            elements.append(element)
            position += size
        }
        return elements
    }
}
