internal import SagaCore
public import SagaValues

/// Something that a saga sent, in the words of a scenario.
public struct SentCommand: Sendable, Hashable {
    /// `do`, `undo`, `probe` or `emit`.
    public let verb: String
    /// The saga of the item that sent it; empty for the workflow's own.
    public let saga: String
    /// `charge`, `each-alone[0].install`
    public let place: String
    public let body: JSON
    /// Since the start.
    public let at: Duration

    public var text: String { "\(verb) \(place)" }
}

/// A line of the story of a scenario.
public struct StoryLine: Sendable, Hashable {
    /// Since the start.
    public let at: Duration
    public let text: String
}

/// What is written down while a scenario runs.
struct Record {
    var story: [StoryLine] = []
    var commands: [SentCommand] = []
    var events: [(name: String, data: JSON)] = []
    /// `raise-quota rejected`, as they were opened.
    var incidents: [String] = []
    var isOverdue = false
    /// When the workflow's own saga ended.
    var endedAt: Timestamp?
    /// Rows of all histories.
    var rows = 0
    /// The entries of the scenario's own script that were asked for.
    var used: Set<String> = []
    /// The happenings that changed something.
    var effective: Set<Int> = []
    var neverEnds = false
    /// What must never be, whatever a scenario expects.
    var faults: [String] = []

    mutating func tell(_ text: String, at time: Duration) {
        story.append(StoryLine(at: time, text: text))
    }
}
