public import SagaCore
public import SagaValues

/// What is known of sagas that are no longer in the store.
public protocol ArchiveStore: Sendable {
    /// What is left of a saga that was archived; nil if there is none, or its key was forgotten since.
    func archived(_ id: UUID) async throws(StoreError) -> ArchivedSaga?
}

/// What is left of a saga once it was archived. A start with its key finds it, and starts nothing.
public struct ArchivedSaga: Sendable, Hashable {
    public let id: UUID
    public let key: StartKey
    public let status: Saga.Status
    public let endedAt: Timestamp
    /// The file that it stands in, as it was called when it was written.
    public let file: String

    public init(id: UUID, key: StartKey, status: Saga.Status, endedAt: Timestamp, file: String) {
        self.id = id
        self.key = key
        self.status = status
        self.endedAt = endedAt
        self.file = file
    }
}
