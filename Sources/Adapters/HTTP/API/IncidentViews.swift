public import SagaValues

public struct IncidentView: Codable, Sendable {
    public var saga: UUID
    public var openedRevision: Int
    public var workflow: String
    public var version: Int
    public var tenant: String
    public var step: String
    public var participant: String
    /// `rejected`, `exhausted`, `unknown`, `undo-failed` or `unroutable`.
    public var cause: String
    public var errorCode: String?
    public var errorMessage: String?
    public var openedAt: Timestamp
    public var resolvedAt: Timestamp?
    public var resolution: String?
    /// Who sees to it.
    public var assignee: String?
    /// Nil in lists.
    public var comments: [CommentView]?

    public init(
        saga: UUID, openedRevision: Int, workflow: String, version: Int, tenant: String, step: String,
        participant: String, cause: String, errorCode: String?, errorMessage: String?, openedAt: Timestamp,
        resolvedAt: Timestamp?, resolution: String?, assignee: String?, comments: [CommentView]? = nil
    ) {
        self.saga = saga
        self.openedRevision = openedRevision
        self.workflow = workflow
        self.version = version
        self.tenant = tenant
        self.step = step
        self.participant = participant
        self.cause = cause
        self.errorCode = errorCode
        self.errorMessage = errorMessage
        self.openedAt = openedAt
        self.resolvedAt = resolvedAt
        self.resolution = resolution
        self.assignee = assignee
        self.comments = comments
    }
}

/// What somebody wrote about an incident.
public struct CommentView: Codable, Sendable {
    public var at: Timestamp
    public var author: String
    public var text: String

    public init(at: Timestamp, author: String, text: String) {
        self.at = at
        self.author = author
        self.text = text
    }
}

public struct IncidentList: Codable, Sendable {
    public var incidents: [IncidentView]
    /// Pass it as `cursor` for the next page; nil on the last.
    public var next: String?

    public init(incidents: [IncidentView], next: String?) {
        self.incidents = incidents
        self.next = next
    }
}

/// Incidents of one workflow, step, participant, cause and error code.
public struct IncidentGroupView: Codable, Sendable {
    public var workflow: String
    public var step: String
    public var participant: String
    public var cause: String
    public var errorCode: String?
    public var count: Int
    /// When the first of them opened.
    public var first: Timestamp
    public var last: Timestamp
    /// Three sagas at most, those of the newest.
    public var sagas: [UUID]

    public init(
        workflow: String, step: String, participant: String, cause: String, errorCode: String?, count: Int,
        first: Timestamp, last: Timestamp, sagas: [UUID]
    ) {
        self.workflow = workflow
        self.step = step
        self.participant = participant
        self.cause = cause
        self.errorCode = errorCode
        self.count = count
        self.first = first
        self.last = last
        self.sagas = sagas
    }
}

public struct IncidentGroupList: Codable, Sendable {
    /// The largest first.
    public var groups: [IncidentGroupView]

    public init(groups: [IncidentGroupView]) {
        self.groups = groups
    }
}

/// `POST /v1/incidents/{saga}/{revision}/assign`.
public struct AssignBody: Codable, Sendable {
    /// Nil for nobody.
    public var assignee: String?

    public static let members: Set<String> = ["assignee"]

    public init(assignee: String?) {
        self.assignee = assignee
    }
}

/// `POST /v1/incidents/{saga}/{revision}/comment`.
public struct CommentBody: Codable, Sendable {
    public var text: String

    public static let members: Set<String> = ["text"]

    public init(text: String) {
        self.text = text
    }
}
