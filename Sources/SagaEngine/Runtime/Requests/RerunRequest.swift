internal import SagaCore
public import SagaValues

/// A wish to run once more what a saga that has ended was started with.
public struct RerunRequest: Sendable {
    public let saga: UUID
    /// nil: the active version.
    public let version: Int?
    /// What names this run, so that it is made once; nil if the saga is to be run once more and no oftener.
    public let idempotencyKey: String?
    public let reason: String
    public let requester: Requester
    public let trace: TraceContext?
    /// Whether only what would come of it is wanted: nothing is started.
    public let isRehearsal: Bool

    public init(
        saga: UUID, version: Int? = nil, idempotencyKey: String? = nil, reason: String, requester: Requester,
        trace: TraceContext? = nil, isRehearsal: Bool = false
    ) {
        self.saga = saga
        self.version = version
        self.idempotencyKey = idempotencyKey
        self.reason = reason
        self.requester = requester
        self.trace = trace
        self.isRehearsal = isRehearsal
    }
}

/// What came of it, or would come of it.
public struct RerunResult: Sendable, Hashable {
    /// The saga that runs, or ran, in its place; nil if it would be a new one.
    public let saga: UUID?
    public let version: Int
    /// False if it had been run under this key before.
    public let isNew: Bool
    /// In sentences.
    public let changes: [String]
}

/// What a start is another run of, and on whose word.
struct Rerun: Sendable {
    let of: UUID
    /// How that one ended.
    let status: Saga.Status
    let reason: String
    let requester: Requester

    /// The line of the audit, about the saga that had ended.
    func record(of start: StartOrder, at now: Timestamp) -> AuditRecord {
        AuditRecord(
            at: now, author: .init(requester), verb: Engine.rerunVerb, outcome: .done, tenant: start.key.tenant,
            saga: of, workflow: start.key.workflow, reason: reason,
            detail: [
                "before": ["status": .string(status.rawValue)],
                "after": [
                    "saga": .string(start.id.description),
                    "version": .number(String(start.workflow.plan.version)),
                ],
            ])
    }
}
