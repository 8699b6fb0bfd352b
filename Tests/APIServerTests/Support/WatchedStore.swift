import SagaCore
import SagaEngine
import SagaValues
import Synchronization

/// What was read from a store.
final class Watched: Sendable {
    fileprivate let reads = Mutex<[Int]>([])
    fileprivate let looks = Mutex(0)
    fileprivate let tokens = Mutex<[String]>([])
    fileprivate let uses = Mutex<[String]>([])

    /// The ids of tokens that were looked for, call by call.
    var tokenReads: [String] { tokens.withLock { $0 } }
    /// The ids of tokens whose use was noted, call by call.
    var tokenUses: [String] { uses.withLock { $0 } }

    /// The revisions after which rows of histories were asked for.
    var historyReads: [Int] { reads.withLock { $0 } }
    /// How often somebody looked at a saga.
    var summaryReads: Int { looks.withLock { $0 } }

    func store(_ inner: any SagaStore) -> any SagaStore { WatchedStore(inner: inner, watched: self) }
}

/// Passes everything on, and notes what is read.
private struct WatchedStore: SagaStore {
    let inner: any SagaStore
    let watched: Watched

    func history(_ id: UUID, after revision: Int, limit: Int) async throws(StoreError) -> [HistoryEntry] {
        watched.reads.withLock { $0.append(revision) }
        return try await inner.history(id, after: revision, limit: limit)
    }

    func register(nodeNamed name: String) async throws(StoreError) -> NodeID {
        try await inner.register(nodeNamed: name)
    }
    func heartbeat(_ node: NodeID, watermark: Int64, lease: Duration) async throws(StoreError) -> Heartbeat {
        try await inner.heartbeat(node, watermark: watermark, lease: lease)
    }
    func retire(_ node: NodeID) async throws(StoreError) { try await inner.retire(node) }
    func exchange(_ notes: [ParticipantNote], window: Duration) async throws(StoreError) -> [ParticipantRecord] {
        try await inner.exchange(notes, window: window)
    }
    func change(
        participant name: String, _ change: ParticipantChange, ifAt version: Int?, audit: AuditRecord?
    ) async throws(StoreError) -> Bool {
        try await inner.change(participant: name, change, ifAt: version, audit: audit)
    }
    func dropOutcomes(before: Timestamp) async throws(StoreError) { try await inner.dropOutcomes(before: before) }
    func claim(
        from dead: NodeID, after watermark: Int64, before bound: Int64, by node: NodeID, batch: Int64, limit: Int
    ) async throws(StoreError) -> [UUID] {
        try await inner.claim(from: dead, after: watermark, before: bound, by: node, batch: batch, limit: limit)
    }
    func load(_ ids: [UUID]) async throws(StoreError) -> [StoredSaga] { try await inner.load(ids) }
    func loadStates(_ ids: [UUID]) async throws(StoreError) -> [StoredSaga] { try await inner.loadStates(ids) }
    func payloads(_ wanted: [UUID: Set<Int>]) async throws(StoreError) -> [UUID: [Int: [UInt8]]] {
        try await inner.payloads(wanted)
    }
    func lookUp(starts: [StartKey], lockKeys: [String]) async throws(StoreError) -> StartLookup {
        try await inner.lookUp(starts: starts, lockKeys: lockKeys)
    }
    func children(of links: [ParentLink]) async throws(StoreError) -> [ChildRecord] {
        try await inner.children(of: links)
    }
    func listen(_ waits: [EventWait]) async throws(StoreError) -> [MatchedEvent] { try await inner.listen(waits) }
    func keep(_ events: [KeptEvent]) async throws(StoreError) -> KeptEvents { try await inner.keep(events) }
    func hasTaken(event id: String, saga: UUID) async throws(StoreError) -> Bool {
        try await inner.hasTaken(event: id, saga: saga)
    }

    func signalsWaitedFor(limit: Int) async throws(StoreError) -> [MatchedEvent] {
        try await inner.signalsWaitedFor(limit: limit)
    }

