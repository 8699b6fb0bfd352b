public import SagaCore
public import SagaValues

/// Where sagas live. The engine decides; a store keeps what was decided, whole batches at a time.
///
/// One contract suite holds for every implementation. All times are those of the store's own clock.
public protocol SagaStore: JobStore, ChangeStore, DeadLetterStore, OverviewStore, ArchiveStore, ParticipantStore,
    WorkflowStore, RetentionStore
{
    // MARK: Nodes

    /// Makes a new node known. A process that was taken for dead registers again under a new id.
    func register(nodeNamed name: String) async throws(StoreError) -> NodeID

    /// Extends the node's lease and stores how far the broker has confirmed what it committed.
    ///
    /// - Parameter watermark: every batch of this node up to this number has been confirmed.
    /// - Returns: what a node needs to know about the others; see ``Heartbeat``.
    func heartbeat(_ node: NodeID, watermark: Int64, lease: Duration) async throws(StoreError) -> Heartbeat

    /// Nothing of this node is left to be published: it is gone for good. Its commits fail from now on.
    func retire(_ node: NodeID) async throws(StoreError)

    /// Makes `batch` of `node` answer for the commands of open sagas for which `dead` answers with a batch after
    /// `watermark` and before `bound`, and names them.
    ///
    /// Revisions do not change. Whoever calls it with a further batch until it returns fewer than `limit` has all of
    /// them. Called again with the same batch it names what that batch answers for already as well: the answer to the
    /// first call may have been lost.
    /// - Parameters:
    ///   - dead: a node that was declared dead, or `node` itself, for what it could not get out.
    ///   - bound: the first batch that is left alone; for `node` itself no later than the first one that claims.
    func claim(
        from dead: NodeID, after watermark: Int64, before bound: Int64, by node: NodeID, batch: Int64, limit: Int
    ) async throws(StoreError) -> [UUID]

    // MARK: The hot path

    /// The sagas with these ids that exist, in any order.
    func load(_ ids: [UUID]) async throws(StoreError) -> [StoredSaga]

    /// The same, but their payloads may be left out: ``payloads(_:)`` gives those that are needed.
    func loadStates(_ ids: [UUID]) async throws(StoreError) -> [StoredSaga]

    /// What these rows of sagas' histories hold; those that are not there are left out.
    func payloads(_ wanted: [UUID: Set<Int>]) async throws(StoreError) -> [UUID: [Int: [UInt8]]]

    /// Which of these starts were made before, and which lock keys are taken, by holders or by those in line.
    func lookUp(starts: [StartKey], lockKeys: [String]) async throws(StoreError) -> StartLookup

    /// The children that carry out these steps and items, the one of the last round of each. In any order.
    func children(of links: [ParentLink]) async throws(StoreError) -> [ChildRecord]

    /// Makes it known that steps wait for events, and gives those that came before, but since
    /// ``EventWait/since``, oldest first. Events that their saga has taken are not among them.
    ///
    /// What it stores is there before it looks, and ``keep(_:)`` does likewise: of a wait and an event that meet, one
    /// at least sees the other. A wait that is known already is not made twice.
    func listen(_ waits: [EventWait]) async throws(StoreError) -> [MatchedEvent]

    /// Keeps events, each id once, and gives the steps that wait for them; also for those that it has already, since
    /// whoever kept them may not have got further. Of an event that comes again the first body stands, and keys that
    /// it did not have are added.
    ///
    /// One with a recipient is found by that saga alone, and its line of the audit is written when it is kept.
    func keep(_ events: [KeptEvent]) async throws(StoreError) -> KeptEvents

    /// Whether a saga has taken an event of this id, whoever sent it.
    func hasTaken(event id: String, saga: UUID) async throws(StoreError) -> Bool

    /// Events with a recipient that waits for them and has not taken them; at most `limit`.
    func signalsWaitedFor(limit: Int) async throws(StoreError) -> [MatchedEvent]

    /// Drops events that were kept before that time, with what is known of who took them, starts that failed before it,
    /// and what is left of the waits of sagas that have ended; at most `limit` of each. Gives how many it dropped, so 0 once nothing is left.
    func dropEvents(before: Timestamp, limit: Int) async throws(StoreError) -> Int

    /// How far the schedules of these workflows have been seen to. One that is asked about for the first time has been
    /// seen to up to now, for good.
    func schedules(of workflows: [String]) async throws(StoreError) -> ScheduleMarks

    /// All times of a workflow's schedule up to this one are done with. A mark never moves back.
    func advanceSchedule(of workflow: String, to time: Timestamp) async throws(StoreError)

    /// Keeps a start that could not be made, for people to see; its time is that of the store. Of the same start the
    /// last reason stands.
    func keep(failedStart start: FailedStart) async throws(StoreError)

    /// Writes a batch in one transaction.
    ///
    /// An update whose saga is no longer at the expected revision is left out together with everything
    /// that belongs to it, and the rest is committed.
    /// - Throws: ``StoreError`` with `startConflict` if a start or a lock key was taken meanwhile (nothing is
    ///   written; look up again), `versionRetired` if a saga would start with a version that was retired (nothing is written;
    ///   look at the versions again), `nodeRetired` if this node was declared dead, `outcomeUnknown` if the
    ///   connection was lost while the commit may have happened.
    func commit(_ batch: Batch) async throws(StoreError) -> CommitResult

    /// Timers whose time has come, the oldest first. They stay until a batch removes them.
    func dueTimers(limit: Int) async throws(StoreError) -> [DueTimer]

    /// Sagas in line for lock keys whose turn it is.
    func grantable(limit: Int) async throws(StoreError) -> [UUID]

    // MARK: Workflows

    /// Stores a workflow version; its text is immutable from then on. One that is higher than all that are there is active
    /// at once.
    ///
    /// - Returns: the stored version: the same one if it was deployed before with the same digest.
    /// - Throws: `versionConflict` if this version exists with another digest.
    func deploy(workflow: String, version: Int, digest: String, source: String) async throws(StoreError)
        -> WorkflowRecord

    /// All versions, or those with the given ids.
    func workflows(ids: [Int32]?) async throws(StoreError) -> [WorkflowRecord]

    // MARK: Questions

    func summary(_ id: UUID) async throws(StoreError) -> SagaSummary?
    /// Those before `cursor`, newest first: by their ids, which never change, so that pages neither skip nor repeat one.
    /// - Throws: `tooMuch` if the store had to read so much that it gave up; another filter helps.
    func list(_ filter: SagaFilter, after cursor: UUID?, limit: Int) async throws(StoreError) -> [SagaSummary]
    /// In order, from the row after `revision`.
    func history(_ id: UUID, after revision: Int, limit: Int) async throws(StoreError) -> [HistoryEntry]
    /// Those behind `cursor`, newest first.
    /// - Throws: `tooMuch`, as ``list(_:after:limit:)`` does.
    func incidents(
        _ filter: IncidentFilter, after cursor: IncidentPlace?, limit: Int
    ) async throws(StoreError) -> [IncidentRecord]
    /// One group for each workflow, step, participant, cause and error code among the incidents; the largest first, of
    /// equal ones the one with the newest incident.
    /// - Throws: `tooMuch`, as ``list(_:after:limit:)`` does.
    func incidentGroups(_ filter: IncidentFilter, limit: Int) async throws(StoreError) -> [IncidentGroup]
    func incident(_ name: IncidentName) async throws(StoreError) -> IncidentRecord?
    /// Says who sees to an incident; nil for nobody. False if there is no such incident.
    func assign(_ name: IncidentName, to assignee: String?, by author: String) async throws(StoreError) -> Bool
    /// Adds a comment; its time is that of the store. False if there is no such incident.
    func comment(on name: IncidentName, _ text: String, by author: String) async throws(StoreError) -> Bool
    /// The last ones, in the order in which they were written.
    func comments(on name: IncidentName, limit: Int) async throws(StoreError) -> [IncidentComment]
    /// What became of a workflow's sagas within a window that ends now, by the store's clock.
    func statistics(of workflow: String, over window: StatisticsWindow) async throws(StoreError) -> WorkflowStatistics
    /// Counts what ended since this was called last, so that nobody has to when statistics are asked for; the answers are
    /// the same without. True if it should be called again at once.
    func rollUpStatistics() async throws(StoreError) -> Bool
    /// Where a saga stands in line for each of its lock keys, in their order; empty if it is not in line.
    func lockPlaces(of saga: UUID) async throws(StoreError) -> [LockPlace]
    /// Adds lines to the audit that belong to no batch: what was refused, and what is not about a saga.
    func audit(_ records: [AuditRecord]) async throws(StoreError)
    /// The last come first, from the one before `cursor`.
    func auditRecords(
        _ filter: AuditFilter, before cursor: Int64?, limit: Int
    ) async throws(StoreError) -> [StoredAuditRecord]
    /// Those that failed last come first.
    func failedStarts(limit: Int) async throws(StoreError) -> [FailedStart]
    /// Answers if the store can be written to; the time by its clock.
    func ping() async throws(StoreError) -> Timestamp

    // MARK: Access tokens

    /// Stores a token that nobody has used yet. Its id must be new, so it is to be drawn at random.
    func create(accessToken token: NewAccessToken) async throws(StoreError) -> AccessToken
    /// The token with this id, also if it has expired or was revoked.
    func accessToken(_ id: String) async throws(StoreError) -> FoundAccessToken?
    /// Newest first; those of one tenant only, if one is given, and those only that can still be used unless `all`.
    func accessTokens(tenant: String?, all: Bool, limit: Int) async throws(StoreError) -> [AccessToken]
    /// Revokes the token with this id, for good; of one that was revoked before the first time stands. nil if there is none,
    /// or `tenant` is given and it is not of that one.
    func revoke(accessToken id: String, tenant: String?, by subject: String) async throws(StoreError) -> AccessToken?
    /// Notes that a token is in use, now. Within a minute of the last note nothing is written.
    func noteUse(ofAccessToken id: String) async throws(StoreError)
}

