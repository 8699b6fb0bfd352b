import SagaCore
import SagaValues

/// The kinds of events: the columns of the grids. The switches below have no `default`, so a new kind of
/// event does not compile until it has a column, and a column that is not in the grids fails a test.
enum Column: Hashable, Sendable, CaseIterable, CustomStringConvertible {
    case replied(Direction, Answer)
    case returned(Direction)
    case heldBack(Direction)
    case released(Direction)
    case timer, retryRequested, compensationRequested, cancelledByParent, started, locksGranted, decided, signalled
    case resolved(SagaEvent.Resolution)
    case skipRequested(isForced: Bool)
    case patched, paused, resumed, abandoned

    enum Answer: String, Sendable, CaseIterable {
        case done, rejected, retry, unknown, working

        init(_ reply: SagaEvent.Reply) {
            switch reply {
            case .done: self = .done
            case .rejected: self = .rejected
            case .retry: self = .retry
            case .unknown: self = .unknown
            case .working: self = .working
            }
        }

        var reply: SagaEvent.Reply {
            switch self {
            case .done: .done
            case .rejected: .rejected(.no)
            case .retry: .retry(.busy, after: nil)
            case .unknown: .unknown(.lost, after: nil)
            case .working: .working
            }
        }
    }

    static let allCases: [Column] =
        [Direction.do, .probe, .undo].flatMap { direction in Answer.allCases.map { .replied(direction, $0) } }
        + [Direction.do, .probe, .undo].map { .returned($0) }
        + [Direction.do, .probe, .undo].map { .heldBack($0) } + [Direction.do, .probe, .undo].map { .released($0) }
        + [
            .timer, .retryRequested, .compensationRequested, .cancelledByParent, .started, .locksGranted, .decided,
            .signalled,
        ] + SagaEvent.Resolution.allCases.map { .resolved($0) }
        + [.skipRequested(isForced: false), .skipRequested(isForced: true), .patched, .paused, .resumed, .abandoned]

    init(_ event: SagaEvent) {
        switch event {
        case .started: self = .started
        case .locksGranted: self = .locksGranted
        case .replied(_, _, let direction, _, let reply): self = .replied(direction, Answer(reply))
        case .returned(_, let direction): self = .returned(direction)
        case .heldBack(_, let direction, _): self = .heldBack(direction)
        case .released(_, let direction): self = .released(direction)
        case .timerFired: self = .timer
        case .retryRequested: self = .retryRequested
        case .compensationRequested: self = .compensationRequested
        case .cancelledByParent: self = .cancelledByParent
        case .decided: self = .decided
        case .signalled: self = .signalled
        case .resolved(_, let resolution): self = .resolved(resolution)
        case .skipRequested(_, let isForced): self = .skipRequested(isForced: isForced)
        case .patched: self = .patched
        case .paused: self = .paused
        case .resumed: self = .resumed
        case .abandoned: self = .abandoned
        case .migrated: preconditionFailure("a move goes by two plans: what it may do is tried in ComparingTests")
        }
    }

    /// Whether a person asks for it out of the blue.
    var isPersons: Bool {
        switch self {
        case .compensationRequested, .resolved, .skipRequested, .patched, .paused, .resumed, .abandoned: true
        case .replied, .returned, .heldBack, .released, .timer, .retryRequested, .cancelledByParent, .started,
            .locksGranted, .decided,
            .signalled:
            false
        }
    }

    func event(step: Int, attempt: Int?) -> SagaEvent {
        switch self {
        case .replied(let direction, let answer):
            .replied(step: step, direction: direction, attempt: attempt, reply: answer.reply)
        case .returned(let direction): .returned(step: step, direction: direction)
        case .heldBack(let direction):
            .heldBack(step: step, direction: direction, HeldBack(.breaker, until: .zero + .seconds(7)))
        case .released(let direction): .released(step: step, direction: direction)
        case .timer: .timerFired
        case .retryRequested: .retryRequested(step: step)
        case .compensationRequested: .compensationRequested(.no)
        case .cancelledByParent: .cancelledByParent(.no)
        case .decided: .decided(step: step, .proceed)
        case .signalled: .signalled(step: step, .accepted)
        case .started: .started(queued: false)
        case .locksGranted: .locksGranted
        case .resolved(let resolution): .resolved(step: step, resolution)
        case .skipRequested(let isForced): .skipRequested(step: step, isForced: isForced)
        case .patched: .patched(step: step)
        case .paused: .paused
        case .resumed: .resumed
        case .abandoned: .abandoned
        }
    }

    var description: String {
        switch self {
        case .replied(let direction, let answer): "\(direction.rawValue) \(answer.rawValue)"
        case .returned(let direction): "\(direction.rawValue) returned"
        case .heldBack(let direction): "\(direction.rawValue) held back"
        case .released(let direction): "\(direction.rawValue) released"
        case .timer: "timer"
        case .retryRequested: "retry requested"
        case .compensationRequested: "undo requested"
        case .cancelledByParent: "parent cancels"
        case .decided: "decided"
        case .signalled: "signalled"
        case .started: "started"
        case .locksGranted: "locks granted"
        case .resolved(let resolution): "is \(resolution.rawValue)"
        case .skipRequested(let isForced): isForced ? "skip forced" : "skip"
        case .patched: "patch"
        case .paused: "pause"
        case .resumed: "resume"
        case .abandoned: "abandon"
        }
    }
}
