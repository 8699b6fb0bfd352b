internal import Crypto
public import SagaValues

/// Where dead letters are kept for people. One that came is never lost, and never there twice.
public protocol DeadLetterStore: Sendable {
    /// Keeps dead letters. One with the digest of another is that one, come again: it counts, is open again if it had
    /// ended, and the last reason stands.
    func keep(deadLetters letters: [NewDeadLetter]) async throws(StoreError)

    /// Those behind `cursor`, by their ids, newest first.
    /// - Throws: `tooMuch` if the store had to read so much that it gave up; another filter helps.
    func deadLetters(
        _ filter: DeadLetterFilter, after cursor: UUID?, limit: Int
    ) async throws(StoreError) -> [DeadLetter]

    /// One with all that was in it.
    func deadLetter(_ id: UUID) async throws(StoreError) -> (letter: DeadLetter, content: DeadLetterContent)?

    /// Says what became of an open letter, with its line in the audit, in one transaction.
    ///
    /// - Parameter seen: how often it had come when that was decided. False, and nothing is written, if it has come again
    ///   since or is no longer open.
    func end(
        deadLetter id: UUID, seen: Int, as kind: DeadLetter.End.Kind, by subject: String, reason: String,
        audit record: AuditRecord
    ) async throws(StoreError) -> Bool

    /// How much is kept.
    func deadLetterStock() async throws(StoreError) -> DeadLetterStock

    /// Drops those that ended before that time, `limit` at most; gives how many. Open ones stay.
    func dropDeadLetters(endedBefore time: Timestamp, limit: Int) async throws(StoreError) -> Int
}

/// What a dead letter is, as lists show it.
public struct DeadLetterTraits: Sendable, Hashable {
    /// Where it was published first; nil if nothing says so. The way back is in ``DeadLetterContent/properties``.
    public let exchange: String?
    public let routingKey: String?
    /// The queue from which the broker moved it; nil if whoever took it put it aside.
    public let queue: String?
    /// A code such as `body-not-json`, see docs/PROTOCOL.md.
    public let reason: String
    public let detail: String
    public let messageID: String?
    public let correlationID: String?
    public let type: String?
    public let appID: String?

    /// Texts are cut to 255 Unicode scalars, the detail to 1000; NUL, which cannot be stored, is left out.
    public init(
        exchange: String?, routingKey: String?, queue: String?, reason: String, detail: String, messageID: String?,
        correlationID: String?, type: String?, appID: String?
    ) {
        self.exchange = exchange.map { Self.bounded($0) }
        self.routingKey = routingKey.map { Self.bounded($0) }
        self.queue = queue.map { Self.bounded($0) }
        self.reason = Self.bounded(reason)
        self.detail = Self.bounded(detail, 1_000)
        self.messageID = messageID.map { Self.bounded($0) }
        self.correlationID = correlationID.map { Self.bounded($0) }
        self.type = type.map { Self.bounded($0) }
        self.appID = appID.map { Self.bounded($0) }
    }

    private static func bounded(_ text: String, _ limit: Int = 255) -> String {
        String(String.UnicodeScalarView(text.unicodeScalars.lazy.filter { $0 != "\0" }.prefix(limit)))
    }
}

/// All that was in a dead letter.
public struct DeadLetterContent: Sendable, Hashable {
    /// Properties and headers, and where it was published, as the bus writes and reads them: UTF-8 JSON, an object.
    public let properties: [UInt8]
    public let body: [UInt8]
    /// How large the body was.
    public let bodyBytes: Int
    /// False if it was too large to be kept as it was: then it cannot be put back.
    public let isWhole: Bool

    public init(properties: [UInt8], body: [UInt8], bodyBytes: Int, isWhole: Bool) {
        self.properties = properties
        self.body = body
        self.bodyBytes = bodyBytes
        self.isWhole = isWhole
    }

    /// Nobody who speaks the protocol takes a body above 1 MiB, so of larger ones than twice that a beginning is kept.
    public static let bodyLimit = 2 << 20
    private static let keptBeginning = 64 << 10
    private static let propertyLimits = JSON.Limits(bytes: 1 << 20)

    fileprivate init(of properties: JSON, _ body: [UInt8]) {
        let bytes = properties.bytes
        // What could not be read again is not kept.
        let isReadable = (try? JSON(parsing: bytes, limits: Self.propertyLimits)) != nil
        self.init(
            properties: isReadable ? bytes : Array("{}".utf8),
            body: body.count <= Self.bodyLimit ? body : Array(body.prefix(Self.keptBeginning)), bodyBytes: body.count,
            isWhole: isReadable && body.count <= Self.bodyLimit)
    }
}

/// A dead letter that has just come.
public struct NewDeadLetter: Sendable, Hashable {
    /// Its own, unless it turns out to be there already.
    public let id: UUID
    public let traits: DeadLetterTraits
    public let content: DeadLetterContent
    /// SHA-256 of properties and body, by which it is known again. Why it died is no part of it.
    public let digest: [UInt8]

    /// - Parameter properties: without what the broker counts or adds whenever a message dies.
    public init(id: UUID = UUID.v7(), traits: DeadLetterTraits, properties: JSON, body: [UInt8]) {
        self.id = id
        self.traits = traits
        content = DeadLetterContent(of: properties, body)
        var hash = SHA256()
        hash.update(data: properties.bytes + [0])
        hash.update(data: body)
        digest = Array(hash.finalize())
    }
}

/// A dead letter as it is kept.
public struct DeadLetter: Sendable, Hashable {
    public let id: UUID
    public let traits: DeadLetterTraits
    public let bodyBytes: Int
    public let isWhole: Bool
    /// When it came first and last, by the store's clock.
    public let receivedAt: Timestamp
    public let lastSeenAt: Timestamp
    /// How often it came.
    public let seen: Int
    /// What became of it; nil while it is open.
    public let end: End?

    public struct End: Sendable, Hashable {
        public enum Kind: String, Sendable, Hashable, CaseIterable {
            case putBack = "put-back"
            case discarded
        }

        public let kind: Kind
        public let at: Timestamp
        public let by: String
        public let reason: String

        public init(_ kind: Kind, at: Timestamp, by: String, reason: String) {
            self.kind = kind
            self.at = at
            self.by = by
            self.reason = reason
        }
    }

    public init(
        id: UUID, traits: DeadLetterTraits, bodyBytes: Int, isWhole: Bool, receivedAt: Timestamp, lastSeenAt: Timestamp,
        seen: Int, end: End?
    ) {
        self.id = id
        self.traits = traits
        self.bodyBytes = bodyBytes
        self.isWhole = isWhole
        self.receivedAt = receivedAt
        self.lastSeenAt = lastSeenAt
        self.seen = seen
        self.end = end
    }
}

/// Which dead letters to give; what is nil does not restrict.
public struct DeadLetterFilter: Sendable, Hashable {
    public enum State: Sendable, Hashable {
        case open
        case ended(DeadLetter.End.Kind)
        case any
    }

    public var state = State.open
    public var reason: String?
    public var queue: String?
    public var routingKey: String?
    public var receivedAfter: Timestamp?
    public var receivedBefore: Timestamp?

    public init() {}
}

/// How many dead letters are kept, and about how many bytes they take.
public struct DeadLetterStock: Sendable, Hashable {
    public var letters: Int
    public var bytes: Int

    public init(letters: Int, bytes: Int) {
        self.letters = letters
        self.bytes = bytes
    }
}