/// One process that runs the engine, for as long as it lives.
public struct NodeID: RawRepresentable, Sendable, Hashable, Comparable, CustomStringConvertible {
    public let rawValue: Int64

    public init(rawValue: Int64) { self.rawValue = rawValue }

    public static func < (left: NodeID, right: NodeID) -> Bool { left.rawValue < right.rawValue }

    public var description: String { String(rawValue) }
}

/// A child and what it carries out.
public struct ChildRecord: Sendable, Hashable {
    public let saga: UUID
    public let link: ParentLink

    public init(saga: UUID, link: ParentLink) {
        self.saga = saga
        self.link = link
    }
}

/// What a node learns when it extends its lease.
public struct Heartbeat: Sendable, Hashable {
    /// The store's clock.
    public let now: Timestamp
    /// This node was declared dead: it must register again.
    public let isRetired: Bool
    /// The node with the lowest id among the living looks after timers and lock queues.
    public let isLeader: Bool
    /// Nodes whose lease ran out or whose process is gone, with their watermarks.
    public let dead: [DeadNode]

    public struct DeadNode: Sendable, Hashable {
        public let id: NodeID
        public let watermark: Int64

        public init(id: NodeID, watermark: Int64) {
            self.id = id
            self.watermark = watermark
        }
    }

    public init(now: Timestamp, isRetired: Bool, isLeader: Bool, dead: [DeadNode]) {
        self.now = now
        self.isRetired = isRetired
        self.isLeader = isLeader
        self.dead = dead
    }
}

/// What went wrong in a store. Decisions are made on the code, never on the text.
public struct StoreError: Error, Sendable, CustomStringConvertible {
    public let code: Code
    public let message: String

    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    public enum Code: Sendable, Hashable {
        /// Not reachable, shutting down, or not answering in time; nothing was written. Try again.
        case unavailable
        /// The transaction may or may not have been committed: look before trying again.
        case outcomeUnknown
        /// Lost against another transaction; nothing was written. Try the whole batch again.
        case contention
        /// Somebody holds a row that the batch needs, and does not let go; nothing was written. Others need not wait.
        case blocked
        case startConflict
        case nodeRetired
        case versionRetired
        case versionConflict
        /// A question would have to read so much that it was given up. A narrower one can be answered.
        case tooMuch
        /// Read-only, out of disk, or not privileged: trying again at once will not help.
        case refused
        /// A stored value cannot be understood, or a statement is wrong: a bug or damage.
        case broken
    }

    public var description: String { message }
}
