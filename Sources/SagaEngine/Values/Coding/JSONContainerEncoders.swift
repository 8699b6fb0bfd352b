struct JSONObjectEncoder<Key: CodingKey>: KeyedEncodingContainerProtocol {
    let slot: JSONSlot
    let codingPath: [any CodingKey]

    private func node(_ key: any CodingKey) -> JSONNodeEncoder {
        JSONNodeEncoder(slot: slot.member(key.stringValue), codingPath: codingPath + [key])
    }

    mutating func encodeNil(forKey key: Key) { node(key).encodeNil() }

    mutating func encode<Value: Encodable>(_ value: Value, forKey key: Key) throws {
        try node(key).encode(value)
    }

    mutating func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type, forKey key: Key
    ) -> KeyedEncodingContainer<Nested> {
        node(key).container(keyedBy: type)
    }

    mutating func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
        node(key).unkeyedContainer()
    }

    mutating func superEncoder() -> any Encoder { node(JSONSuperKey()) }
    mutating func superEncoder(forKey key: Key) -> any Encoder { node(key) }
}

struct JSONArrayEncoder: UnkeyedEncodingContainer {
    let slot: JSONSlot
    let codingPath: [any CodingKey]
    var count: Int { slot.count }

    private func node() -> JSONNodeEncoder {
        let path = codingPath + [JSONIndex(count)]
        return JSONNodeEncoder(slot: slot.element(), codingPath: path)
    }

    mutating func encodeNil() { node().encodeNil() }
    mutating func encode<Value: Encodable>(_ value: Value) throws { try node().encode(value) }

    mutating func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type) -> KeyedEncodingContainer<Nested> {
        node().container(keyedBy: type)
    }

    mutating func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer { node().unkeyedContainer() }
    mutating func superEncoder() -> any Encoder { node() }
}
