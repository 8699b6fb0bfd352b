internal import SagaCore
internal import SagaValues

/// Something that is on its way to a saga.
enum Delivery: Sendable {
    /// The workflow's own saga is asked for.
    case start
    /// Its lock keys are free.
    case locks
    case reply(Command, Answer)
    case returned(Command)
    /// The broker has the event.
    case published(Command)
    case startItem(Command, input: JSON)
    case undoItem(Command)
    /// What became of the saga of an item, for the one around it.
    case ended(Child, ChildEnd)
    /// What a child saga says that another workflow would run.
    case childReply(Command, Answer)
    case happening(Int)

    /// A dispatch of a saga: of the one that is there now, not of one that was started anew in its place.
    struct Command: Sendable, Hashable {
        let saga: SagaPath
        let id: UUID
        let dispatch: Dispatch
    }

    /// Whether it is lost when the orchestrator crashes. What the broker or the participants have is not.
    var isInMemory: Bool {
        switch self {
        case .returned, .published, .startItem, .undoItem, .ended: true
        case .start, .locks, .reply, .childReply, .happening: false
        }
    }
}

/// Where the saga of an item stands with the one around it.
struct Child: Sendable, Hashable {
    let parent: SagaPath
    let step: Int
    let item: Int
    let round: Int
}
