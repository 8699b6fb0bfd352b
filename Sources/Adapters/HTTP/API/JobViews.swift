public import SagaValues

/// `POST /v1/jobs`: one verb, and what it takes, over the sagas that a filter admits.
public struct JobBody: Codable, Sendable {
    /// As in the paths of single sagas: `retry`, `skip`, …
    public var verb: String
    /// By the names that `GET /v1/sagas` has for them, and `sagas`: ids.
    public var filter: JSON
    public var reason: String
    /// Whose sagas; whoever is bound to a tenant need not say.
    public var tenant: String?
    /// Sagas per second.
    public var rate: Int?
    public var dryRun: Bool?
    /// What the verb takes, as in ``OperatorBody``.
    public var step: String?
    public var outcome: String?
    public var output: JSON?
    public var patch: JSON?
    public var force: Bool?
    public var version: Int?

    public static let defaultRate = 20

    /// Those of every verb.
    public static let members: Set<String> = ["verb", "filter", "reason", "tenant", "rate", "dryRun"]

    public init(
        verb: String, filter: JSON, _ body: OperatorBody, tenant: String? = nil, rate: Int? = nil
    ) {
        self.verb = verb
        self.filter = filter
        self.reason = body.reason
        self.tenant = tenant
        self.rate = rate
        self.dryRun = body.dryRun
        self.step = body.step
        self.outcome = body.outcome
        self.output = body.output
        self.patch = body.patch
        self.force = body.force
        self.version = body.version
    }

    /// What it asks of each saga.
    public var each: OperatorBody {
        OperatorBody(
            reason: reason, step: step, outcome: outcome, output: output, patch: patch, force: force, version: version)
    }
}

/// Either what a job would be about, or the job.
public struct JobAnswer: Codable, Sendable {
    public var dryRun: Bool
    public var preview: JobPreviewView?
    public var job: JobView?

    public init(preview: JobPreviewView) {
        dryRun = true
        self.preview = preview
    }

    public init(job: JobView) {
        dryRun = false
        self.job = job
    }
}

public struct JobPreviewView: Codable, Sendable {
    /// How many sagas; one more than ``limit`` if there are too many for a job.
    public var count: Int
    /// How many a job may have.
    public var limit: Int
    public var groups: [JobGroupView]
    public var sample: [JobLookView]

    public init(count: Int, limit: Int, groups: [JobGroupView], sample: [JobLookView]) {
        self.count = count
        self.limit = limit
        self.groups = groups
        self.sample = sample
    }
}

/// Sagas of a preview that stand alike.
public struct JobGroupView: Codable, Sendable {
    public var workflow: String
    public var version: Int
    public var status: String
    public var step: String?
    public var cause: String?
    public var errorCode: String?
    public var count: Int

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

/// What a verb would do to a saga.
public struct JobLookView: Codable, Sendable {
    public var saga: UUID
    /// What would change.
    public var changes: [String]?
    /// Or why the verb would be refused.
    public var refusal: String?

    public init(saga: UUID, changes: [String]?, refusal: String?) {
        self.saga = saga
        self.changes = changes
        self.refusal = refusal
    }
}

public struct JobView: Codable, Sendable {
    public var id: UUID
    public var tenant: String?
    public var verb: String
    public var step: String?
    public var outcome: String?
    public var force: Bool?
    /// The one to move to.
    public var version: Int?
    public var filter: JSON
    public var reason: String
    /// Who asked for it.
    public var subject: String
    public var rate: Int
    /// `running`, `paused`, `done` or `aborted`.
    public var status: String
    public var total: Int
    public var done: Int
    public var refused: Int
    public var failed: Int
    /// Without an outcome; of an aborted job these were left alone.
    public var open: Int
    public var createdAt: Timestamp
    public var updatedAt: Timestamp
    public var endedAt: Timestamp?
    /// At the job's rate; nil if it does not run.
    public var expectedEndAt: Timestamp?
    /// Nil in lists.
    public var isNew: Bool?

    public init(
        id: UUID, tenant: String?, verb: String, step: String?, outcome: String?, force: Bool?, version: Int?,
        filter: JSON, reason: String, subject: String, rate: Int, status: String, total: Int, done: Int, refused: Int,
        failed: Int,
        open: Int, createdAt: Timestamp, updatedAt: Timestamp, endedAt: Timestamp?, expectedEndAt: Timestamp?
    ) {
        self.id = id
        self.tenant = tenant
        self.verb = verb
        self.step = step
        self.outcome = outcome
        self.force = force
        self.version = version
        self.filter = filter
        self.reason = reason
        self.subject = subject
        self.rate = rate
        self.status = status
        self.total = total
        self.done = done
        self.refused = refused
        self.failed = failed
        self.open = open
        self.createdAt = createdAt
        self.updatedAt = updatedAt
        self.endedAt = endedAt
        self.expectedEndAt = expectedEndAt
    }
}

/// `GET /v1/jobs`
public struct JobPage: Codable, Sendable {
    public var jobs: [JobView]
    /// The cursor of the next page; nil if this is the last.
    public var next: UUID?

    public init(jobs: [JobView], next: UUID?) {
        self.jobs = jobs
        self.next = next
    }
}

public struct JobItemView: Codable, Sendable {
    /// From 1 on, the oldest saga first.
    public var position: Int
    public var saga: UUID
    /// `pending`, `done`, `refused`, `failed` or `skipped`.
    public var status: String
    /// The saga's after the verb.
    public var revision: Int?
    /// What changed, or why it was refused.
    public var message: String?
    public var at: Timestamp?

    public init(position: Int, saga: UUID, status: String, revision: Int?, message: String?, at: Timestamp?) {
        self.position = position
        self.saga = saga
        self.status = status
        self.revision = revision
        self.message = message
        self.at = at
    }
}

/// `GET /v1/jobs/{id}/items`
public struct JobItemPage: Codable, Sendable {
    public var items: [JobItemView]
    /// The cursor of the next page; nil if this is the last.
    public var next: Int?

    public init(items: [JobItemView], next: Int?) {
        self.items = items
        self.next = next
    }
}

/// `POST /v1/jobs/{id}/pause`, `…/resume` and `…/abort`
public struct JobControlBody: Codable, Sendable {
    public var reason: String

    public static let members: Set<String> = ["reason"]

    public init(reason: String) {
        self.reason = reason
    }
}
