import SagaValues

/// Finds out which members a type reads, which of them may be missing, and of what type each is, by letting it read from
/// nothing.
final class MemberProbe {
    struct Member {
        let type: Any.Type
        let isOptional: Bool
    }

    private(set) var members: [String: Member] = [:]

    static func members(of type: any Decodable.Type) throws -> [String: Member] {
        let probe = MemberProbe()
        _ = try type.init(from: Nothing(probe: probe))
        return probe.members
    }

    fileprivate func note(_ key: any CodingKey, _ type: Any.Type, isOptional: Bool) {
        members[key.stringValue] = Member(type: type, isOptional: isOptional)
    }
}

/// Something of a type that stands for whatever might be read.
private func dummy<Value: Decodable>(_ type: Value.Type) throws -> Value {
    if let value = (type as? any CaseIterable.Type).flatMap({ first(of: $0) }) as? Value { return value }
    for value: Any in ["", 0, Int64(0), false, JSON.null, UUID.v7(), Timestamp(microseconds: 0)] {
        if let value = value as? Value, Swift.type(of: value) == Value.self { return value }
    }
    return try Value(from: Nothing(probe: MemberProbe()))
}

private func first<Cases: CaseIterable>(of type: Cases.Type) -> Any? { type.allCases.first }

private struct Nothing: Decoder {
    let probe: MemberProbe
    var codingPath: [any CodingKey] { [] }
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedDecodingContainer<Key> {
        KeyedDecodingContainer(NoMembers(probe: probe))
    }

    func unkeyedContainer() -> any UnkeyedDecodingContainer { NoElements() }

    func singleValueContainer() throws -> any SingleValueDecodingContainer { throw NotProbed() }
}

private struct NotProbed: Error {}

private struct NoMembers<Key: CodingKey>: KeyedDecodingContainerProtocol {
    let probe: MemberProbe
    var codingPath: [any CodingKey] { [] }
    var allKeys: [Key] { [] }

    func contains(_ key: Key) -> Bool { false }
    func decodeNil(forKey key: Key) -> Bool { true }

    func decode<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value {
        probe.note(key, type, isOptional: false)
        return try dummy(type)
    }

    private func missing<Value: Decodable>(_ type: Value.Type, _ key: Key) -> Value? {
        probe.note(key, type, isOptional: true)
        return nil
    }

    func decodeIfPresent<Value: Decodable>(_ type: Value.Type, forKey key: Key) -> Value? { missing(type, key) }
    func decodeIfPresent(_ type: String.Type, forKey key: Key) -> String? { missing(type, key) }
    func decodeIfPresent(_ type: Bool.Type, forKey key: Key) -> Bool? { missing(type, key) }
    func decodeIfPresent(_ type: Int.Type, forKey key: Key) -> Int? { missing(type, key) }
    func decodeIfPresent(_ type: Int64.Type, forKey key: Key) -> Int64? { missing(type, key) }

    func nestedContainer<NestedKey: CodingKey>(
        keyedBy type: NestedKey.Type, forKey key: Key
    ) throws -> KeyedDecodingContainer<NestedKey> { throw NotProbed() }
    func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer { throw NotProbed() }
    func superDecoder() throws -> any Decoder { throw NotProbed() }
    func superDecoder(forKey key: Key) throws -> any Decoder { throw NotProbed() }
}

private struct NoElements: UnkeyedDecodingContainer {
    var codingPath: [any CodingKey] { [] }
    var count: Int? { 0 }
    var isAtEnd: Bool { true }
    var currentIndex: Int { 0 }

    mutating func decodeNil() throws -> Bool { throw NotProbed() }
    mutating func decode<Value: Decodable>(_ type: Value.Type) throws -> Value { throw NotProbed() }
    mutating func nestedContainer<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        throw NotProbed()
    }
    mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer { throw NotProbed() }
    mutating func superDecoder() throws -> any Decoder { throw NotProbed() }
}
