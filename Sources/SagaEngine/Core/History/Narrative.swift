public import SagaValues

/// A history row together with what it led to: how a person reads a saga.
public struct Narrative: Sendable, Hashable {
    public let entry: HistoryEntry
    /// What had become due, if a timer fired.
    public internal(set) var due: [Due]
    /// What followed at once, in order. Never stored: it follows from the event.
    public internal(set) var effects: [SagaEffect]
    /// The attempts that it put off until later.
    public internal(set) var planned: [Planned]
    /// Of each step that it asked the participant about, the how-manieth asking in a row it was. The attempt of
    /// such a probe says something else: it counts on from those to do the step.
    public internal(set) var askings: [Int: Int]
    /// The steps whose turn came.
    public internal(set) var began: [Int]
    /// The steps that it settled: done, refused, given up, or undone.
    public internal(set) var settled: [Int]
    /// Where the saga stood after it.
    public let status: Saga.Status

    /// Something that a timer was set for.
    public enum Due: Sendable, Hashable {
        /// No reply came to the last attempt, for as long as its timeout.
        case reply(step: Int, Direction, timeout: Duration)
        /// The pause before the next attempt is over.
        case pause(step: Int, Direction)
        /// A command that was held back is asked for again.
        case turn(step: Int, Direction)
        /// A command that nobody took is to be offered again.
        case offer(step: Int, Direction)
        /// Child sagas are asked how far they are, in case their word was lost.
        case look(step: Int, Direction)
        /// A step that lets time pass is over.
        case time(step: Int)
        /// What a step waited for has not come in time.
        case expiry(step: Int)
        /// The saga's deadline has passed.
        case deadline
    }

    /// An attempt that is due later.
    public struct Planned: Sendable, Hashable {
        public let step: Int
        public let direction: Direction
        public let after: Duration
    }

    /// Tells a history from its first row on. All of it speaks of steps as the last plan numbers them.
    public static func tell(
        _ history: [HistoryEntry], id: UUID, course: Course
    ) throws(HistoryError) -> [Narrative] {
        guard let first = history.first else { return [] }
        var saga = Saga(id: id, plan: course.first, at: first.at)
        var told: [Narrative] = []
        for entry in history {
            let plan = course.plan(at: entry.revision)
            if let move = entry.move { told = told.map { $0.seen(behind: move) } }
            told.append(try tell(entry, of: &saga, plan: plan))
        }
        return told
    }

    /// The same, of a saga that has never moved.
    public static func tell(
        _ history: [HistoryEntry], id: UUID, plan: Plan
    ) throws(HistoryError) -> [Narrative] {
        try tell(history, id: id, course: Course(plan))
    }

    /// Tells the row that follows on what `saga` has been through, and takes the saga there.
    ///
    /// - Parameter plan: that of the row, see ``Course/plan(at:)``.
    public static func tell(
        _ entry: HistoryEntry, of saga: inout Saga, plan: Plan
    ) throws(HistoryError) -> Narrative {
        var before = saga
        let effects = try saga.apply(entry, plan: plan)
        if let move = entry.move {
            // What was so before the move was not changed by it.
            before = before.moved(by: move, to: plan) ?? saga
        }
        return Narrative(entry, effects, from: before, to: saga, plan)
    }

    private init(_ entry: HistoryEntry, _ effects: [SagaEffect], from before: Saga, to saga: Saga, _ plan: Plan) {
        self.entry = entry
        self.effects = effects
        status = saga.status
        began = saga.steps.indices.filter { before.steps[$0].phase == .waiting && saga.steps[$0].phase != .waiting }
        settled = saga.settled(since: before)
        due = entry.kind == .timer ? before.due(at: entry.at, plan) : []
        planned = saga.planned(since: before, at: entry.at)
        var askings: [Int: Int] = [:]
        for case .dispatch(let command) in effects where command.direction == .probe {
            askings[command.step] = saga.steps[command.step].spent
        }
        self.askings = askings
    }
}

extension Saga {
    fileprivate func due(at time: Timestamp, _ plan: Plan) -> [Narrative.Due] {
        var due: [Narrative.Due] = []
        if let deadline, !isLate, deadline <= time { due.append(.deadline) }
        for index in steps.indices {
            guard let stepDue = steps[index].due, stepDue <= time else { continue }
            let phase = steps[index].phase
            let step = plan.steps[index]
            if phase == .pausing {
                due.append(.time(step: index))
            } else if phase == .listening {
                due.append(.expiry(step: index))
            } else if let direction = phase.directionInFlight, step.isCarriedOutByChildren {
                due.append(.look(step: index, direction))
            } else if let direction = phase.directionInFlight {
                let policy = direction == .undo ? step.undoRetry : step.retry
                due.append(.reply(step: index, direction, timeout: policy.timeout))
            } else if let direction = phase.directionAhead {
                let isOffer = steps[index].incident?.cause == .unroutable
                if steps[index].heldBack != nil {
                    due.append(.turn(step: index, direction))
                } else {
                    due.append(isOffer ? .offer(step: index, direction) : .pause(step: index, direction))
                }
            }
        }
        return due
    }
}
