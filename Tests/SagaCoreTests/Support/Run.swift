import SagaCore
import SagaValues
import Testing

/// A saga that is told what happens, step by step. Each call gives what it led to as text.
///
/// Whatever a test plays, every state on the way is encoded and decoded, and its history is folded.
struct Run {
    let plan: Plan
    private(set) var saga: Saga
    var now = Timestamp.zero
    private(set) var history: [HistoryEntry] = []

    init(_ plan: Plan) {
        self.plan = plan
        saga = Saga(id: .test, plan: plan, at: now)
    }

    init(_ shape: Shape, attempts: Int? = 2, undoAttempts: Int? = 2, deadline: Duration? = nil) {
        self.init(Plan(shape, attempts: attempts, undoAttempts: undoAttempts, deadline: deadline))
    }

    subscript(step: String) -> StepState { saga.steps[plan.stepIndex(named: step)!] }

    @discardableResult
    mutating func handle(_ event: SagaEvent, _ location: SourceLocation = #_sourceLocation) -> String {
        let before = saga
        let transition = saga.handle(event, at: now, plan: plan)
        if transition.isApplied {
            #expect(saga.revision == before.revision + 1, sourceLocation: location)
            history.append(HistoryEntry(event, revision: saga.revision, at: now, data: event.data, plan: plan))
        } else {
            #expect(saga == before, "an ignored event changes nothing", sourceLocation: location)
        }
        #expect(saga.decoded(plan) == saga, "the stored form gives the state again", sourceLocation: location)
        if !history.isEmpty {
            #expect(throws: Never.self, sourceLocation: location) {
                let folded = try Saga(folding: history, id: .test, plan: plan)
                #expect(folded == saga, "the folded history is the state", sourceLocation: location)
            }
        }
        return transition.text(plan)
    }

    private mutating func reply(
        _ step: String, _ direction: Direction, _ attempt: Int?, _ reply: SagaEvent.Reply, _ location: SourceLocation
    ) -> String {
        handle(
            .replied(step: plan.stepIndex(named: step)!, direction: direction, attempt: attempt, reply: reply), location
        )
    }
}

// MARK: What can happen, in a word

extension Run {
    @discardableResult
    mutating func start(queued: Bool = false, _ location: SourceLocation = #_sourceLocation) -> String {
        handle(.started(queued: queued), location)
    }

