public import SagaValues

/// A line of the audit.
public struct AuditView: Codable, Sendable {
    public var number: Int64
    public var at: Timestamp
    public var subject: String
    public var credential: String
    public var role: String
    public var address: String?
    public var verb: String
    /// `done` or `refused`.
    public var outcome: String
    public var tenant: String?
    public var saga: UUID?
    public var workflow: String?
    public var step: String?
    public var reason: String
    /// What was before and after, or why it was refused.
    public var detail: JSON

    public init(
        number: Int64, at: Timestamp, subject: String, credential: String, role: String, address: String?,
        verb: String, outcome: String, tenant: String?, saga: UUID?, workflow: String?, step: String?, reason: String,
        detail: JSON
    ) {
        self.number = number
        self.at = at
        self.subject = subject
        self.credential = credential
        self.role = role
        self.address = address
        self.verb = verb
        self.outcome = outcome
        self.tenant = tenant
        self.saga = saga
        self.workflow = workflow
        self.step = step
        self.reason = reason
        self.detail = detail
    }
}

/// `GET /v1/audit`
public struct AuditPage: Codable, Sendable {
    public var audit: [AuditView]
    /// The cursor of the next page; nil if this is the last.
    public var next: Int64?

    public init(audit: [AuditView], next: Int64?) {
        self.audit = audit
        self.next = next
    }
}
