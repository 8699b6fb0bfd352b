public import SagaValues

/// What a saga waits for, what comes next, and what a person can do.
public struct ExplanationView: Codable, Sendable {
    public var id: UUID
    public var status: String
    public var revision: Int
    /// In words, a line each.
    public var lines: [String]
    public var verbs: [VerbView]

    public init(id: UUID, status: String, revision: Int, lines: [String], verbs: [VerbView]) {
        self.id = id
        self.status = status
        self.revision = revision
        self.lines = lines
        self.verbs = verbs
    }
}

/// What a person may ask of a saga, and why not.
public struct VerbView: Codable, Sendable {
    /// `retry`, `compensate`.
    public var verb: String
    public var step: String?
    public var isLegal: Bool
    public var objection: String?

    public init(verb: String, step: String?, isLegal: Bool, objection: String?) {
        self.verb = verb
        self.step = step
        self.isLegal = isLegal
        self.objection = objection
    }
}

/// A drawing.
public struct DiagramView: Codable, Sendable {
    /// `mermaid`, `dot` or `svg`.
    public var format: String
    public var text: String

    public init(format: String, text: String) {
        self.format = format
        self.text = text
    }
}

/// Whether a running saga could move to another version of its workflow.
public struct MigrationView: Codable, Sendable {
    public var id: UUID
    /// The saga's; one that has ended does not move.
    public var status: String
    public var from: Int
    public var to: Int
    public var isPossible: Bool
    /// Each reason why it cannot move, in words; empty if it can.
    public var obstacles: [String]
    /// What would be kept, or why it cannot be, a line each.
    public var lines: [String]

    public init(
        id: UUID, status: String, from: Int, to: Int, isPossible: Bool, obstacles: [String], lines: [String]
    ) {
        self.id = id
        self.status = status
        self.from = from
        self.to = to
        self.isPossible = isPossible
        self.obstacles = obstacles
        self.lines = lines
    }
}