    @discardableResult
    mutating func granted(_ location: SourceLocation = #_sourceLocation) -> String { handle(.locksGranted, location) }

    @discardableResult
    mutating func done(_ step: String, attempt: Int? = nil, _ location: SourceLocation = #_sourceLocation) -> String {
        reply(step, .do, attempt, .done, location)
    }

    @discardableResult
    mutating func rejected(
        _ step: String, attempt: Int? = nil, _ location: SourceLocation = #_sourceLocation
    ) -> String {
        reply(step, .do, attempt, .rejected(.no), location)
    }

    @discardableResult
    mutating func retry(
        _ step: String, attempt: Int? = nil, after: Duration? = nil, _ location: SourceLocation = #_sourceLocation
    ) -> String {
        reply(step, .do, attempt, .retry(.busy, after: after), location)
    }

    @discardableResult
    mutating func unknown(
        _ step: String, attempt: Int? = nil, after: Duration? = nil, _ location: SourceLocation = #_sourceLocation
    ) -> String {
        reply(step, .do, attempt, .unknown(.lost, after: after), location)
    }

    @discardableResult
    mutating func working(
        _ step: String, attempt: Int? = nil, _ location: SourceLocation = #_sourceLocation
    ) -> String {
        reply(step, .do, attempt, .working, location)
    }

    /// A reply to a probe: `.done` says that it happened, `.rejected` that it did not.
    @discardableResult
    mutating func probed(
        _ step: String, _ answer: SagaEvent.Reply, attempt: Int? = nil, _ location: SourceLocation = #_sourceLocation
    ) -> String {
        reply(step, .probe, attempt, answer, location)
    }

    /// The event that a step listens for comes, or one that is a refusal.
    @discardableResult
    mutating func heard(
        _ step: String, _ signal: SagaEvent.Signal = .accepted, _ location: SourceLocation = #_sourceLocation
    ) -> String {
        handle(.signalled(step: plan.stepIndex(named: step)!, signal), location)
    }

    @discardableResult
    mutating func undone(_ step: String, _ location: SourceLocation = #_sourceLocation) -> String {
        reply(step, .undo, nil, .done, location)
    }

    @discardableResult
    mutating func undo(
        _ step: String, _ answer: SagaEvent.Reply, attempt: Int? = nil, _ location: SourceLocation = #_sourceLocation
    ) -> String {
        reply(step, .undo, attempt, answer, location)
    }

    @discardableResult
    mutating func returned(
        _ direction: Direction, _ step: String, _ location: SourceLocation = #_sourceLocation
    ) -> String {
        handle(.returned(step: plan.stepIndex(named: step)!, direction: direction), location)
    }

    @discardableResult
    mutating func heldBack(
        _ direction: Direction, _ step: String, for pause: Duration = .seconds(60), _ cause: HeldBack.Cause = .breaker,
        _ location: SourceLocation = #_sourceLocation
    ) -> String {
        handle(
            .heldBack(step: plan.stepIndex(named: step)!, direction: direction, HeldBack(cause, until: now + pause)),
            location)
    }

    @discardableResult
    mutating func released(
        _ direction: Direction, _ step: String, _ location: SourceLocation = #_sourceLocation
    ) -> String {
        handle(.released(step: plan.stepIndex(named: step)!, direction: direction), location)
    }

    @discardableResult
    mutating func retryRequested(_ step: String, _ location: SourceLocation = #_sourceLocation) -> String {
        handle(.retryRequested(step: plan.stepIndex(named: step)!), location)
    }

    @discardableResult
    mutating func resolved(
        _ step: String, _ resolution: SagaEvent.Resolution, _ location: SourceLocation = #_sourceLocation
    ) -> String {
        handle(.resolved(step: plan.stepIndex(named: step)!, resolution), location)
    }

    @discardableResult
    mutating func skipped(
        _ step: String, isForced: Bool = false, _ location: SourceLocation = #_sourceLocation
    ) -> String {
        handle(.skipRequested(step: plan.stepIndex(named: step)!, isForced: isForced), location)
    }

    @discardableResult
    mutating func cancel(_ location: SourceLocation = #_sourceLocation) -> String {
        handle(.compensationRequested(.no), location)
    }

    /// Time passes until the saga must be looked at again.
    @discardableResult
    mutating func due(_ location: SourceLocation = #_sourceLocation) -> String {
        guard let due = saga.nextDue else { return "(nothing is due)" }
        now = max(now, due)
        return handle(.timerFired, location)
    }

    /// Time passes again and again until a step is in a phase, which must come soon.
    mutating func due(_ step: String, until phase: StepState.Phase, _ location: SourceLocation = #_sourceLocation) {
        for _ in 0..<40 where self[step].phase != phase { due(location) }
        #expect(self[step].phase == phase, "\(step) gets there", sourceLocation: location)
    }

    /// Time passes, and the saga is looked at.
    @discardableResult
    mutating func wait(_ duration: Duration, _ location: SourceLocation = #_sourceLocation) -> String {
        now += duration
        return handle(.timerFired, location)
    }
}

extension StepError {
    static let no = StepError(code: "no", message: "it will not be done")
    static let busy = StepError(code: "busy", message: "not now")
    static let lost = StepError(code: "answer-lost", message: "nobody knows")
}

extension SagaEvent {
    /// The payload that a runtime would have taken the event from.
    var data: [UInt8] {
        switch self {
        case .started: Array(#"{"userId":"u1"}"#.utf8)
        case .compensationRequested(let reason), .cancelledByParent(let reason): reason.body
        case .replied(_, _, _, _, .rejected(let error)), .signalled(_, .refused(let error)): error.body
        case .replied(_, _, _, _, .retry(let error, let after)), .replied(_, _, _, _, .unknown(let error, let after)):
            error.body(retryAfter: after)
        case .replied(_, _, _, _, .done), .signalled(_, .accepted): Array(#"{"id":"x1"}"#.utf8)
        case .resolved(_, .done), .skipRequested, .patched:
            PersonsWord(reason: "it was found out", subject: "mia", value: ["id": "x1"]).data
        case .resolved, .paused, .resumed, .abandoned, .migrated:
            PersonsWord(reason: "it was found out", subject: "mia").data
        case .replied(_, _, _, _, .working), .locksGranted, .returned, .heldBack, .released, .timerFired,
            .retryRequested, .decided:
            []
        }
    }
}

extension StepError {
    fileprivate func body(retryAfter: Duration?) -> [UInt8] {
        var object: JSON.Object = ["code": .string(code), "message": .string(message)]
        if let retryAfter { object["retryAfter"] = .number("\(retryAfter.wholeMicroseconds)e-6") }
        return JSON.object(object).bytes
    }
}
