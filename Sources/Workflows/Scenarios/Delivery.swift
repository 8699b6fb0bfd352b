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

/// What became of the saga of an item, in the words of the commands that ask for it.
enum ChildEnd: Sendable, Hashable {
    case completed(output: JSON)
    case compensated(StepError)
    /// It is past its own point of no return.
    case cannotUndo

    /// Nil if it goes on.
    init?(_ process: SagaProcess) {
        var process = process
        switch process.saga.status {
        case .completed: self = .completed(output: process.output() ?? .null)
        case .compensated:
            let failure = process.saga.failure
            self = .compensated(
                StepError(
                    code: failure?.error?.code ?? failure?.kind.rawValue ?? "compensated",
                    message: failure?.error?.message ?? "it could not finish and was undone"))
        case .queued, .running, .compensating, .abandoned: return nil
        }
    }

    /// The one around knows which of them it waits for.
    var replies: [(Direction, SagaEvent.Reply, [UInt8])] {
        switch self {
        case .completed(let output): return [(.do, .done, output.bytes)]
        case .compensated(let error): return [(.do, .rejected(error), error.body), (.undo, .done, [])]
        case .cannotUndo:
            let error = StepError(code: "past-pivot", message: "it is past its point of no return")
            return [(.undo, .rejected(error), error.body)]
        }
    }
}
