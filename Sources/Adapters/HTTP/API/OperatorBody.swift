public import SagaValues

/// `POST /v1/sagas/{id}/{verb}`. Each verb takes some of it, see ``Verb/members``.
public struct OperatorBody: Codable, Sendable {
    /// Why; it stays in the history.
    public var reason: String
    /// Whether only what would come of it is wanted.
    public var dryRun: Bool?
    /// The step that it is about; nil: every step that waits for a person or its next attempt, or the only one that waits
    /// for consent.
    public var step: String?
    /// What became of the step: `done`, `not-done` or `undone`.
    public var outcome: String?
    /// The output of the step that is done, or in its place.
    public var output: JSON?
    /// How the body of the step's command changes: a merge patch (RFC 7396).
    public var patch: JSON?
    /// Whether it is to be done though the workflow does not allow it.
    public var force: Bool?
    /// The version of its workflow by which it is to go on.
    public var version: Int?

    public init(
        reason: String, dryRun: Bool? = nil, step: String? = nil, outcome: String? = nil, output: JSON? = nil,
        patch: JSON? = nil, force: Bool? = nil, version: Int? = nil
    ) {
        self.reason = reason
        self.dryRun = dryRun
        self.step = step
        self.outcome = outcome
        self.output = output
        self.patch = patch
        self.force = force
        self.version = version
    }

    /// What a person can ask of a saga; the last part of the path.
    public enum Verb: String, Sendable, CaseIterable {
        case retry, compensate, approve, refuse, skip, resolve, patch, pause, resume, abandon, migrate

        /// What a body may have besides what all have: `reason` and `dryRun`. Another member would be passed over.
        public var members: Set<String> {
            switch self {
            case .compensate, .pause, .resume, .abandon: []
            case .approve, .refuse: ["step"]
            case .retry, .patch: ["step", "patch"]
            case .skip: ["step", "output", "force"]
            case .resolve: ["step", "outcome", "output"]
            case .migrate: ["version"]
            }
        }
    }
}

/// What a verb did, or would do.
public struct OperatorAnswer: Codable, Sendable {
    public var id: UUID
    /// Of a dry run the one that it would have.
    public var status: String
    /// Of a dry run the one that it has: what `If-Match` may name to do it to what was looked at.
    public var revision: Int
    /// In sentences.
    public var changes: [String]
    /// Whether nothing was done, since only that was wanted.
    public var dryRun: Bool

    public init(id: UUID, status: String, revision: Int, changes: [String], dryRun: Bool) {
        self.id = id
        self.status = status
        self.revision = revision
        self.changes = changes
        self.dryRun = dryRun
    }
}
