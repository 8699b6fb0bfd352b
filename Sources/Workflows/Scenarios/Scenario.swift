internal import SagaCore
public import SagaValues
internal import Workflows

/// One run of a workflow as a test file tells it: what it begins with, what the world answers, how it must end.
///
/// A value without files, clocks and chance: it runs in virtual time and always the same way.
public struct Scenario: Sendable {
    public let name: String
    /// Where it begins in its file, from 1.
    public let line: Int
    /// The saga's, from which the pauses between attempts are drawn; nil: one that all scenarios share.
    var id: UUID?
    /// Merged over the defaults.
    public let input: JSON
    let plan: Plan
    /// What the input breaks of the workflow's schema.
    let inputFlaws: [String]
    let script: Script
    let defaults: Script
    let happenings: [Happening]
    /// How long it waits in line for its lock keys; nil: it has them from the start.
    let queued: Duration?
    /// When to look at it, if it has not ended before.
    let until: Duration?
    let expected: Expectation
    /// Longer runs are given up, and said never to end.
    var limit = Limit()

    struct Limit: Sendable {
        var messages = 20_000
        var time = Duration.seconds(800 * 86_400)
    }

    /// Where it is at the end.
    public enum Ending: String, Sendable, Hashable, CaseIterable {
        /// Its input does not fit the schema, so that there is no saga.
        case refused
        case completed
        case compensated
        /// It has an open incident: a person must help.
        case held
        /// It has not ended, and waits for something else than a person's help.
        case waiting
    }
}

/// Something that happens without having been asked for.
struct Happening: Sendable {
    let when: When
    let what: What
    /// Whether it must change nothing.
    let isIgnored: Bool
    let line: Int

    enum When: Sendable, Hashable {
        /// So long after the start.
        case at(Duration)
        /// So long after this was sent for the first time: `do charge`.
        case upon(String, after: Duration)
    }

    enum What: Sendable, Hashable {
        case event(String, JSON)
        case approve(Place, JSON)
        case refuse(Place, reason: String)
        case retry(Place)
        case compensate(reason: String)
        case crash
    }

    var text: String {
        switch what {
        case .event(let name, let data): "event \(name) \(data.shown)"
        case .approve(let place, _): "approve \(place.text)"
        case .refuse(let place, let reason): "refuse \(place.text): \(reason)"
        case .retry(let place): "a person asks to retry \(place.text)"
        case .compensate(let reason): "a person asks to compensate: \(reason)"
        case .crash: "the orchestrator crashes and comes back"
        }
    }
}

/// What a scenario must have come to. What is nil or empty is not looked at, but for ``incidents`` and ``isOverdue``:
/// nobody may be called without its being expected.
struct Expectation: Sendable {
    var ending: Scenario.Ending
    /// The whole output, numbers by their value.
    var output: JSON?
    var failure: ExpectedFailure?
    /// All that is sent, in its order.
    var commands: [ExpectedCommand]?
    /// What became of steps and of items' sagas.
    var steps: [(place: Place, state: String)] = []
    /// Those that were opened, in their order.
    var incidents: [String] = []
    var events: [ExpectedEvent]?
    var atLeast: Duration?
    var atMost: Duration?
    /// Whether people are told that the deadline passed behind the pivot.
    var isOverdue = false

    struct ExpectedCommand: Sendable {
        /// `do charge`
        let text: String
        /// What must be in its body.
        var body: JSON?
    }

    struct ExpectedEvent: Sendable {
        let name: String
        var data: JSON?
    }

    struct ExpectedFailure: Sendable {
        var code: String?
        var kind: Failure.Kind?
        var step: String?
    }
}

extension JSON {
    /// Whether all of `part` is in here: members that it does not name may have any value.
    func includes(_ part: JSON) -> Bool {
        switch (self, part) {
        case (.object(let object), .object(let members)):
            members.allSatisfy { member in object[member.name]?.includes(member.value) ?? false }
        case (.array(let list), .array(let parts)):
            list.count == parts.count && zip(list, parts).allSatisfy { $0.includes($1) }
        default: isEqual(to: part)
        }
    }
}
