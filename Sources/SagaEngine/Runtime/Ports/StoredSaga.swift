public import SagaValues

/// A saga as it was loaded.
public struct StoredSaga: Sendable {
    public let id: UUID
    public let origin: SagaOrigin
    public let row: SagaRow
    /// The input and the outputs by the revision of the history row that holds them.
    public let payloads: [Int: [UInt8]]
    /// The node that answers for the commands in flight, if it has not said yet that the broker has them.
    public let owedBy: NodeID?

    public init(id: UUID, origin: SagaOrigin, row: SagaRow, payloads: [Int: [UInt8]], owedBy: NodeID? = nil) {
        self.id = id
        self.origin = origin
        self.row = row
        self.payloads = payloads
        self.owedBy = owedBy
    }
}

/// What is known about starts that are about to be made.
public struct StartLookup: Sendable {
    /// Sagas that were started under the same key, with the digest of their input.
    public let existing: [StartKey: Existing]
    /// Lock keys that somebody holds or is in line for.
    public let taken: Set<String>

    public struct Existing: Sendable, Hashable {
        public let saga: UUID
        public let inputDigest: [UInt8]

        public init(saga: UUID, inputDigest: [UInt8]) {
            self.saga = saga
            self.inputDigest = inputDigest
        }
    }

    public init(existing: [StartKey: Existing], taken: Set<String>) {
        self.existing = existing
        self.taken = taken
    }
}

/// A timer whose time has come, and whether its saga has ended already.
public struct DueTimer: Sendable, Hashable {
    public let timer: SagaTimer
    public let isMoot: Bool

    public init(timer: SagaTimer, isMoot: Bool) {
        self.timer = timer
        self.isMoot = isMoot
    }
}

/// A saga as lists show it.
public struct SagaSummary: Sendable, Hashable {
    public let id: UUID
    public let origin: SagaOrigin
    public let workflowVersion: Int
    public let row: SagaRow

    public init(id: UUID, origin: SagaOrigin, workflowVersion: Int, row: SagaRow) {
        self.id = id
        self.origin = origin
        self.workflowVersion = workflowVersion
        self.row = row
    }
}
