public import SagaValues

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
