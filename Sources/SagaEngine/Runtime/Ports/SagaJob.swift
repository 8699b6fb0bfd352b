public import SagaValues

/// One verb over many sagas: asked for once, and carried out saga by saga.
///
/// The sagas are those that the filter admits when the job is made; the set never changes afterwards. Each is an item, and
/// an item has its outcome once and for all: see ``JobItem/Status``.
public struct SagaJob: Sendable, Hashable {
    public let order: JobOrder
    public let status: Status
    public let counts: Counts
    public let createdAt: Timestamp
    /// When an item had its outcome last, or somebody paused, resumed or aborted it.
    public let updatedAt: Timestamp
    public let endedAt: Timestamp?

    /// How many sagas a job may have: as many rows are written when it is made.
    public static let itemLimit = 100_000
    /// How many items a second; more than that nobody could stop in time.
    public static let rates = 1...1_000

    public init(
        order: JobOrder, status: Status, counts: Counts, createdAt: Timestamp, updatedAt: Timestamp, endedAt: Timestamp?
    ) {
        self.order = order
        self.status = status
        self.counts = counts
        self.createdAt = createdAt
        self.updatedAt = updatedAt
        self.endedAt = endedAt
    }

    public enum Status: String, Sendable, Hashable, CaseIterable {
        /// Leaves to all others.
        case running
        /// Nothing is done any more, until it is resumed. Leaves to `running` and `aborted`.
        case paused
        /// Each item has its outcome.
        case done
        /// Ended by a person; what had no outcome by then is left alone.
        case aborted

        public var isFinal: Bool { self == .done || self == .aborted }
    }

    /// How many items have come to what.
    public struct Counts: Sendable, Hashable {
        public var total: Int
        public var done: Int
        public var refused: Int
        public var failed: Int

        public init(total: Int, done: Int = 0, refused: Int = 0, failed: Int = 0) {
            self.total = total
            self.done = done
            self.refused = refused
            self.failed = failed
        }

        /// Those without an outcome.
        public var open: Int { total - done - refused - failed }

        public mutating func add(_ outcome: JobItemOutcome.Kind) {
            switch outcome {
            case .done: done += 1
            case .refused: refused += 1
            case .failed: failed += 1
            }
        }
    }
}

/// What somebody asked for, as it stays.
public struct JobOrder: Sendable, Hashable {
    public let id: UUID
    /// Whose sagas it is about; nil if it is not restricted to those of one tenant.
    public let tenant: String?
    public let verb: OperatorRequest.Verb
    /// As it was asked for; for people to read, since the sagas are found once only.
    public let filter: JSON
    public let reason: String
    /// Who asked, and what they might do then: each item is checked against it.
    public let requester: Requester
    /// Items per second.
    public let rate: Int
    /// The same order with the same key is made once; keys of different tenants have nothing to do with each other.
    public let key: String
    /// SHA-256 of what was asked for.
    public let digest: [UInt8]

    public init(
        id: UUID, tenant: String?, verb: OperatorRequest.Verb, filter: JSON, reason: String, requester: Requester,
        rate: Int, key: String, digest: [UInt8]
    ) {
        self.id = id
        self.tenant = tenant
        self.verb = verb
        self.filter = filter
        self.reason = reason
        self.requester = requester
        self.rate = rate
        self.key = key
        self.digest = digest
    }
}

/// What an item is called.
public struct JobItemName: Sendable, Hashable {
    public let job: UUID
    /// From 1 on, in the order of the sagas' ids: the oldest first.
    public let position: Int

    public init(job: UUID, position: Int) {
        self.job = job
        self.position = position
    }
}

/// One saga of a job.
public struct JobItem: Sendable, Hashable {
    public let name: JobItemName
    public let saga: UUID
    public let status: Status
    /// The saga's after the verb.
    public let revision: Int?
    /// What the verb changed, or why it was refused.
    public let message: String?
    public let at: Timestamp?

    public init(
        name: JobItemName, saga: UUID, status: Status = .pending, revision: Int? = nil, message: String? = nil,
        at: Timestamp? = nil
    ) {
        self.name = name
        self.saga = saga
        self.status = status
        self.revision = revision
        self.message = message
        self.at = at
    }

    public enum Status: String, Sendable, Hashable, CaseIterable {
        /// Has no outcome yet.
        case pending
        case done
        /// The saga's state, or what whoever asked may do, did not allow it.
        case refused
        /// A fault of the program, or damaged data.
        case failed
        /// Had no outcome when the job was aborted.
        case skipped
    }
}

/// What an item came to, to be written once.
public struct JobItemOutcome: Sendable, Hashable {
    public let item: JobItemName
    public let saga: UUID
    public let kind: Kind
    public let revision: Int?
    public let message: String

    public enum Kind: String, Sendable, Hashable, CaseIterable {
        case done, refused, failed

        public var status: JobItem.Status {
            switch self {
            case .done: .done
            case .refused: .refused
            case .failed: .failed
            }
        }
    }

    /// Of the message 1000 Unicode scalars are kept, without NUL.
    public init(item: JobItemName, saga: UUID, kind: Kind, revision: Int?, message: String) {
        self.item = item
        self.saga = saga
        self.kind = kind
        self.revision = revision
        self.message = AuditRecord.bounded(message, 1_000)
    }
}

/// Which jobs to list; what is nil or empty does not restrict.
public struct JobFilter: Sendable, Hashable {
    public var statuses: Set<SagaJob.Status> = []
    public var tenant: String?

    public init() {}
}

/// What a filter of sagas comes to, for people to see before they act.
public struct AffectedSagas: Sendable, Hashable {
    /// At most one more than the limit that was given.
    public let count: Int
    /// The largest first.
    public let groups: [Group]
    /// Some of them: the oldest.
    public let sample: [UUID]

    public static let sampleCount = 10
    public static let groupCount = 50

    public init(count: Int, groups: [Group], sample: [UUID]) {
        self.count = count
        self.groups = groups
        self.sample = sample
    }

    /// Sagas of one workflow version and status, with an open incident of one kind or none. One with two incidents is in
    /// two groups.
    public struct Group: Sendable, Hashable {
        public let workflow: String
        public let version: Int
        public let status: String
        public let step: String?
        public let cause: String?
        public let errorCode: String?
        public let count: Int

        public init(
            workflow: String, version: Int, status: String, step: String?, cause: String?, errorCode: String?,
            count: Int
        ) {
            self.workflow = workflow
            self.version = version
            self.status = status
            self.step = step
            self.cause = cause
            self.errorCode = errorCode
            self.count = count
        }
    }
}
