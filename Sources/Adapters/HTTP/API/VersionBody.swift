/// `POST /v1/workflows/{name}/{version}/activate`, and `…/retire`.
public struct VersionBody: Codable, Sendable {
    /// Why; it stays in the audit.
    public var reason: String
    /// Whether only what would come of it is wanted.
    public var dryRun: Bool?

    public static let members: Set<String> = ["reason", "dryRun"]

    public init(reason: String, dryRun: Bool? = nil) {
        self.reason = reason
        self.dryRun = dryRun
    }
}

/// What activating or retiring a version did, or would do.
public struct VersionAnswer: Codable, Sendable {
    public var workflow: String
    public var version: Int
    /// `active` or `retired`; of a dry run what it would be.
    public var state: String
    /// How many sagas of the version are open; nil if they are too many to be counted.
    public var openSagas: Int?
    /// In sentences.
    public var changes: [String]
    /// Whether nothing was done, since only that was wanted.
    public var dryRun: Bool

    public init(workflow: String, version: Int, state: String, openSagas: Int?, changes: [String], dryRun: Bool) {
        self.workflow = workflow
        self.version = version
        self.state = state
        self.openSagas = openSagas
        self.changes = changes
        self.dryRun = dryRun
    }
}
