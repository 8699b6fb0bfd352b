public import SagaValues

/// How much is going on at present.
public struct OverviewView: Codable, Sendable {
    public var at: Timestamp
    public var workflows: [WorkloadView]
    /// Open ones, those first that have been open for longest.
    public var oldest: [SagaListItem]

    public init(at: Timestamp, workflows: [WorkloadView], oldest: [SagaListItem]) {
        self.at = at
        self.workflows = workflows
        self.oldest = oldest
    }
}

/// What goes on in the sagas of a workflow; what began and ended is that of the last minute.
public struct WorkloadView: Codable, Sendable {
    public var workflow: String
    public var queued: Int
    public var running: Int
    public var compensating: Int
    /// How many of the open ones have an open incident.
    public var withIncident: Int
    public var started: Int
    public var completed: Int
    public var compensated: Int
    public var abandoned: Int

    public init(
        workflow: String, queued: Int, running: Int, compensating: Int, withIncident: Int, started: Int,
        completed: Int, compensated: Int, abandoned: Int
    ) {
        self.workflow = workflow
        self.queued = queued
        self.running = running
        self.compensating = compensating
        self.withIncident = withIncident
        self.started = started
        self.completed = completed
        self.compensated = compensated
        self.abandoned = abandoned
    }
}

/// A saga and those that are a part of it.
public struct TreeView: Codable, Sendable {
    public var saga: SagaListItem
    /// Which attempt at the step of its parent it is, from 1; nil for the root.
    public var round: Int?
    /// In the order of the parent's steps and their items.
    public var children: [TreeView]
    /// What is not shown below it, in a sentence; nil if nothing is left out.
    public var leftOut: String?

    public init(saga: SagaListItem, round: Int? = nil, children: [TreeView] = [], leftOut: String? = nil) {
        self.saga = saga
        self.round = round
        self.children = children
        self.leftOut = leftOut
    }
}
