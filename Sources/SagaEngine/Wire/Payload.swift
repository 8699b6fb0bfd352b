public import SagaValues

/// A body: JSON together with its bytes, of which one was made from the other.
///
/// What was received is stored and passed on as the bytes it came as, so nothing is lost on the way.
/// Two payloads are equal when their bytes are.
public struct Payload: Sendable {
    /// What stands on the wire and in the database.
    public let bytes: [UInt8]
    /// The same, read.
    public let json: JSON

    /// Reads bytes from outside.
    public init(parsing bytes: [UInt8], limits: JSON.Limits = .default) throws(JSON.ParseError) {
        self.json = try JSON(parsing: bytes, limits: limits)
        self.bytes = bytes
    }

    /// The compact text of a value made here of parts that were parsed.
    ///
    /// A value that a program made up may hold what no reader takes, such as U+0000 or a number that is
    /// none: have it checked by ``init(parsing:limits:)`` of its bytes.
    public init(_ json: JSON) {
        self.json = json
        self.bytes = json.bytes
    }
}

extension Payload: Hashable {
    public static func == (left: Payload, right: Payload) -> Bool {
        left.bytes == right.bytes
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(bytes)
    }
}

extension Payload: CustomStringConvertible {
    /// The size only: a body may hold what nobody is to see.
    public var description: String {
        "\(bytes.count) bytes of JSON"
    }
}
