internal import SagaCore
internal import SagaValues

/// Those whom sagas talk to: they answer by the script, and to a command that they know as they did before.
struct Participants {
    /// The answer to each command that came, and when it is given.
    private var given: [Delivery.Command: (answer: Answer, at: Timestamp)] = [:]
    /// How many attempts came of each kind: the first key of the script that a command could be answered by.
    private var attempts: [String: Int] = [:]
    private var children: [ChildKey: ChildState] = [:]

    func isNew(_ command: Delivery.Command) -> Bool { given[command] == nil }

    func hasAnswered(_ command: Delivery.Command, _ now: Timestamp) -> Bool {
        given[command].map { $0.at <= now } ?? false
    }

    /// An event, which the broker takes at once.
    mutating func note(_ command: Delivery.Command, _ now: Timestamp) { given[command] = (.done, now) }

    /// - Parameter keys: what the command may be called in a script, the exact one first. The scenario's own script
    ///   goes before the defaults of its file.
    mutating func answer(
        to command: Delivery.Command, _ keys: [String], _ scenario: Scenario, _ now: Timestamp,
        _ record: inout Record
    ) -> Answer {
        if let (answer, _) = given[command] { return answer }
        let attempt = attempts[keys[0], default: 0]
        attempts[keys[0]] = attempt + 1
        var answers: [Answer] = []
        if let key = keys.first(where: { scenario.script.entries[$0] != nil }) {
            record.used.insert(key)
            answers = scenario.script.entries[key]?.answers ?? []
        } else if let key = keys.first(where: { scenario.defaults.entries[$0] != nil }) {
            answers = scenario.defaults.entries[key]?.answers ?? []
        }
        let answer = answers.isEmpty ? .done : answers[min(attempt, answers.count - 1)]
        given[command] = (answer, now + answer.after)
        return answer
    }

    // MARK: Child sagas

    /// A child is one saga for each round, however often it is asked for.
    private struct ChildKey: Hashable {
        let saga: SagaPath
        let id: UUID
        let step: Int
    }

    private struct ChildState {
        var round: Int
        var direction: Direction
        var answer: Answer
        /// When it says so.
        var until: Timestamp
    }

    enum ChildLook {
        case new
        case underWay
        case ended(Answer)
    }

    func look(at command: Delivery.Command, _ now: Timestamp) -> ChildLook {
        guard let state = children[key(command)], state.round >= command.dispatch.round,
            state.direction == command.dispatch.direction
        else { return .new }
        guard state.until < now, state.answer.reply != nil else { return .underWay }
        return .ended(state.answer)
    }

    mutating func began(_ command: Delivery.Command, _ answer: Answer, until time: Timestamp) {
        children[key(command)] = ChildState(
            round: command.dispatch.round, direction: command.dispatch.direction, answer: answer, until: time)
    }

    /// Whether it still says what it was asked for: once told to undo itself it does not complete.
    func tells(_ command: Delivery.Command) -> Bool {
        children[key(command)]?.direction == command.dispatch.direction
    }

    private func key(_ command: Delivery.Command) -> ChildKey {
        ChildKey(saga: command.saga, id: command.id, step: command.dispatch.step)
    }
}
