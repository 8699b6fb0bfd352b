public import SagaValues

/// One run of a workflow: all that the next decision depends on, and nothing else.
///
/// A pure value. ``handle(_:at:plan:)`` is the only way in which it changes; the runtime, the tests and
/// whoever folds the history all go through it, so a rule that holds here holds everywhere.
/// Time comes in with events; what is to be done goes out as effects.
public struct Saga: Sendable, Hashable {
    public let id: UUID
    public package(set) var status: Status
    /// How many events have been applied; the number of the last row of its history.
    public package(set) var revision: Int
    public let startedAt: Timestamp
    /// When it is late; nil if its workflow sets no deadline.
    public package(set) var deadline: Timestamp?
    /// Whether the deadline has been acted on.
    public package(set) var isLate: Bool
    /// Whether a person has halted it: nothing is sent and no time counts until a person lets it go on. What others
    /// have to say is taken in.
    public package(set) var isPaused: Bool
    /// Why it cannot finish. Set once, before the pivot is done; from then on no step starts.
    public package(set) var failure: Failure?
    /// One for each step of the plan, at the same index.
    ///
    /// What looks at all of them goes by index: an iterator would copy each, and there may be a thousand.
    public package(set) var steps: [StepState]
    /// The versions of its workflow that it has left, in order.
    public package(set) var left: [Leaving] = []

    /// A version that a saga does not go by any more.
    public struct Leaving: Sendable, Hashable {
        /// Of the event by which it went on by another.
        public let revision: Int
        public let version: Int

        public init(revision: Int, version: Int) {
            self.revision = revision
            self.version = version
        }
    }

    /// Where a saga stands. `completed`, `compensated` and `abandoned` never change again, but for a completed child,
    /// which its parent may still have undone.
    public enum Status: String, Sendable, Hashable, CaseIterable {
        /// Waits in line for its lock keys. Leaves to `running`, or to `compensated` when it is late.
        case queued
        /// Goes forward, or waits for the steps in flight after a failure.
        /// Leaves to `completed`, `compensating`, `compensated`.
        case running
        /// Undoes what was or may have been done. Leaves to `compensated`.
        case compensating
        /// Every required step is done. A child leaves to `compensating`, `compensated` when its parent unwinds.
        case completed
        /// Everything that was or may have been done is undone.
        case compensated
        /// Closed by a named person without undoing what was done.
        case abandoned

        public var isTerminal: Bool {
            switch self {
            case .queued, .running, .compensating: false
            case .completed, .compensated, .abandoned: true
            }
        }
    }

    /// A saga that has not been told that it started.
    public init(id: UUID, plan: Plan, at time: Timestamp) {
        self.id = id
        self.status = .queued
        self.revision = 0
        self.startedAt = time
        self.deadline = plan.deadline.map { time + $0 }
        self.isLate = false
        self.isPaused = false
        self.steps = plan.steps.map { _ in StepState() }
    }

    init(
        id: UUID, status: Status, revision: Int, startedAt: Timestamp, deadline: Timestamp?, isLate: Bool,
        isPaused: Bool, failure: Failure?, steps: [StepState], left: [Leaving]
    ) {
        self.id = id
        self.status = status
        self.revision = revision
        self.startedAt = startedAt
        self.deadline = deadline
        self.isLate = isLate
        self.isPaused = isPaused
        self.failure = failure
        self.steps = steps
        self.left = left
    }

    /// When the saga must be looked at again if nothing is heard, or nil.
    ///
    /// A saga that is not terminal, not paused, and has neither this nor an open incident would be lost.
    public var nextDue: Timestamp? {
        guard !status.isTerminal, !isPaused else { return nil }
        var earliest = isLate ? nil : deadline
        for index in steps.indices {
            guard let due = steps[index].due else { continue }
            earliest = earliest.map { min($0, due) } ?? due
        }
        return earliest
    }

    /// The commands that have been sent and not been answered: what to send again after a crash.
    public var inFlight: [Dispatch] {
        // What was in flight when somebody abandoned it is nobody's any more.
        guard status != .abandoned else { return [] }
        return steps.indices.flatMap { index -> [Dispatch] in
            guard let direction = steps[index].phase.directionInFlight else { return [] }
            guard let items = steps[index].items else { return [dispatch(index, direction)] }
            return items.inFlight.map { dispatch(index, item: $0.item, $0.direction) }
        }
    }

    /// The steps that wait for events or consent: what to look for again after a crash.
    public var listening: [Int] {
        status == .abandoned ? [] : steps.indices.filter { steps[$0].phase == .listening }
    }

    /// Whether its deadline has passed and it goes on, since it is past the pivot; or did until it completed.
    public var isOverdue: Bool { isLate && failure == nil }

    public var hasOpenIncident: Bool {
        steps.indices.contains { steps[$0].incident != nil }
    }

    func dispatch(_ index: Int, item: Int = 0, _ direction: Direction) -> Dispatch {
        Dispatch(
            step: index, item: item, direction: direction, attempt: steps[index].attempt,
            round: steps[index].items?.round(of: item) ?? steps[index].round)
    }
}

/// Why a saga unwinds.
public struct Failure: Sendable, Hashable {
    public let kind: Kind
    /// The step that caused it; nil for the deadline and for a person's request.
    public let step: Int?
    /// What the participant or the operator said.
    public let error: StepError?

    public init(_ kind: Kind, step: Int? = nil, error: StepError? = nil) {
        self.kind = kind
        self.step = step
        self.error = error
    }

    public enum Kind: String, Sendable, Hashable, CaseIterable {
        /// A participant refused for a business reason.
        case rejected
        /// Every attempt was answered, and none succeeded.
        case exhausted
        /// Attempts ran out, and of at least one nobody knows what became of it.
        case unknown
        /// The saga's deadline passed before its pivot.
        case deadline
        /// A person asked for it.
        case cancelled
    }
}
