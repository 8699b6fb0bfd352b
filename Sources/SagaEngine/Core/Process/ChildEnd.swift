public import SagaValues

/// What became of a child saga, for its parent.
public enum ChildEnd: Sendable, Hashable {
    case completed(output: JSON)
    /// Whether it gave up by itself or was told to: the parent knows which it waits for.
    case compensated(StepError)
    /// Closed by a person with its effects left in place.
    case abandoned
    /// It could not begin, and never will.
    case refused(StepError)
    /// It is past its own point of no return.
    case cannotUndo

    /// How a saga ended; nil if it has not.
    public init?(_ process: SagaProcess) {
        var process = process
        switch process.saga.status {
        case .queued, .running, .compensating: return nil
        case .completed: self = .completed(output: process.output() ?? .null)
        case .compensated:
            let failure = process.saga.failure
            self = .compensated(
                StepError(
                    code: failure?.error?.code ?? failure?.kind.rawValue ?? "compensated",
                    message: failure?.error?.message ?? "the child saga could not finish and was undone"))
        case .abandoned: self = .abandoned
        }
    }

    /// As answers to the commands that a parent may have out; it takes those that it waits for.
    public var replies: [(Direction, SagaEvent.Reply, body: [UInt8])] {
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
}

extension SagaProcess {
    /// What a child says at once to its parent's wish to have it undone; nil if it says it by its end.
    ///
    /// - Parameter isTaken: whether ``SagaEvent/cancelledByParent(_:)`` has changed anything.
    public func answerToUndo(isTaken: Bool) -> ChildEnd? {
        guard !isTaken else { return nil }
        if saga.status != .completed, let end = ChildEnd(self) { return end }
        return saga.failure == nil ? .cannotUndo : nil
    }
}

extension SagaEvent {
    /// The whole life of a child that must never begin: it takes the place of the one that a late order would start, as
    /// a participant's tombstone does.
    public static func neverBegun(_ reason: StepError) -> [(event: SagaEvent, payload: [UInt8])] {
        [(.started(queued: true), JSON.null.bytes), (.cancelledByParent(reason), reason.body)]
    }
}

extension StepError {
    /// Why a child is undone that has done nothing wrong.
    public static let undoneWithParent = StepError(code: "parent", message: "the saga that it is a part of is undone")
}
