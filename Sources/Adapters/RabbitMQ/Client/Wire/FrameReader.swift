/// Reads AMQP's big-endian values out of a received frame, and never past its end.
///
/// What does not fit is noted in ``isExhausted`` and read as zero or empty, so that one check at the end is enough.
struct FrameReader {
    /// Deeper tables are not followed: a hostile message must not exhaust the stack.
    private static let depthLimit = 32
    /// Room that is made for headers at once.
    private static let usualHeaders = 12

    private let buffer: UnsafeRawBufferPointer
    private var position = 0
    private(set) var isExhausted = false

    init(_ bytes: UnsafeRawBufferPointer) {
        buffer = bytes
    }

    private var isAtEnd: Bool { position == buffer.count }

    mutating func bytes(_ count: Int) -> UnsafeRawBufferPointer {
        guard count <= buffer.count - position else {
            isExhausted = true
            position = buffer.count
            return UnsafeRawBufferPointer(start: nil, count: 0)
        }
        defer { position += count }
        return UnsafeRawBufferPointer(start: buffer.baseAddress.map { $0 + position }, count: count)
    }

    mutating func integer<Value: FixedWidthInteger>(_ type: Value.Type = Value.self) -> Value {
        let bytes = bytes(MemoryLayout<Value>.size)
        return bytes.isEmpty ? 0 : Value(bigEndian: bytes.loadUnaligned(as: type))
    }

    /// Bytes that are not UTF-8 become U+FFFD.
    mutating func shortText() -> String {
        String(decoding: bytes(Int(integer(UInt8.self))), as: UTF8.self)
    }

    private mutating func longBytes() -> UnsafeRawBufferPointer {
        bytes(Int(integer(UInt32.self)))
    }

    // MARK: Properties

    mutating func properties() -> MessageProperties {
        let flags = integer(UInt16.self)
        var properties = MessageProperties()
        func has(_ bit: UInt16) -> Bool { flags & 1 << bit != 0 }
        if has(15) { properties.contentType = shortText() }
        if has(14) { properties.contentEncoding = shortText() }
        if has(13) { properties.headers = table(depth: 0) }
        properties.persistent = has(12) && integer(UInt8.self) == 2
        if has(11) { properties.priority = integer() }
        if has(10) { properties.correlationID = shortText() }
        if has(9) { properties.replyTo = shortText() }
        if has(8) { properties.expiration = shortText() }
        if has(7) { properties.messageID = shortText() }
        if has(6) { properties.timestamp = integer() }
        if has(5) { properties.type = shortText() }
        if has(4) { properties.userID = shortText() }
        if has(3) { properties.appID = shortText() }
        return properties
    }

    /// A table ends early at a value of unknown type, for nobody can tell its length; the fields before it are kept.
    private mutating func table(depth: Int) -> [(String, FieldValue)] {
        var inner = FrameReader(longBytes())
        var fields: [(String, FieldValue)] = []
        fields.reserveCapacity(depth == 0 ? Self.usualHeaders : 0)
        while !inner.isAtEnd {
            let name = inner.shortText()
            guard let value = inner.field(depth: depth), !inner.isExhausted else { break }
            fields.append((name, value))
        }
        return fields
    }

    private mutating func array(depth: Int) -> [FieldValue] {
        var inner = FrameReader(longBytes())
        var values: [FieldValue] = []
        while !inner.isAtEnd, let value = inner.field(depth: depth), !inner.isExhausted {
            values.append(value)
        }
        return values
    }

    /// The letters are RabbitMQ's, which differ from the specification in `s`, `l` and others.
    private mutating func field(depth: Int) -> FieldValue? {
        switch UnicodeScalar(integer(UInt8.self)) {
        case "S":
            let bytes = longBytes()
            // Cheaper than String(validating:): what was not UTF-8 differs after the repair.
            var text = String(decoding: bytes, as: UTF8.self)
            let isSame = text.withUTF8 { $0.elementsEqual(bytes) }
            return isSame ? .string(text) : .bytes(Array(bytes))
        case "x": return .bytes(Array(longBytes()))
        case "t": return .bool(integer(UInt8.self) != 0)
        case "b": return .int(Int64(integer(Int8.self)))
        case "B": return .int(Int64(integer(UInt8.self)))
        case "s", "U": return .int(Int64(integer(Int16.self)))
        case "u": return .int(Int64(integer(UInt16.self)))
        case "I": return .int(Int64(integer(Int32.self)))
        case "i": return .int(Int64(integer(UInt32.self)))
        case "l": return .int(integer())
        case "L": return .int(Int64(clamping: integer(UInt64.self)))
        case "f": return .double(Double(Float(bitPattern: integer())))
        case "d": return .double(Double(bitPattern: integer()))
        case "D": return .decimal(scale: integer(), value: integer())
        case "T": return .timestamp(integer())
        case "F": return depth < Self.depthLimit ? .table(table(depth: depth + 1)) : skip()
        case "A": return depth < Self.depthLimit ? .array(array(depth: depth + 1)) : skip()
        case "V": return .null
        default: return nil
        }
    }

    private mutating func skip() -> FieldValue {
        _ = longBytes()
        return .null
    }
}
