internal import SagaCore
internal import SagaValues

/// What a saga asks of a child: carried out by the engine itself, in a later batch of whichever node sends it.
struct ChildOrder: Sendable {
    let link: ParentLink
    let workflow: Workflow
    /// What the child takes over: tenant, trace, business key.
    let parent: SagaOrigin
    let what: What

    enum Workflow: Sendable {
        /// The highest version of that name.
        case named(String)
        /// The version that the parent runs, of which the child runs a body.
        case deployed(DeployedWorkflow)
    }

    enum What: Sendable {
        /// Begin with this input, unless it has begun.
        case start(JSON)
        /// Undo what was done; if it has not begun, see to it that it never does.
        case undo
    }

    /// More parents above each other than this are taken for a circle.
    static let depthLimit = 16
}

/// What became of a child, for its parent.
enum ChildEnd: Sendable {
    case completed(output: JSON)
    /// Whether it gave up by itself or was told to: the parent knows which it waits for.
    case compensated(StepError)
    /// Closed by a person with its effects left in place.
    case abandoned
    /// It could not begin.
    case refused(StepError)
    /// It is past its own point of no return.
    case cannotUndo

    /// As answers to the commands that a parent may have out.
    var replies: [(Direction, SagaEvent.Reply, body: [UInt8])] {
        switch self {
        case .completed(let output): return [(.do, .done, output.bytes)]
        case .compensated(let error): return [(.do, .rejected(error), error.body), (.undo, .done, [])]
        case .refused(let error): return [(.do, .rejected(error), error.body)]
        case .abandoned:
            let error = StepError(code: "abandoned", message: "the child saga was abandoned by a person")
            return [(.do, .rejected(error), error.body), (.undo, .rejected(error), error.body)]
        case .cannotUndo:
            let error = StepError(code: "past-pivot", message: "the child saga is past its point of no return")
            return [(.undo, .rejected(error), error.body)]
        }
    }

    /// How a saga ended; nil if it has not.
    init?(_ loaded: LoadedSaga) {
        let saga = loaded.saga
        switch saga.status {
        case .queued, .running, .compensating: return nil
        case .completed:
            var process = loaded.process
            self = .completed(output: process.output() ?? .null)
        case .compensated:
            let failure = saga.failure
            let error = failure?.error
            self = .compensated(
                StepError(
                    code: error?.code ?? failure?.kind.rawValue ?? "compensated",
                    message: error?.message ?? "the child saga could not finish and was undone"))
        case .abandoned: self = .abandoned
        }
    }
}
