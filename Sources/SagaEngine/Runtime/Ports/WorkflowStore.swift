internal import SagaCore
public import SagaValues

/// What a person may do to a deployed version: its text never changes, but which sagas it may start does.
public enum VersionDeed: String, Sendable, Hashable, CaseIterable {
    /// Starts that name no version take it from then on. A retired version is brought back by that.
    case activate
    /// No saga starts with it any more. Those that run go on.
    case retire

    /// As the audit calls it.
    public var verb: String { "workflow-\(rawValue)" }
}

/// Where deployed versions are activated and retired; a part of every ``SagaStore``.
public protocol WorkflowStore: Sendable {
    /// Activates or retires a version, with its line in the audit. The active version is not retired, and what is so
    /// already is not done again: then nothing is written.
    ///
    /// Once it returns, no batch is committed any more in which a saga starts with a retired version.
    /// - Parameter audit: written if, and only if, something is changed.
    func change(
        version: Int, of workflow: String, _ deed: VersionDeed, audit: AuditRecord
    ) async throws(StoreError) -> VersionChange
}

/// What came of the wish to activate or to retire a version.
public struct VersionChange: Sendable, Hashable {
    /// Whether anything was changed.
    public let isDone: Bool
    /// All versions of the workflow as they are now, in the order of their ids; the one in question may not be among them.
    public let versions: [WorkflowRecord]

    public init(isDone: Bool, versions: [WorkflowRecord]) {
        self.isDone = isDone
        self.versions = versions
    }
}

/// A deployed version as it is stored.
public struct WorkflowRecord: Sendable, Hashable {
    public let id: Int32
    public let workflow: String
    public let version: Int
    public let digest: String
    public let source: String
    public let deployedAt: Timestamp
    /// When it was activated last, by its deployment or by a person; nil if it never was. Of a workflow's versions the
    /// one that was activated last is active, and no two were at the same time.
    public let activatedAt: Timestamp?
    /// When it was retired; nil if it is not. The active version never is.
    public let retiredAt: Timestamp?
    /// How often it was activated or retired since its deployment.
    public let changes: Int

    public init(
        id: Int32, workflow: String, version: Int, digest: String, source: String, deployedAt: Timestamp,
        activatedAt: Timestamp?, retiredAt: Timestamp? = nil, changes: Int = 0
    ) {
        self.id = id
        self.workflow = workflow
        self.version = version
        self.digest = digest
        self.source = source
        self.deployedAt = deployedAt
        self.activatedAt = activatedAt
        self.retiredAt = retiredAt
        self.changes = changes
    }
}

extension Batch {
    /// The versions with which sagas begin of their own. What a running saga began, the body of one of its `each`, goes
    /// with it; and what has ended in its first moment never ran.
    public var versionsStarted: Set<Int32> {
        Set(
            starts.lazy.filter { $0.origin.parent?.body == nil && !$0.row.status.isTerminal }.map(\.origin.workflowID))
    }
}
