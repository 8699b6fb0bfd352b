public import SagaValues

/// What is to be told outside of incidents, from the transaction that opens or resolves one until it was delivered.
///
/// Apart from ``SagaStore``: the engine knows nothing of it.
public protocol NoticeStore: Sendable {
    /// Says who is told from now on. What waits for others is dropped.
    ///
    /// - Returns: how many deliveries were dropped.
    func setNoticeTargets(_ targets: [NoticeTarget]) async throws(StoreError) -> Int
    /// Makes deliveries of what waits for a target and may be told by now, and gives those that are due, the oldest first;
    /// nobody else is given them while the lease lasts.
    func claimNotices(for target: NoticeTarget, limit: Int, lease: Duration) async throws(StoreError)
        -> [NoticeDelivery]
    func noticeDelivered(_ id: UUID) async throws(StoreError)
    /// It is tried again after the pause.
    func noticeFailed(_ id: UUID, why: String, pause: Duration) async throws(StoreError)
    /// It is not tried again, which stands in the audit.
    func giveUpNotice(_ id: UUID, _ record: AuditRecord) async throws(StoreError)
}

/// Who is told of incidents.
public struct NoticeTarget: Sendable, Hashable {
    public let name: String
    /// Of incidents that are alike the first is told at once, and then a summary once in this time. Zero: each by itself.
    public let pause: Duration

    public init(name: String, pause: Duration) {
        self.name = name
        self.pause = pause
    }
}

/// One message to one target. Its id and its body are the same whenever it is tried.
public struct NoticeDelivery: Sendable, Hashable {
    public let id: UUID
    public let target: String
    /// `incident.opened` or `incident.resolved`.
    public let type: String
    /// UTF-8 JSON.
    public let body: [UInt8]
    public let writtenAt: Timestamp
    /// The store's clock when it was claimed.
    public let now: Timestamp
    /// With this one.
    public let attempts: Int

    public init(
        id: UUID, target: String, type: String, body: [UInt8], writtenAt: Timestamp, now: Timestamp, attempts: Int
    ) {
        self.id = id
        self.target = target
        self.type = type
        self.body = body
        self.writtenAt = writtenAt
        self.now = now
        self.attempts = attempts
    }
}
