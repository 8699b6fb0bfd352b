public import SagaCore

/// Whether a workflow can come to a bad end: every end has to be all done, all undone, or parked for a person.
///
/// Explores the workflow, and each body of an `each` by itself, with the machine that runs sagas in production. What may
/// happen: each step is done, refused, put off, not answered, answered late or twice, undone, not undone; each
/// expression comes to anything that it can come to, or to nothing; the deadline passes at any moment; the
/// orchestrator dies at any moment (what it had not sent is lost, what it had sent is sent twice); and one of: a person
/// has the saga undone, a person has a step tried again, a participant is not there, a command is held back when its turn has come, a parent
/// has it undone.
///
/// The bounds: two attempts of each step that has a limit, two items in each list, one of the last five, and
/// ``limit`` states for each part and way.
public struct Proof: Sendable {
    public let parts: [Part]

    /// The workflow or a body, explored in one way.
    public struct Part: Sendable {
        /// Nil for the workflow itself, else the `each` whose body it is.
        public let body: String?
        /// What may happen besides what always may.
        public let way: Way
        public let report: Explorer.Report
    }

    public enum Way: String, Sendable, CaseIterable {
        case undoRequest = "a person has it undone"
        case retryRequest = "a person has a step tried again"
        case noParticipant = "a participant is not there"
        case heldBack = "a command is held back"
        case parentRequest = "its parent has it undone"
    }

    /// The first story of a bad end, with the body that it is about.
    public var counterexample: (body: String?, story: Story)? {
        parts.lazy.compactMap { part in part.report.counterexample.map { (part.body, $0) } }.first
    }

    /// Whether everything within the bounds was seen.
    public var isComplete: Bool { !parts.contains(where: \.report.isCutShort) }
    public var states: Int { parts.reduce(0) { $0 + $1.report.states } }
    public var moves: Int { parts.reduce(0) { $0 + $1.report.moves } }

    public init(parts: [Part]) { self.parts = parts }

    /// - Parameters:
    ///   - limit: after so many states of a part and way the exploration goes on to the next, and the proof is not
    ///     complete.
    ///   - progress: told the number of states so far, all in all; false stops.
    public static func prove(_ plan: Plan, limit: Int, progress: (Int) -> Bool = { _ in true }) -> Proof {
        var parts: [Part] = []
        var before = 0
        for task in tasks(for: plan) {
            var goesOn = true
            let part = task.explore(limit: limit) { states in
                goesOn = progress(before + states)
                return goesOn
            }
            before += part.report.states
            parts.append(part)
            if part.report.counterexample != nil || !goesOn { break }
        }
        return Proof(parts: parts)
    }

    /// What a proof consists of: independent of each other, so that they can go side by side.
    public static func tasks(for plan: Plan) -> [Task] {
        ([(nil, plan)] + plan.bodies).flatMap { body, plan in
            Way.allCases.filter { $0.concerns(plan, isBody: body != nil) }.map { Task(body: body, way: $0, plan: plan) }
        }
    }

    /// A part that has not been explored.
    public struct Task: Sendable {
        public let body: String?
        public let way: Way
        let plan: Plan

        /// - Parameter progress: told the number of states of this part; false stops.
        public func explore(limit: Int, progress: (Int) -> Bool = { _ in true }) -> Part {
            var bounds = way.bounds
            bounds.states = limit
            let explorer = Explorer(plan.bounded(attempts: 2), bounds)
            return Part(body: body, way: way, report: explorer.explore(progress: progress))
        }
    }
}

extension Proof.Way {
    var bounds: Explorer.Bounds {
        var bounds = Explorer.Bounds()
        bounds.merging = .past
        switch self {
        case .undoRequest: bounds.undoRequests = 1
        case .retryRequest: bounds.retries = 1
        case .noParticipant: bounds.returns = 1
        case .heldBack: bounds.holds = 1
        case .parentRequest: bounds.parentRequests = 1
        }
        return bounds
    }

    /// A workflow may be run by another, so that a parent concerns them all.
    func concerns(_ plan: Plan, isBody: Bool) -> Bool {
        switch self {
        case .undoRequest: !isBody
        case .retryRequest, .parentRequest: true
        case .noParticipant, .heldBack: plan.steps.contains { if case .action = $0.kind { true } else { false } }
        }
    }
}

extension Plan {
    /// The bodies of all `each` in it, by the names of those.
    fileprivate var bodies: [(String?, Plan)] {
        steps.flatMap { step -> [(String?, Plan)] in
            guard case .each(let each) = step.kind else { return [] }
            return [(step.name, each.body)] + each.body.bodies
        }
    }
}
