public import SagaCore
import SagaValues

/// Plays everything that can happen to a saga of a plan, within bounds, and looks at every state.
///
/// Breadth first, so that the first way to something wrong is a shortest one. Time is left out: a timer
/// may fire whenever it is set. What participants do is the barrier of semantics.md, what the network
/// does is in ``Participant``.
public struct Explorer: Sendable {
    /// How much may go wrong beside what costs nothing: loss, duplicates, reordering, late timers.
    public struct Bounds: Sendable, Hashable {
        /// Commands that come back as unroutable.
        public var returns = 0
        /// Commands that are held back when they are about to be sent.
        public var holds = 0
        /// A person's requests for an attempt.
        public var retries = 0
        /// A person's words on steps: what became of them, truthfully, or that the saga does without them.
        public var rulings = 0
        /// How often a person pauses the saga, or abandons it.
        public var halts = 0
        /// A person's requests to undo.
        public var undoRequests = 0
        /// Requests of a parent to undo, which may come after the saga has completed.
        public var parentRequests = 0
        public var startsQueued = false
        /// Whether participants say which attempt they answer.
        public var statesAttempts = true
        /// Exploration stops here, and says so.
        public var states = 3_000_000
        /// Of so many states one is encoded, decoded, and played on in good weather.
        public var sampling: UInt64 = 8
        public var merging = Merging.nothing

        public init() {}
    }

    /// Which states count as one. The more do, the larger a workflow may be; nothing that can happen may be lost by it.
    public enum Merging: Int, Sendable, Hashable, Comparable, CaseIterable {
        /// Those that differ only in times, and in texts for people.
        case nothing
        /// Besides, those that differ in what attempts are called, or in how many were made of those without end. Only
        /// then are there finitely many states of any workflow.
        case attempts
        /// Besides, those that differ in what is past and is not asked for any more: how a settled step got there, what a
        /// participant has answered to a step that is being undone, why the saga has failed.
        case past

        public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
    }

    public struct Report: Sendable {
        public var states = 0
        public var moves = 0
        public var completed = 0
        public var compensated = 0
        /// States with an open incident.
        public var withIncident = 0
        /// States that end in a held pivot of a failed saga even in good weather: see ``Rules/isParked(_:)``.
        public var parked = 0
        public var isCutShort = false
        public var counterexample: Story?

        public init() {}
    }

    public let plan: Plan
    public let bounds: Bounds
    private let rules: Rules

    public init(_ plan: Plan, _ bounds: Bounds) {
        self.plan = plan
        self.bounds = bounds
        rules = Rules(plan, namesAttempts: bounds.merging == .nothing)
    }

    /// - Parameter progress: told the number of states now and then; false stops the exploration.
    public func explore(progress: (Int) -> Bool = { _ in true }) -> Report {
        explore(progress: progress) { _ in }
    }

    /// - Parameter visit: shown each state once, in the order in which they are found.
    func explore(progress: (Int) -> Bool = { _ in true }, visit: (World) -> Void) -> Report {
        let start = World(plan, bounds)
        let expander = Expander(plan: plan, rules: rules, bounds: bounds, start: start)
        var known = Knowledge(start)
        var report = Report()
        report.states = 1
        // States are expanded in the order in which they were found, so none is nearer to the start than one before it.
        var next = 0
        while next < known.states.count {
            if let (move, wrong) = report.take(expander.expand(next, known), of: next, &known, visit) {
                report.counterexample = story(known, next, move, wrong)
                return report
            }
            next += 1
            let isStopped = next % Explorer.stride == 0 && !progress(report.states)
            if isStopped || report.states > bounds.states {
                report.isCutShort = true
                return report
            }
        }
        return report
    }

    /// How many states are expanded between two tellings of the progress.
    private static let stride = 128

    /// The way to a state was not kept: of each state on it, the first move that leads to the next is looked for.
    private func story(_ known: Knowledge, _ state: Int, _ last: Move, _ what: String) -> Story {
        var states = [state]
        while let first = states.last, first > 0 { states.append(known.states.parent(of: first)) }
        var moves: [Move] = []
        var world = World(plan, bounds)
        for next in states.reversed().dropFirst() {
            var target = world
            known.load(next, into: &target)
            let move = world.moves(plan).first { move in
                var then = world
                if let transition = then.apply(move, plan), !transition.isApplied { return false }
                then.normalise(plan)
                return then.isSame(as: target)
            }
            guard let move else { preconditionFailure("a state was not reached from where it is said to be") }
            moves.append(move)
            world = target
        }
        return Story(plan: plan, bounds: bounds, moves: moves + [last], end: what)
    }
}

extension Explorer.Report {
    /// Puts what follows a state to what is known.
    ///
    /// - Returns: what is wrong, and the move that led there.
    fileprivate mutating func take(
        _ expansion: Expander.Expansion, of state: Int, _ known: inout Knowledge, _ visit: (World) -> Void
    ) -> (Move, String)? {
        for step in expansion.steps {
            switch step.finding {
            case .brokenBy(let wrong):
                moves += step.number
                return (step.move, wrong)
            case .state(let world, let wrong, let isParked):
                guard known.learn(world, from: state) else { continue }
                states += 1
                visit(world)
                if let wrong {
                    moves += step.number
                    return (step.move, wrong)
                }
                if isParked { parked += 1 }
                switch world.saga.status {
                case .completed: completed += 1
                case .compensated: compensated += 1
                case .queued, .running, .compensating, .abandoned:
                    if world.saga.hasOpenIncident { withIncident += 1 }
                }
            }
        }
        moves += expansion.moves
        return nil
    }
}
