public import SagaValues

/// A saga in a list.
public struct SagaListItem: Codable, Sendable {
    public var id: UUID
    public var workflow: String
    public var version: Int
    public var tenant: String
    public var businessKey: String?
    public var idempotencyKey: String
    /// `queued`, `running`, `compensating`, `completed`, `compensated` or `abandoned`.
    public var status: String
    public var hasOpenIncident: Bool
    public var revision: Int
    public var startedAt: Timestamp
    public var updatedAt: Timestamp
    public var endedAt: Timestamp?
    /// The step of another saga that it carries out; nil for one that somebody started.
    public var parent: ParentView?
    /// The saga that had ended and whose input it was started with once more; nil of others.
    public var rerunOf: UUID?

    public init(
        id: UUID, workflow: String, version: Int, tenant: String, businessKey: String?, idempotencyKey: String,
        status: String, hasOpenIncident: Bool, revision: Int, startedAt: Timestamp, updatedAt: Timestamp,
        endedAt: Timestamp?, parent: ParentView? = nil, rerunOf: UUID? = nil
    ) {
        self.parent = parent
        self.rerunOf = rerunOf
        self.id = id
        self.workflow = workflow
        self.version = version
        self.tenant = tenant
        self.businessKey = businessKey
        self.idempotencyKey = idempotencyKey
        self.status = status
        self.hasOpenIncident = hasOpenIncident
        self.revision = revision
        self.startedAt = startedAt
        self.updatedAt = updatedAt
        self.endedAt = endedAt
    }
}

/// What a child saga is a part of.
public struct ParentView: Codable, Sendable {
    public var saga: UUID
    public var step: String
    /// Which item of an `each`, from 0.
    public var item: Int
    /// Whether it runs the steps of an `each`, and not a workflow of its own.
    public var isBody: Bool

    public init(saga: UUID, step: String, item: Int, isBody: Bool) {
        self.saga = saga
        self.step = step
        self.item = item
        self.isBody = isBody
    }
}

/// A page of a list, newest first.
public struct SagaPage: Codable, Sendable {
    public var sagas: [SagaListItem]
    /// Pass it as `cursor` for the next page; nil on the last.
    public var next: UUID?

    public init(sagas: [SagaListItem], next: UUID?) {
        self.sagas = sagas
        self.next = next
    }
}

/// One saga with all that is known of it.
public struct SagaDetail: Codable, Sendable {
    public var saga: SagaListItem
    public var input: JSON
    /// As the workflow defines it; nil unless completed.
    public var output: JSON?
    public var deadline: Timestamp?
    /// Whether the deadline has passed behind the point of no return, so that the saga goes on; nil if not.
    public var isOverdue: Bool?
    /// Why it unwinds, if it does.
    public var failure: FailureView?
    public var steps: [StepView]
    public var waitsFor: [WaitView]
    /// Whether this very request started it; nil for other requests.
    public var isNew: Bool?

    public init(
        saga: SagaListItem, input: JSON, output: JSON?, deadline: Timestamp?, isOverdue: Bool? = nil,
        failure: FailureView?, steps: [StepView], waitsFor: [WaitView], isNew: Bool?
    ) {
        self.saga = saga
        self.input = input
        self.output = output
        self.deadline = deadline
        self.isOverdue = isOverdue
        self.failure = failure
        self.steps = steps
        self.waitsFor = waitsFor
        self.isNew = isNew
    }
}

public struct FailureView: Codable, Sendable {
    /// `rejected`, `exhausted`, `unknown`, `deadline` or `cancelled`.
    public var kind: String
    public var step: String?
    public var code: String?
    public var message: String?

    public init(kind: String, step: String?, code: String?, message: String?) {
        self.kind = kind
        self.step = step
        self.code = code
        self.message = message
    }
}

public struct StepView: Codable, Sendable {
    public var name: String
    public var action: String
    public var undo: String?
    public var isPivot: Bool
    /// `waiting`, `doing`, `retrying`, `probing`, `reprobing`, `done`, `failed`, `unknown`, `held`,
    /// `undoing`, `reundoing`, `undone` or `undo-held`.
    public var phase: String
    public var attempts: Int
    public var undoAttempts: Int
    public var startedAt: Timestamp?
    public var endedAt: Timestamp?
    public var output: JSON?
    public var errorCode: String?
    public var errorMessage: String?
    /// The cause of its open incident, if it has one.
    public var incident: String?

    public init(
        name: String, action: String, undo: String?, isPivot: Bool, phase: String, attempts: Int, undoAttempts: Int,
        startedAt: Timestamp?, endedAt: Timestamp?, output: JSON?, errorCode: String?, errorMessage: String?,
        incident: String?
    ) {
        self.name = name
        self.action = action
        self.undo = undo
        self.isPivot = isPivot
        self.phase = phase
        self.attempts = attempts
        self.undoAttempts = undoAttempts
        self.startedAt = startedAt
        self.endedAt = endedAt
        self.output = output
        self.errorCode = errorCode
        self.errorMessage = errorMessage
        self.incident = incident
    }
}

public struct WaitView: Codable, Sendable {
    public var step: String?
    /// In a sentence.
    public var what: String
    /// When it goes on by itself; nil if it does not.
    public var until: Timestamp?

    public init(step: String?, what: String, until: Timestamp?) {
        self.step = step
        self.what = what
        self.until = until
    }
}
