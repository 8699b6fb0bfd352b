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
        /// A person's requests for an attempt.
        public var retries = 0
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
        /// Whether states count as one that differ only in how a settled step got there, or in numbers of attempts
        /// that have no end. Without it the machine is looked at more closely, and whole workflows are out of reach.
        public var mergesSettled = false

        public init() {}
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
        rules = Rules(plan, namesAttempts: !bounds.mergesSettled)
    }

    /// - Parameter progress: told the number of states now and then; false stops the exploration.
    public func explore(progress: (Int) -> Bool = { _ in true }) -> Report {
        explore(progress: progress) { _ in }
    }

    /// - Parameter visit: shown each state once.
    func explore(progress: (Int) -> Bool = { _ in true }, visit: (World) -> Void) -> Report {
        var report = Report()
        let start = World(plan, bounds)
        var seen: Set<Fingerprint> = [start.fingerprint]
        /// Of each state but the first, the state it was first reached from and how.
        var origins: [(from: Int32, by: Move)] = []
        var frontier: [(world: World, index: Int32)] = [(start, -1)]
        report.states = 1

        func story(_ index: Int32, _ last: Move?, _ what: String) -> Story {
            var moves = last.map { [$0] } ?? []
            var index = index
            while index >= 0 {
                moves.append(origins[Int(index)].by)
                index = origins[Int(index)].from
            }
            return Story(plan: plan, bounds: bounds, moves: moves.reversed(), end: what)
        }

        while !frontier.isEmpty {
            var next: [(world: World, index: Int32)] = []
            for (world, index) in frontier {
                for move in world.moves(plan) {
                    report.moves += 1
                    var then = world
                    if let transition = then.apply(move, plan) {
                        let wrong = rules.violation(from: world.saga, to: then, transition, sent: world.participants)
                        if let wrong {
                            report.counterexample = story(index, move, wrong)
                            return report
                        }
                        guard transition.isApplied else { continue }
                    }
                    let exact = then.saga
                    then.normalise(plan)
                    let print = then.fingerprint
                    guard seen.insert(print).inserted else { continue }

                    report.states += 1
                    visit(then)
                    origins.append((index, move))
                    let isSample = print.isSample(oneIn: bounds.sampling)
                    if let wrong = rules.violation(then) ?? (isSample ? examine(then, exact, &report) : nil) {
                        report.counterexample = story(index, move, wrong)
                        return report
                    }
                    switch then.saga.status {
                    case .completed:
                        report.completed += 1
                        if then.left.parentRequests > 0 { next.append((then, Int32(origins.count - 1))) }
                    case .compensated: report.compensated += 1
                    case .queued, .running, .compensating, .abandoned:
                        if then.saga.hasOpenIncident { report.withIncident += 1 }
                        next.append((then, Int32(origins.count - 1)))
                    }
                }
                if report.states > bounds.states {
                    report.isCutShort = true
                    return report
                }
            }
            frontier = next
            if !progress(report.states) {
                report.isCutShort = true
                return report
            }
        }
        return report
    }

    /// What costs too much to be asked of every state: whether it can be stored, and whether it can end.
    private func examine(_ world: World, _ exact: Saga, _ report: inout Report) -> String? {
        if exact.decoded(plan) != exact { return "the stored form does not give the state again" }
        let end = world.inGoodWeather(plan).saga
        if rules.isParked(end) {
            report.parked += 1
            return nil
        }
        return end.status.isTerminal ? nil : "it never ends, even if all goes well from here on"
    }
}
