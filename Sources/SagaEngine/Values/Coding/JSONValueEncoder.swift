/// Encodes an `Encodable` value as ``JSON``, with the digits of its numbers untouched.
public enum JSONValueEncoder {
    /// - Throws: `EncodingError`, for a NaN or an infinity among other things.
    public static func encode<Value: Encodable>(_ value: Value) throws -> JSON {
        let slot = JSONSlot()
        try JSONNodeEncoder(slot: slot, codingPath: []).encode(value)
        return slot.json
    }
}

/// A place in a document that is being written: containers share it by reference until it is read off.
final class JSONSlot {
    enum Content {
        case empty
        case value(JSON)
        case object([(name: String, slot: JSONSlot)])
        case array([JSONSlot])
    }

    var content = Content.empty

    var json: JSON {
        switch content {
        case .empty: return .object([:])
        case .value(let json): return json
        case .array(let slots): return .array(slots.map(\.json))
        case .object(let members):
            var object = JSON.Object()
            for (name, slot) in members { object[name] = slot.json }
            return .object(object)
        }
    }

    func openObject() {
        if case .object = content { return }
        content = .object([])
    }

    func openArray() {
        if case .array = content { return }
        content = .array([])
    }

    func member(_ name: String) -> JSONSlot {
        let slot = JSONSlot()
        guard case .object(var members) = content else { return slot }
        content = .empty
        members.append((name, slot))
        content = .object(members)
        return slot
    }

    func element() -> JSONSlot {
        let slot = JSONSlot()
        guard case .array(var slots) = content else { return slot }
        content = .empty
        slots.append(slot)
        content = .array(slots)
        return slot
    }

    var count: Int {
        guard case .array(let slots) = content else { return 0 }
        return slots.count
    }
}

struct JSONNodeEncoder: Encoder, SingleValueEncodingContainer {
    let slot: JSONSlot
    let codingPath: [any CodingKey]
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        slot.openObject()
        return KeyedEncodingContainer(JSONObjectEncoder<Key>(slot: slot, codingPath: codingPath))
    }

    func unkeyedContainer() -> any UnkeyedEncodingContainer {
        slot.openArray()
        return JSONArrayEncoder(slot: slot, codingPath: codingPath)
    }

    func singleValueContainer() -> any SingleValueEncodingContainer { self }

    private func put(_ json: JSON) { slot.content = .value(json) }

    private func put(float value: some BinaryFloatingPoint & LosslessStringConvertible) throws {
        guard value.isFinite else {
            throw EncodingError.invalidValue(
                value, .init(codingPath: codingPath, debugDescription: "JSON has no such number"))
        }
        put(.number(value.description))
    }

    func encodeNil() { put(.null) }
    func encode(_ value: Bool) { put(.bool(value)) }
    func encode(_ value: String) { put(.string(value)) }
    func encode(_ value: Double) throws { try put(float: value) }
    func encode(_ value: Float) throws { try put(float: value) }
    func encode(_ value: Int) { put(.number(String(value))) }
    func encode(_ value: Int8) { put(.number(String(value))) }
    func encode(_ value: Int16) { put(.number(String(value))) }
    func encode(_ value: Int32) { put(.number(String(value))) }
    func encode(_ value: Int64) { put(.number(String(value))) }
    func encode(_ value: Int128) { put(.number(String(value))) }
    func encode(_ value: UInt) { put(.number(String(value))) }
    func encode(_ value: UInt8) { put(.number(String(value))) }
    func encode(_ value: UInt16) { put(.number(String(value))) }
    func encode(_ value: UInt32) { put(.number(String(value))) }
    func encode(_ value: UInt64) { put(.number(String(value))) }
    func encode(_ value: UInt128) { put(.number(String(value))) }

    func encode<Value: Encodable>(_ value: Value) throws {
        if let json = value as? JSON {
            put(json)
        } else {
            try value.encode(to: self)
        }
    }
}
