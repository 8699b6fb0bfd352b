public import SagaValues

/// A value for a statement's `$1`, `$2`…, sent in PostgreSQL's binary form.
///
/// An array is one parameter: `SELECT * FROM unnest($1::uuid[], $2::text[])` takes many rows in one
/// statement.
public enum PostgresParameter: Sendable {
    /// NULL of whatever type the statement wants there.
    case null
    case bool(Bool)
    case int16(Int16)
    case int32(Int32)
    case int64(Int64)
    case double(Double)
    /// An exact decimal as text, `-12.50`, for a `numeric` parameter.
    case numeric(String)
    case text(String)
    case bytes([UInt8])
    case uuid(UUID)
    /// For `timestamptz`, which begins in 4714 BC.
    case timestamp(Timestamp)
    /// JSON text, for a `jsonb` parameter. jsonb refuses `\u0000` and forgets the order of names.
    case json(String)

    case bools([Bool])
    case int16s([Int16])
    case int32s([Int32])
    case int64s([Int64])
    case texts([String])
    case byteArrays([[UInt8]])
    case uuids([UUID])
    case timestamps([Timestamp])

    case optionalBools([Bool?])
    case optionalInt16s([Int16?])
    case optionalInt32s([Int32?])
    case optionalInt64s([Int64?])
    case optionalTexts([String?])
    case optionalByteArrays([[UInt8]?])
    case optionalUUIDs([UUID?])
    case optionalTimestamps([Timestamp?])
}

/// Type numbers of PostgreSQL's built-in types; the same on every server.
enum TypeID {
    static let bool: UInt32 = 16, bytea: UInt32 = 17, name: UInt32 = 19
    static let int8: UInt32 = 20, int2: UInt32 = 21, int4: UInt32 = 23, text: UInt32 = 25
    static let json: UInt32 = 114, xml: UInt32 = 142, unknown: UInt32 = 705
    static let float4: UInt32 = 700, float8: UInt32 = 701
    static let bpchar: UInt32 = 1042, varchar: UInt32 = 1043
    static let timestamptz: UInt32 = 1184, numeric: UInt32 = 1700, uuid: UInt32 = 2950, jsonb: UInt32 = 3802
    static let boolArray: UInt32 = 1000, byteaArray: UInt32 = 1001
    static let int2Array: UInt32 = 1005, int4Array: UInt32 = 1007, textArray: UInt32 = 1009, varcharArray: UInt32 = 1015
    static let int8Array: UInt32 = 1016, timestamptzArray: UInt32 = 1185, uuidArray: UInt32 = 2951
    /// Types that the database's users made begin here.
    static let firstUserDefined: UInt32 = 16384
}

extension PostgresParameter {
    /// 0 lets the server decide.
    var typeID: UInt32 {
        switch self {
        case .null: 0
        case .bool: TypeID.bool
        case .int16: TypeID.int2
        case .int32: TypeID.int4
        case .int64: TypeID.int8
        case .double: TypeID.float8
        case .numeric: TypeID.numeric
        case .text: TypeID.text
        case .bytes: TypeID.bytea
        case .uuid: TypeID.uuid
        case .timestamp: TypeID.timestamptz
        case .json: TypeID.jsonb
        case .bools, .optionalBools: TypeID.boolArray
        case .int16s, .optionalInt16s: TypeID.int2Array
        case .int32s, .optionalInt32s: TypeID.int4Array
        case .int64s, .optionalInt64s: TypeID.int8Array
        case .texts, .optionalTexts: TypeID.textArray
        case .byteArrays, .optionalByteArrays: TypeID.byteaArray
        case .uuids, .optionalUUIDs: TypeID.uuidArray
        case .timestamps, .optionalTimestamps: TypeID.timestamptzArray
        }
    }
}
