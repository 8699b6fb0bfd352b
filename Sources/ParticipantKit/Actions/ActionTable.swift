internal import SagaValues
internal import SagaWire

/// The actions of a participant by name and direction.
struct ActionTable: Sendable {
    private struct Key: Hashable {
        let name: String
        let direction: Direction
    }

    private let actions: [Key: Action]

    /// - Throws: ``ParticipantError/Code/invalidDeclaration`` for a bad name or one that stands twice.
    init(_ list: [Action]) throws(ParticipantError) {
        var actions: [Key: Action] = [:]
        for action in list {
            guard CommandID.isStepName(action.name) else {
                throw ParticipantError(
                    .invalidDeclaration,
                    "\"\(action.name)\" cannot name an action: lower case letters, digits and hyphens, a letter first")
            }
            guard actions.updateValue(action, forKey: Key(name: action.name, direction: action.direction)) == nil else {
                throw ParticipantError(
                    .invalidDeclaration, "\(action.direction.rawValue) \"\(action.name)\" is registered twice")
            }
        }
        self.actions = actions
    }

    /// Unknown is answered with `retry`: in the middle of a deployment the next attempt may meet a worker
    /// that knows the action, while a refusal would unwind the saga for good.
    func find(_ command: ReceivedCommand, _ direction: Direction) throws -> Action {
        guard let action = actions[Key(name: command.actionName, direction: direction)] else {
            throw TemporaryFailure(
                KitCode.unknownAction, "no handler to \(direction.rawValue) \(command.message.action) is registered",
                retryAfter: .seconds(5))
        }
        return action
    }

    /// The undo that is to run even where nothing says that the step was done.
    func undoOutside(_ command: ReceivedCommand) -> Action? {
        actions[Key(name: command.actionName, direction: .undo)].flatMap { $0.looksOutside ? $0 : nil }
    }

    func probe(_ command: ReceivedCommand) -> Action? {
        actions[Key(name: command.actionName, direction: .probe)]
    }
}
