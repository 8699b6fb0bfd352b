internal import RabbitMQ
internal import SagaValues

extension FieldValue {
    /// The value with its type, so that the same one can be made of it: `{"int":5}`.
    var json: JSON {
        switch self {
        case .string(let text): ["string": .string(text)]
        case .int(let number): ["int": JSON(number)]
        case .bool(let flag): ["bool": .bool(flag)]
        case .bytes(let bytes): ["bytes": .array(bytes.map { JSON(Int64($0)) })]
        case .timestamp(let seconds): ["timestamp": JSON(seconds)]
        // Its bits: JSON has no infinity, and no way to tell 0 from -0.
        case .double(let number): ["double": .string(String(number.bitPattern, radix: 16))]
        case .decimal(let scale, let value): ["decimal": [JSON(Int64(scale)), JSON(Int64(value))]]
        case .table(let fields): ["table": Self.json(fields)]
        case .array(let values): ["array": .array(values.map(\.json))]
        case .null: ["null": .null]
        }
    }

    static func json(_ fields: [(String, FieldValue)]) -> JSON {
        .array(fields.map { [.string($0), $1.json] })
    }

    init?(_ json: JSON) {
        guard let object = json.objectValue, object.count == 1, let (type, value) = object.first else { return nil }
        switch type {
        case "string":
            guard let text = value.stringValue else { return nil }
            self = .string(text)
        case "int":
            guard let number = value.numberText.flatMap({ Int64($0) }) else { return nil }
            self = .int(number)
        case "bool":
            guard let flag = value.boolValue else { return nil }
            self = .bool(flag)
        case "bytes":
            guard let bytes = value.arrayValue?.map({ $0.numberText.flatMap { UInt8($0) } }), !bytes.contains(nil)
            else {
                return nil
            }
            self = .bytes(bytes.compactMap(\.self))
        case "timestamp":
            guard let seconds = value.numberText.flatMap({ Int64($0) }) else { return nil }
            self = .timestamp(seconds)
        case "double":
            guard let bits = value.stringValue.flatMap({ UInt64($0, radix: 16) }) else { return nil }
            self = .double(Double(bitPattern: bits))
        case "decimal":
            guard let scale = value[0]?.numberText.flatMap({ UInt8($0) }),
                let digits = value[1]?.numberText.flatMap({ UInt32($0) })
            else { return nil }
            self = .decimal(scale: scale, value: digits)
        case "table":
            guard let fields = Self.fields(value) else { return nil }
            self = .table(fields)
        case "array":
            guard let values = value.arrayValue?.map({ FieldValue($0) }), !values.contains(nil) else { return nil }
            self = .array(values.compactMap(\.self))
        case "null": self = .null
        default: return nil
        }
    }

    static func fields(_ json: JSON) -> [(String, FieldValue)]? {
        guard let elements = json.arrayValue else { return nil }
        var fields: [(String, FieldValue)] = []
        for element in elements {
            guard let name = element[0]?.stringValue, let value = element[1].flatMap({ FieldValue($0) }) else {
                return nil
            }
            fields.append((name, value))
        }
        return fields
    }
}
