public import SagaValues

/// How a scenario came out, for people and for programs.
public struct ScenarioOutcome: Sendable {
    public let name: String
    /// Where the scenario begins in its file, from 1.
    public let line: Int
    public let result: Result
    /// What is not as it was expected, each fit to be printed; empty if the scenario has passed.
    public let differences: [String]
    /// All that happened, in its order.
    public let story: [StoryLine]

    public var hasPassed: Bool { differences.isEmpty }

    /// What a scenario came to: equal for two runs that nobody could tell apart from outside.
    public struct Result: Sendable, Hashable {
        public var ending: Scenario.Ending
        public var output: JSON?
        /// Its code, kind and step, as far as there are any: `insufficient-balance (rejected, charge)`.
        public var failure: String?
        /// What was sent, each attempt once.
        public var commands: [SentCommand] = []
        public var events: [String] = []
        /// Those that were opened, in their order.
        public var incidents: [String] = []
        /// The state of each step, and of each item's saga, by its place.
        public var states: [String: String] = [:]
        /// From the start to the end; to the last thing that happened, if it has not ended.
        public var took = Duration.zero
        public var isOverdue = false
    }

    /// For programs: `name`, `line`, `passed`, `ending`, `tookMilliseconds`, `differences`, and for those that failed
    /// the `story`.
    public var json: JSON {
        var members: JSON.Object = [
            "name": .string(name), "line": JSON(line), "passed": .bool(hasPassed),
            "ending": .string(result.ending.rawValue),
            "tookMilliseconds": JSON(result.took.wholeMicroseconds / 1000),
            "commands": .array(result.commands.map { .string($0.text) }),
            "differences": .array(differences.map { .string($0) }),
        ]
        if !hasPassed {
            members["story"] = .array(
                story.map { ["atMilliseconds": JSON($0.at.wholeMicroseconds / 1000), "text": .string($0.text)] })
        }
        return .object(members)
    }

    /// One line if it has passed; else what is different, and the story with its times.
    public var description: String {
        let took = result.took > .zero ? ", \(result.took.shown)" : ""
        guard !hasPassed else { return "ok   \(name) (\(result.ending.rawValue)\(took))" }
        var lines = ["FAIL \(name) (line \(line))"]
        for difference in differences {
            lines += difference.split(separator: "\n", omittingEmptySubsequences: false).map { "     \($0)" }
        }
        lines.append("     What happened:")
        let times = story.map(\.at.shown)
        let width = times.map(\.count).max() ?? 0
        for (index, (line, time)) in zip(story, times).enumerated() {
            if story.count > ScenarioOutcome.shownLines, index == ScenarioOutcome.shownLines / 2 {
                lines.append("       … \(story.count - ScenarioOutcome.shownLines) lines left out …")
            }
            let isLeftOut =
                index >= ScenarioOutcome.shownLines / 2 && index < story.count - ScenarioOutcome.shownLines / 2
            guard story.count <= ScenarioOutcome.shownLines || !isLeftOut else { continue }
            lines.append("       \(String(repeating: " ", count: width - time.count))\(time)  \(line.text)")
        }
        return lines.joined(separator: "\n")
    }

    /// Of longer stories the middle is left out.
    private static let shownLines = 120
}

extension ScenarioOutcome: CustomStringConvertible {}
