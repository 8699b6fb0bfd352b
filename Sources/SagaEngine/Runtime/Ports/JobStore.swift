public import SagaValues

/// Where jobs live, and their items; a part of every ``SagaStore``.
///
/// An item's outcome is written while it has none and its job is running, or not at all. That of a verb that was carried
/// out goes with the saga's own change, in ``Batch/jobItems``: so there is no moment at which one is there without the
/// other, and whoever hands in an item for the second time changes nothing.
public protocol JobStore: Sendable {
    /// How many sagas a filter admits, up to one more than `limit`, and what they are like.
    /// - Throws: `tooMuch`, as ``SagaStore/list(_:after:limit:)`` does.
    func affected(by filter: SagaFilter, limit: Int) async throws(StoreError) -> AffectedSagas

    /// Makes a job over the sagas that a filter admits now, with its line in the audit: in one statement, so that the set
    /// is that of one moment. A job over no saga is done at once.
    /// - Parameter limit: how many sagas it may have.
    /// - Throws: `tooMuch`, as ``SagaStore/list(_:after:limit:)`` does.
    func create(
        _ order: JobOrder, over filter: SagaFilter, limit: Int, audit: AuditRecord
    ) async throws(StoreError) -> JobCreation

    func job(_ id: UUID) async throws(StoreError) -> SagaJob?

    /// Those before `cursor`, newest first.
    func jobs(_ filter: JobFilter, before cursor: UUID?, limit: Int) async throws(StoreError) -> [SagaJob]

    /// In the order of their positions, from the one after `position`. What an aborted job left alone is skipped.
    func items(
        of job: UUID, status: JobItem.Status?, after position: Int, limit: Int
    ) async throws(StoreError) -> [JobItem]

    /// Gives a job another status if it has one of `statuses`, with a line in the audit. From its return on nothing is
    /// written for a job that is not running.
    ///
    /// - Returns: the job as it is now; nil if there is none, or it has another status.
    func steer(
        _ job: UUID, from statuses: Set<SagaJob.Status>, to status: SagaJob.Status, audit: AuditRecord
    ) async throws(StoreError) -> SagaJob?

    /// The oldest first.
    func runningJobs(limit: Int) async throws(StoreError) -> [SagaJob]

    /// Items without an outcome, in the order of their positions; none if the job is not running.
    func pendingItems(of job: UUID, limit: Int) async throws(StoreError) -> [JobItem]

    /// Writes the outcome of an item whose saga did not change, with a line in the audit. A job whose last item it is, is done.
    ///
    /// - Returns: false if the item has one already, or its job is not running: then nothing is written.
    func settle(_ outcome: JobItemOutcome, audit: AuditRecord?) async throws(StoreError) -> Bool
}

/// What came of the wish to make a job.
public enum JobCreation: Sendable, Hashable {
    case made(SagaJob)
    /// One was made with this key before; it may be another order.
    case known(SagaJob)
    /// The filter admits more sagas than a job may have. Nothing was made.
    case tooMany
}
