/// A value in a message header or in the arguments of a declaration.
public enum FieldValue: Sendable, Hashable {
    case string(String)
    case int(Int64)
    case bool(Bool)
    /// Bytes, also a received string that is not UTF-8.
    case bytes([UInt8])
    /// Seconds since 1970.
    case timestamp(Int64)
    case double(Double)
    /// `value` divided by ten to the power of `scale`.
    case decimal(scale: UInt8, value: UInt32)
    case table([(String, FieldValue)])
    case array([FieldValue])
    case null

    public var stringValue: String? {
        if case .string(let value) = self { value } else { nil }
    }

    public var intValue: Int64? {
        if case .int(let value) = self { value } else { nil }
    }

    public static func == (left: FieldValue, right: FieldValue) -> Bool {
        switch (left, right) {
        case (.string(let l), .string(let r)): l == r
        case (.int(let l), .int(let r)): l == r
        case (.bool(let l), .bool(let r)): l == r
        case (.bytes(let l), .bytes(let r)): l == r
        case (.timestamp(let l), .timestamp(let r)): l == r
        case (.double(let l), .double(let r)): l == r
        case (.decimal(let ls, let lv), .decimal(let rs, let rv)): ls == rs && lv == rv
        case (.table(let l), .table(let r)): l.elementsEqual(r, by: ==)
        case (.array(let l), .array(let r)): l == r
        case (.null, .null): true
        case (.string, _), (.int, _), (.bool, _), (.bytes, _), (.timestamp, _), (.double, _), (.decimal, _),
            (.table, _), (.array, _), (.null, _):
            false
        }
    }

    public func hash(into hasher: inout Hasher) {
        switch self {
        case .string(let value): hasher.combine(value)
        case .int(let value), .timestamp(let value): hasher.combine(value)
        case .bool(let value): hasher.combine(value)
        case .bytes(let value): hasher.combine(value)
        case .double(let value): hasher.combine(value)
        case .decimal(let scale, let value):
            hasher.combine(scale)
            hasher.combine(value)
        case .table(let fields):
            for (name, value) in fields {
                hasher.combine(name)
                hasher.combine(value)
            }
        case .array(let values): hasher.combine(values)
        case .null: hasher.combine(0)
        }
    }
}

extension FieldValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral {
    public init(stringLiteral value: String) { self = .string(value) }
    public init(integerLiteral value: Int64) { self = .int(value) }
    public init(booleanLiteral value: Bool) { self = .bool(value) }
}
