public import SagaCore
public import SagaValues

/// What one round of the engine decided, to be written in one transaction.
public struct Batch: Sendable {
    public let node: NodeID
    /// Counts up by one for each batch of a node; stored with each saga it writes.
    public let number: Int64
    public var starts: [NewSaga] = []
    /// At most one per saga; none for a saga in `starts`.
    public var updates: [SagaUpdate] = []
    /// Rows of sagas in `starts` and `updates`.
    public var history: [HistoryRow] = []
    public var timersAdded: [SagaTimer] = []
    public var timersRemoved: [SagaTimer] = []
    public var incidentsOpened: [IncidentOpening] = []
    public var incidentsResolved: [IncidentResolution] = []
    /// Of sagas in `starts`, which have none that is stored, and `updates`.
    public var waitsEnded: [EndedWait] = []
    /// What persons had done to sagas in `updates`; left out with an update that is stale.
    public var audit: [AuditRecord] = []
    /// Why persons had sagas in `starts` begun; about whichever saga.
    public var startAudit: [AuditRecord] = []
    /// What the verbs of jobs did to sagas in `updates`. If one of these items has its outcome already, or its job is not
    /// running, the update is left out as if it were stale; see ``CommitResult/closed``.
    public var jobItems: [JobItemOutcome] = []

    public init(node: NodeID, number: Int64) {
        self.node = node
        self.number = number
    }

    public var isEmpty: Bool { starts.isEmpty && updates.isEmpty && timersRemoved.isEmpty }
}

/// A saga that begins.
public struct NewSaga: Sendable {
    public let id: UUID
    public let origin: SagaOrigin
    /// Sorted, each once. Held if the saga is running, in line if it is queued.
    public let locks: [String]
    public let row: SagaRow

    public init(id: UUID, origin: SagaOrigin, locks: [String], row: SagaRow) {
        self.id = id
        self.origin = origin
        self.locks = locks
        self.row = row
    }
}

/// What is known of a saga from its start on and never changes.
public struct SagaOrigin: Sendable, Hashable {
    /// The row id of the workflow version that it goes by.
    public var workflowID: Int32
    public let key: StartKey
    /// SHA-256 of the input's bytes.
    public let inputDigest: [UInt8]
    /// What people call it: an order number, say. Not unique.
    public let businessKey: String?
    /// The trace that it was started in; every command carries it.
    public let trace: TraceContext?
    public let startedAt: Timestamp
    /// The saga that it is a part of.
    public let parent: ParentLink?
    /// The saga that has ended and whose input it was started with once more.
    public let rerunOf: UUID?

    public init(
        workflowID: Int32, key: StartKey, inputDigest: [UInt8], businessKey: String?, trace: TraceContext?,
        startedAt: Timestamp, parent: ParentLink? = nil, rerunOf: UUID? = nil
    ) {
        self.parent = parent
        self.rerunOf = rerunOf
        self.workflowID = workflowID
        self.key = key
        self.inputDigest = inputDigest
        self.businessKey = businessKey
        self.trace = trace
        self.startedAt = startedAt
    }
}

/// Which step of which saga a child carries out. Two with the same one cannot be.
public struct ParentLink: Sendable, Hashable {
    public let saga: UUID
    public let step: String
    /// Which item of an `each`; 0 elsewhere.
    public let item: Int
    /// A new round is a new child: the one before could not finish.
    public let round: Int
    /// The `each` whose body the child runs; nil if it runs a workflow of its own.
    public let body: String?
    /// How many parents it has above it: 1 for the child of a saga that somebody started.
    public let depth: Int

    public init(saga: UUID, step: String, item: Int, round: Int, body: String?, depth: Int) {
        self.saga = saga
        self.step = step
        self.item = item
        self.round = round
        self.body = body
        self.depth = depth
    }

    /// The step and the item, whichever round.
    public struct Place: Sendable, Hashable {
        public let saga: UUID
        public let step: String
        public let item: Int
    }

    public var place: Place { Place(saga: saga, step: step, item: item) }

    /// The idempotency key of its start.
    public var key: String { "child:\(saga)/\(step)/\(item)/\(round)" }
}

/// What makes a start the same start: unique over all sagas.
public struct StartKey: Sendable, Hashable {
    public let tenant: String
    public let workflow: String
    public let idempotencyKey: String

