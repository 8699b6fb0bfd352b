public import SagaValues

/// Which sagas are old enough to be archived: those that somebody started and that ended before a time, with all that are
/// parts of them.
public struct ArchivePolicy: Sendable, Hashable {
    /// Of what is not named below; nil: those stay.
    public var before: Timestamp?
    /// By the name of the workflow.
    public var workflows: [String: Timestamp]
    /// By the id of the version that the root ran, for workflows that are not named.
    public var versions: [Int32: Timestamp]

    public init(before: Timestamp?, workflows: [String: Timestamp] = [:], versions: [Int32: Timestamp] = [:]) {
        self.before = before
        self.workflows = workflows
        self.versions = versions
    }

    /// Nothing that ended later is archived.
    public var last: Timestamp? { ([before].compactMap(\.self) + workflows.values + versions.values).max() }
}

/// A saga that somebody started, and all that are parts of it: they are archived together or not at all.
public struct SagaFamily: Sendable, Hashable {
    public struct Member: Sendable, Hashable {
        public let id: UUID
        public let revision: Int

        public init(id: UUID, revision: Int) {
            self.id = id
            self.revision = revision
        }
    }

    /// Where the search goes on behind it.
    public struct Place: Sendable, Hashable {
        public let endedAt: Timestamp
        public let root: UUID

        public init(endedAt: Timestamp, root: UUID) {
            self.endedAt = endedAt
            self.root = root
        }
    }

    public let place: Place
    /// The root first.
    public let members: [Member]

    public init(place: Place, members: [Member]) {
        self.place = place
        self.members = members
    }

    public var root: UUID { place.root }
}

/// A file that was read again and found to be what was written, and whose sagas may still be in the store.
public struct WrittenArchive: Sendable, Hashable {
    public let number: Int64
    public let file: String
    public let sagas: Int
    public let digest: [UInt8]

    public init(number: Int64, file: String, sagas: Int, digest: [UInt8]) {
        self.number = number
        self.file = file
        self.sagas = sagas
        self.digest = digest
    }
}