    func dropEvents(before: Timestamp, limit: Int) async throws(StoreError) -> Int {
        try await inner.dropEvents(before: before, limit: limit)
    }
    func schedules(of workflows: [String]) async throws(StoreError) -> ScheduleMarks {
        try await inner.schedules(of: workflows)
    }
    func advanceSchedule(of workflow: String, to time: Timestamp) async throws(StoreError) {
        try await inner.advanceSchedule(of: workflow, to: time)
    }
    func commit(_ batch: Batch) async throws(StoreError) -> CommitResult { try await inner.commit(batch) }
    func dueTimers(limit: Int) async throws(StoreError) -> [DueTimer] { try await inner.dueTimers(limit: limit) }
    func grantable(limit: Int) async throws(StoreError) -> [UUID] { try await inner.grantable(limit: limit) }
    func deploy(
        workflow: String, version: Int, digest: String, source: String
    ) async throws(StoreError) -> WorkflowRecord {
        try await inner.deploy(workflow: workflow, version: version, digest: digest, source: source)
    }
    func change(
        version: Int, of workflow: String, _ deed: VersionDeed, audit: AuditRecord
    ) async throws(StoreError) -> VersionChange {
        try await inner.change(version: version, of: workflow, deed, audit: audit)
    }
    func workflows(ids: [Int32]?) async throws(StoreError) -> [WorkflowRecord] { try await inner.workflows(ids: ids) }
    func summary(_ id: UUID) async throws(StoreError) -> SagaSummary? {
        watched.looks.withLock { $0 += 1 }
        return try await inner.summary(id)
    }
    func list(_ filter: SagaFilter, after cursor: UUID?, limit: Int) async throws(StoreError) -> [SagaSummary] {
        try await inner.list(filter, after: cursor, limit: limit)
    }
    func incidents(
        _ filter: IncidentFilter, after cursor: IncidentPlace?, limit: Int
    ) async throws(StoreError) -> [IncidentRecord] {
        try await inner.incidents(filter, after: cursor, limit: limit)
    }
    func incidentGroups(_ filter: IncidentFilter, limit: Int) async throws(StoreError) -> [IncidentGroup] {
        try await inner.incidentGroups(filter, limit: limit)
    }
    func incident(_ name: IncidentName) async throws(StoreError) -> IncidentRecord? { try await inner.incident(name) }
    func assign(_ name: IncidentName, to assignee: String?, by author: String) async throws(StoreError) -> Bool {
        try await inner.assign(name, to: assignee, by: author)
    }
    func comment(on name: IncidentName, _ text: String, by author: String) async throws(StoreError) -> Bool {
        try await inner.comment(on: name, text, by: author)
    }
    func comments(on name: IncidentName, limit: Int) async throws(StoreError) -> [IncidentComment] {
        try await inner.comments(on: name, limit: limit)
    }
    func statistics(
        of workflow: String, over window: StatisticsWindow
    ) async throws(StoreError) -> WorkflowStatistics {
        try await inner.statistics(of: workflow, over: window)
    }
    func rollUpStatistics() async throws(StoreError) -> Bool { try await inner.rollUpStatistics() }
    func keep(failedStart start: FailedStart) async throws(StoreError) { try await inner.keep(failedStart: start) }
    func lockPlaces(of saga: UUID) async throws(StoreError) -> [LockPlace] { try await inner.lockPlaces(of: saga) }
    func failedStarts(limit: Int) async throws(StoreError) -> [FailedStart] {
        try await inner.failedStarts(limit: limit)
    }
    func audit(_ records: [AuditRecord]) async throws(StoreError) { try await inner.audit(records) }
    func auditRecords(
        _ filter: AuditFilter, before cursor: Int64?, limit: Int
    ) async throws(StoreError) -> [StoredAuditRecord] {
        try await inner.auditRecords(filter, before: cursor, limit: limit)
    }
    func changes(after mark: ChangeMark?, limit: Int) async throws(StoreError) -> ChangePage {
        try await inner.changes(after: mark, limit: limit)
    }
    func overview(tenant: String?, oldest: Int) async throws(StoreError) -> Overview {
        try await inner.overview(tenant: tenant, oldest: oldest)
    }
    func ping() async throws(StoreError) -> Timestamp { try await inner.ping() }
    func create(accessToken token: NewAccessToken) async throws(StoreError) -> AccessToken {
        try await inner.create(accessToken: token)
    }
    func accessToken(_ id: String) async throws(StoreError) -> FoundAccessToken? {
        watched.tokens.withLock { $0.append(id) }
        return try await inner.accessToken(id)
    }
    func accessTokens(tenant: String?, all: Bool, limit: Int) async throws(StoreError) -> [AccessToken] {
        try await inner.accessTokens(tenant: tenant, all: all, limit: limit)
    }
    func revoke(accessToken id: String, tenant: String?, by subject: String) async throws(StoreError) -> AccessToken? {
        try await inner.revoke(accessToken: id, tenant: tenant, by: subject)
    }
    func archived(_ id: UUID) async throws(StoreError) -> ArchivedSaga? { try await inner.archived(id) }
    func keep(deadLetters letters: [NewDeadLetter]) async throws(StoreError) {
        try await inner.keep(deadLetters: letters)
    }
    func deadLetters(
        _ filter: DeadLetterFilter, after cursor: UUID?, limit: Int
    ) async throws(StoreError) -> [DeadLetter] {
        try await inner.deadLetters(filter, after: cursor, limit: limit)
    }
    func deadLetter(_ id: UUID) async throws(StoreError) -> (letter: DeadLetter, content: DeadLetterContent)? {
        try await inner.deadLetter(id)
    }
    func end(
        deadLetter id: UUID, seen: Int, as kind: DeadLetter.End.Kind, by subject: String, reason: String,
        audit record: AuditRecord
    ) async throws(StoreError) -> Bool {
        try await inner.end(deadLetter: id, seen: seen, as: kind, by: subject, reason: reason, audit: record)
    }
    func deadLetterStock() async throws(StoreError) -> DeadLetterStock { try await inner.deadLetterStock() }
    func dropDeadLetters(endedBefore time: Timestamp, limit: Int) async throws(StoreError) -> Int {
        try await inner.dropDeadLetters(endedBefore: time, limit: limit)
    }
    func dropJobs(endedBefore time: Timestamp, limit: Int) async throws(StoreError) -> Int {
        try await inner.dropJobs(endedBefore: time, limit: limit)
    }
    func dropAccessTokens(endedBefore time: Timestamp, limit: Int) async throws(StoreError) -> Int {
        try await inner.dropAccessTokens(endedBefore: time, limit: limit)
    }
    func noteUse(ofAccessToken id: String) async throws(StoreError) {
        watched.uses.withLock { $0.append(id) }
        try await inner.noteUse(ofAccessToken: id)
    }
}

