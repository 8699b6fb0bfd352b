/// A member of type `JSON` takes whatever stands there, digits and order kept. It is read and written
/// natively by ``JSONValueDecoder`` and ``JSONValueEncoder``; other coders are not supported, since none of them keeps a number's digits.
extension JSON: Codable {
    public init(from decoder: any Decoder) throws {
        guard let node = decoder as? JSONNodeDecoder else {
            throw DecodingError.typeMismatch(
                JSON.self, .init(codingPath: decoder.codingPath, debugDescription: "only JSONValueDecoder reads JSON"))
        }
        self = node.json
    }

    public func encode(to encoder: any Encoder) throws {
        guard let node = encoder as? JSONNodeEncoder else {
            throw EncodingError.invalidValue(
                self, .init(codingPath: encoder.codingPath, debugDescription: "only JSONValueEncoder writes JSON"))
        }
        node.slot.content = .value(self)
    }
}

extension UUID: Codable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let value = UUID(try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "not a UUID")
        }
        self = value
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

extension Timestamp: Codable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let value = Timestamp(iso8601: try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "not an ISO 8601 time")
        }
        self = value
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
