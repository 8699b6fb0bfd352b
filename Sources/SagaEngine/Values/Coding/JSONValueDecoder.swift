/// Decodes a `Decodable` type from ``JSON`` without ever going through a floating-point number.
///
/// Integers are read from their digits and must fit; ``ExactDecimal``, ``JSON``, `UUID` and `Timestamp`
/// are read natively. `Double` is decoded only for a type that asks for it by name.
public enum JSONValueDecoder {
    /// - Throws: `DecodingError`, whose path says where in the document the trouble is.
    public static func decode<Value: Decodable>(_ type: Value.Type = Value.self, from json: JSON) throws -> Value {
        try JSONNodeDecoder(json: json, codingPath: []).value(type)
    }

    /// One line for a reply or a log: where, and what was expected there. Never repeats the value, which may be secret.
    public static func summary(of error: any Error) -> String {
        func place(_ path: [any CodingKey]) -> String {
            path.isEmpty ? "the body" : "\"" + path.map(\.stringValue).joined(separator: ".") + "\""
        }
        switch error {
        case DecodingError.keyNotFound(let key, let context): return "\(place(context.codingPath + [key])) is missing"
        case DecodingError.valueNotFound(_, let context): return "\(place(context.codingPath)) is null"
        case DecodingError.typeMismatch(let type, let context):
            return "\(place(context.codingPath)) is not of type \(type)"
        case DecodingError.dataCorrupted(let context):
            return "\(place(context.codingPath)) is not valid: \(context.debugDescription)"
        default: return "the body does not have the shape that the action expects"
        }
    }
}

/// A position in a document while it is decoded.
struct JSONNodeDecoder: Decoder, SingleValueDecodingContainer {
    let json: JSON
    let codingPath: [any CodingKey]
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        guard let object = json.objectValue else { throw mismatch([String: JSON].self) }
        return KeyedDecodingContainer(JSONObjectDecoder<Key>(object: object, codingPath: codingPath))
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
        guard let array = json.arrayValue else { throw mismatch([JSON].self) }
        return JSONArrayDecoder(array: array, codingPath: codingPath)
    }

    func singleValueContainer() -> any SingleValueDecodingContainer { self }

    func mismatch(_ type: Any.Type) -> DecodingError {
        .typeMismatch(type, .init(codingPath: codingPath, debugDescription: "expected \(type)"))
    }

    private func invalid(_ what: String) -> DecodingError {
        .dataCorrupted(.init(codingPath: codingPath, debugDescription: what))
    }

    // MARK: Values

    func value<Value: Decodable>(_ type: Value.Type) throws -> Value {
        if let json = json as? Value { return json }
        if type == ExactDecimal.self, let text = json.numberText ?? json.stringValue {
            guard let decimal = ExactDecimal(text) as? Value else {
                throw invalid("not a decimal number within limits")
            }
            return decimal
        }
        return try Value(from: self)
    }

    private func integer<Value: FixedWidthInteger>(_ type: Value.Type) throws -> Value {
        guard let text = json.numberText else { throw mismatch(type) }
        guard let value = Value(text) else { throw invalid("not an integer in the range of \(type)") }
        return value
    }

    private func float<Value: LosslessStringConvertible>(_ type: Value.Type) throws -> Value {
        guard let text = json.numberText, let value = Value(text) else { throw mismatch(type) }
        return value
    }

    func decodeNil() -> Bool { json.isNull }

    func decode(_ type: Bool.Type) throws -> Bool {
        guard let value = json.boolValue else { throw mismatch(type) }
        return value
    }

    func decode(_ type: String.Type) throws -> String {
        guard let value = json.stringValue else { throw mismatch(type) }
        return value
    }

    func decode(_ type: Double.Type) throws -> Double { try float(type) }
    func decode(_ type: Float.Type) throws -> Float { try float(type) }
    func decode(_ type: Int.Type) throws -> Int { try integer(type) }
    func decode(_ type: Int8.Type) throws -> Int8 { try integer(type) }
    func decode(_ type: Int16.Type) throws -> Int16 { try integer(type) }
    func decode(_ type: Int32.Type) throws -> Int32 { try integer(type) }
    func decode(_ type: Int64.Type) throws -> Int64 { try integer(type) }
    func decode(_ type: Int128.Type) throws -> Int128 { try integer(type) }
    func decode(_ type: UInt.Type) throws -> UInt { try integer(type) }
    func decode(_ type: UInt8.Type) throws -> UInt8 { try integer(type) }
    func decode(_ type: UInt16.Type) throws -> UInt16 { try integer(type) }
    func decode(_ type: UInt32.Type) throws -> UInt32 { try integer(type) }
    func decode(_ type: UInt64.Type) throws -> UInt64 { try integer(type) }
    func decode(_ type: UInt128.Type) throws -> UInt128 { try integer(type) }
    func decode<Value: Decodable>(_ type: Value.Type) throws -> Value { try value(type) }
}
