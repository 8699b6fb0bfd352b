public import SagaValues

public struct WorkflowView: Codable, Sendable {
    public var workflow: String
    public var version: Int
    public var title: String?
    /// SHA-256 of the source, in hexadecimal digits.
    public var digest: String
    public var deployedAt: Timestamp
    /// `active`: starts that name no version take it. `inactive`: starts that name it do. `retired`: no saga starts with it.
    public var state: String
    /// When it was activated last; nil if it never was.
    public var activatedAt: Timestamp?
    /// When it was retired; nil if it is not.
    public var retiredAt: Timestamp?
    public var steps: Int
    /// The definition as it was deployed; nil in lists.
    public var source: String?
    /// What the check had to say, as people read it.
    public var warnings: [String]

    public init(
        workflow: String, version: Int, title: String?, digest: String, deployedAt: Timestamp, state: String,
        activatedAt: Timestamp?, retiredAt: Timestamp?, steps: Int, source: String?, warnings: [String]
    ) {
        self.workflow = workflow
        self.version = version
        self.title = title
        self.digest = digest
        self.deployedAt = deployedAt
        self.state = state
        self.activatedAt = activatedAt
        self.retiredAt = retiredAt
        self.steps = steps
        self.source = source
        self.warnings = warnings
    }
}

public struct WorkflowList: Codable, Sendable {
    public var workflows: [WorkflowView]

    public init(workflows: [WorkflowView]) {
        self.workflows = workflows
    }
}