extension WatchedStore {
    func affected(by filter: SagaFilter, limit: Int) async throws(StoreError) -> AffectedSagas {
        try await inner.affected(by: filter, limit: limit)
    }
    func create(
        _ order: JobOrder, over filter: SagaFilter, limit: Int, audit: AuditRecord
    ) async throws(StoreError) -> JobCreation {
        try await inner.create(order, over: filter, limit: limit, audit: audit)
    }
    func job(_ id: UUID) async throws(StoreError) -> SagaJob? { try await inner.job(id) }
    func jobs(_ filter: JobFilter, before cursor: UUID?, limit: Int) async throws(StoreError) -> [SagaJob] {
        try await inner.jobs(filter, before: cursor, limit: limit)
    }
    func items(
        of job: UUID, status: JobItem.Status?, after position: Int, limit: Int
    ) async throws(StoreError) -> [JobItem] {
        try await inner.items(of: job, status: status, after: position, limit: limit)
    }
    func steer(
        _ job: UUID, from statuses: Set<SagaJob.Status>, to status: SagaJob.Status, audit: AuditRecord
    ) async throws(StoreError) -> SagaJob? {
        try await inner.steer(job, from: statuses, to: status, audit: audit)
    }
    func runningJobs(limit: Int) async throws(StoreError) -> [SagaJob] { try await inner.runningJobs(limit: limit) }
    func pendingItems(of job: UUID, limit: Int) async throws(StoreError) -> [JobItem] {
        try await inner.pendingItems(of: job, limit: limit)
    }
    func settle(_ outcome: JobItemOutcome, audit: AuditRecord?) async throws(StoreError) -> Bool {
        try await inner.settle(outcome, audit: audit)
    }
}
