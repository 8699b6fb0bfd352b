internal import CRabbitMQ

/// Memory for the C form of one method or header: bump-allocated from a pool of rabbitmq-c and taken back all at once.
final class Arena {
    /// Texts of AMQP methods and properties, and names in tables, have one byte for their length.
    static let shortTextLimit = 255
    /// Deeper tables are refused: the encoder recurses.
    private static let depthLimit = 32

    private let pool: UnsafeMutablePointer<amqp_pool_t>
    /// False once something could not be represented.
    private(set) var isSound = true

    init() {
        pool = .allocate(capacity: 1)
        init_amqp_pool(pool, 16_384)
    }

    deinit {
        empty_amqp_pool(pool)
        pool.deallocate()
    }

    func recycle() {
        recycle_amqp_pool(pool)
        isSound = true
    }

    /// A text with a limit of 255 bytes.
    func shortText(_ text: String) -> amqp_bytes_t {
        let bytes = longText(text)
        if bytes.len > Self.shortTextLimit { isSound = false }
        return bytes
    }

    func longText(_ text: String) -> amqp_bytes_t {
        var text = text
        return text.withUTF8 { copy(UnsafeRawBufferPointer($0)) }
    }

    func table(_ fields: [(String, FieldValue)]) -> amqp_table_t {
        table(fields, depth: 0)
    }

    private func table(_ fields: [(String, FieldValue)], depth: Int) -> amqp_table_t {
        guard !fields.isEmpty else { return amqp_empty_table }
        guard depth < Self.depthLimit else {
            isSound = false
            return amqp_empty_table
        }
        let entries = allocate(amqp_table_entry_t.self, fields.count)
        for (index, (name, value)) in fields.enumerated() {
            entries[index] = amqp_table_entry_t(key: shortText(name), value: field(value, depth: depth))
        }
        return amqp_table_t(num_entries: Int32(fields.count), entries: entries)
    }

    private func field(_ value: FieldValue, depth: Int) -> amqp_field_value_t {
        var field = amqp_field_value_t()
        switch value {
        case .string(let text):
            field.kind = UInt8(AMQP_FIELD_KIND_UTF8.rawValue)
            field.value.bytes = longText(text)
        case .bytes(let bytes):
            field.kind = UInt8(AMQP_FIELD_KIND_BYTES.rawValue)
            field.value.bytes = bytes.withUnsafeBytes(copy)
        case .int(let value):
            field.kind = UInt8(AMQP_FIELD_KIND_I64.rawValue)
            field.value.i64 = value
        case .bool(let value):
            field.kind = UInt8(AMQP_FIELD_KIND_BOOLEAN.rawValue)
            field.value.boolean = value ? 1 : 0
        case .timestamp(let seconds):
            field.kind = UInt8(AMQP_FIELD_KIND_TIMESTAMP.rawValue)
            field.value.u64 = UInt64(bitPattern: seconds)
        case .double(let value):
            field.kind = UInt8(AMQP_FIELD_KIND_F64.rawValue)
            field.value.f64 = value
        case .decimal(let scale, let value):
            field.kind = UInt8(AMQP_FIELD_KIND_DECIMAL.rawValue)
            field.value.decimal = amqp_decimal_t(decimals: scale, value: value)
        case .table(let fields):
            field.kind = UInt8(AMQP_FIELD_KIND_TABLE.rawValue)
            field.value.table = table(fields, depth: depth + 1)
        case .array(let values):
            field.kind = UInt8(AMQP_FIELD_KIND_ARRAY.rawValue)
            field.value.array = array(values, depth: depth + 1)
        case .null:
            field.kind = UInt8(AMQP_FIELD_KIND_VOID.rawValue)
        }
        return field
    }

    private func array(_ values: [FieldValue], depth: Int) -> amqp_array_t {
        guard depth < Self.depthLimit else {
            isSound = false
            return amqp_array_t()
        }
        let entries = allocate(amqp_field_value_t.self, max(values.count, 1))
        for (index, value) in values.enumerated() {
            entries[index] = field(value, depth: depth)
        }
        return amqp_array_t(num_entries: Int32(values.count), entries: entries)
    }

    private func copy(_ bytes: UnsafeRawBufferPointer) -> amqp_bytes_t {
        guard let address = bytes.baseAddress, !bytes.isEmpty else { return amqp_empty_bytes }
        let copied = amqp_pool_alloc(pool, bytes.count)!
        copied.copyMemory(from: address, byteCount: bytes.count)
        return amqp_bytes_t(len: bytes.count, bytes: copied)
    }

    private func allocate<Element>(_ type: Element.Type, _ count: Int) -> UnsafeMutablePointer<Element> {
        amqp_pool_alloc(pool, count * MemoryLayout<Element>.stride)!.bindMemory(to: type, capacity: count)
    }
}