    public init(tenant: String, workflow: String, idempotencyKey: String) {
        self.tenant = tenant
        self.workflow = workflow
        self.idempotencyKey = idempotencyKey
    }
}

/// The part of a saga that every transition rewrites.
public struct SagaRow: Sendable, Hashable {
    public let status: Saga.Status
    public let revision: Int
    /// ``Saga/encodedState()``.
    public let state: [UInt8]
    /// The earliest timer that is stored for it, or nil. Not indexed, so that it may change cheaply.
    public let timerAt: Timestamp?
    public let hasOpenIncident: Bool
    public let updatedAt: Timestamp
    /// When it became terminal.
    public let endedAt: Timestamp?

    public init(
        status: Saga.Status, revision: Int, state: [UInt8], timerAt: Timestamp?, hasOpenIncident: Bool,
        updatedAt: Timestamp, endedAt: Timestamp?
    ) {
        self.status = status
        self.revision = revision
        self.state = state
        self.timerAt = timerAt
        self.hasOpenIncident = hasOpenIncident
        self.updatedAt = updatedAt
        self.endedAt = endedAt
    }
}

/// A further step of a saga. The row of one that has ended may change too: the parent of a completed child may have it
/// undone.
public struct SagaUpdate: Sendable, Hashable {
    public let id: UUID
    /// The revision that the stored row must have.
    public let expectedRevision: Int
    public let row: SagaRow
    /// Whether its place in line becomes the lock itself.
    public let takesLocks: Bool
    /// Whether its locks are given back; so when it ends.
    public let releasesLocks: Bool
    /// Whether this batch answers for the saga's commands from now on. One that sends none leaves that with who did:
    /// what somebody else may not have got out would be nobody's.
    public let sends: Bool
    /// The row id of the workflow version that it goes by from now on; nil if it is the one that it has.
    public let movedTo: Int32?

    public init(
        id: UUID, expectedRevision: Int, row: SagaRow, takesLocks: Bool, releasesLocks: Bool, sends: Bool = true,
        movedTo: Int32? = nil
    ) {
        self.id = id
        self.expectedRevision = expectedRevision
        self.row = row
        self.takesLocks = takesLocks
        self.releasesLocks = releasesLocks
        self.sends = sends
        self.movedTo = movedTo
    }
}

public struct HistoryRow: Sendable, Hashable {
    public let saga: UUID
    public let entry: HistoryEntry

    public init(saga: UUID, entry: HistoryEntry) {
        self.saga = saga
        self.entry = entry
    }
}

/// A promise to look at a saga at a time. A saga may have several; those that find nothing to do are dropped.
public struct SagaTimer: Sendable, Hashable {
    public let saga: UUID
    public let due: Timestamp

    public init(saga: UUID, due: Timestamp) {
        self.saga = saga
        self.due = due
    }
}

public struct IncidentOpening: Sendable, Hashable {
    public let saga: UUID
    /// With the saga, the incident's name.
    public let openedRevision: Int
    public let step: String
    public let participant: String
    public let cause: Incident.Cause
    public let error: StepError?
    public let at: Timestamp

    public init(
        saga: UUID, openedRevision: Int, step: String, participant: String, cause: Incident.Cause, error: StepError?,
        at: Timestamp
    ) {
        self.saga = saga
        self.openedRevision = openedRevision
        self.step = step
        self.participant = participant
        self.cause = cause
        self.error = error
        self.at = at
    }
}

public struct IncidentResolution: Sendable, Hashable {
    public let saga: UUID
    public let openedRevision: Int
    /// The kind of the event that resolved it.
    public let resolution: HistoryEntry.Kind
    public let at: Timestamp

    public init(saga: UUID, openedRevision: Int, resolution: HistoryEntry.Kind, at: Timestamp) {
        self.saga = saga
        self.openedRevision = openedRevision
        self.resolution = resolution
        self.at = at
    }
}

public struct CommitResult: Sendable, Hashable {
    /// Updates that were left out since their saga had moved on.
    public let stale: Set<UUID>
    /// Items that have their outcome already, or whose job is not running. The updates of their sagas are among `stale`.
    public let closed: Set<JobItemName>
    /// The store's clock at the commit.
    public let now: Timestamp

    public init(stale: Set<UUID>, closed: Set<JobItemName> = [], now: Timestamp) {
        self.stale = stale
        self.closed = closed
        self.now = now
    }
}
