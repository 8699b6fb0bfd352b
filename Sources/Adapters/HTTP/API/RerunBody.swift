public import SagaValues

/// `POST /v1/sagas/{id}/rerun`.
public struct RerunBody: Codable, Sendable {
    /// Why; it stays in the audit.
    public var reason: String
    /// Whether only what would come of it is wanted.
    public var dryRun: Bool?
    /// The workflow's version; nil: the active one.
    public var version: Int?

    public static let members: Set<String> = ["reason", "dryRun", "version"]

    public init(reason: String, dryRun: Bool? = nil, version: Int? = nil) {
        self.reason = reason
        self.dryRun = dryRun
        self.version = version
    }
}

/// What runs in the place of a saga that has ended.
public struct RerunAnswer: Codable, Sendable {
    /// The saga that had ended.
    public var rerunOf: UUID
    /// The saga that was started, now or under this key before; nil of a dry run that would start one.
    public var id: UUID?
    public var version: Int
    /// Whether it was, or would be, started by this request.
    public var isNew: Bool
    /// In sentences.
    public var changes: [String]
    /// Whether nothing was done, since only that was wanted.
    public var dryRun: Bool

    public init(rerunOf: UUID, id: UUID?, version: Int, isNew: Bool, changes: [String], dryRun: Bool) {
        self.rerunOf = rerunOf
        self.id = id
        self.version = version
        self.isNew = isNew
        self.changes = changes
        self.dryRun = dryRun
    }
}
