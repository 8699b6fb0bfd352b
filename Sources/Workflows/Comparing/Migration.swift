public import SagaCore
public import SagaValues
public import Workflows

/// Whether a saga can go on by another version of its workflow, and how it would stand there.
///
/// It may when all that it has done, is doing or may have done is the same in both: then whatever comes, forwards or
/// backwards, finds it where the other version would have it. What the saga has not come to may differ as it likes.
/// Everything is refused that could leave something done behind: so a *no* may be over-careful, a *yes* is safe.
public struct Migration: Sendable, Hashable {
    /// What the machine is to be told; nil if it cannot move.
    public let move: VersionMove?
    /// Each step that has been reached and goes on where it is.
    public let mapped: [Mapped]
    /// Why it cannot move, all of it; empty if it can.
    public let obstacles: [Obstacle]
    /// What is worth knowing before it moves.
    public let remarks: [String]

    public var isPossible: Bool { move != nil }

    public struct Mapped: Sendable, Hashable {
        public let step: String
        /// Indices of the two plans' steps.
        public let from: Int
        public let to: Int
        public let phase: StepState.Phase
    }

    /// A reason against it.
    public struct Obstacle: Sendable, Hashable, CustomStringConvertible {
        public let kind: Kind
        /// Nil where it is about the saga as a whole.
        public let step: String?
        /// For people.
        public let sentence: String

        public var description: String { sentence }

        public enum Kind: String, Sendable, Hashable, CaseIterable {
            /// It has ended, or is another workflow's, or in the midst of a decision.
            case saga
            /// A step that was reached is not in the other version, or not in its outermost list.
            case missing
            /// What a reached step does, or what undoes it, is something else there.
            case changed
            /// It reads, to undo, what may not be there.
            case unreadable
            /// Reached steps stand to each other in another way.
            case order
            /// It is on the other side of the point of no return, or is that.
            case region
            /// A step that has not run stands before one that has.
            case gap
            /// A reached step depends on a choice that was made otherwise, or not yet.
            case choice
            /// It was passed over, or failed, and could not be there.
            case required
            /// It would need a lock that it does not hold.
            case locks
            /// It would show what is sensitive in the version that it leaves.
            case exposed
            /// Its input is not one of the other version's.
            case input
        }
    }

    /// - Parameters:
    ///   - saga: as it is now, by the plan `old`.
    ///   - values: the saga's input under `input`, and outputs under their steps' names, as far as they are known. They
    ///     only make it possible to tell that something is there.
    public init(_ saga: Saga, from old: Plan, to new: Plan, values: [String: JSON] = [:]) {
        precondition(saga.steps.count == old.steps.count, "the saga is one of another plan")
        var check = MigrationCheck(saga, old, new, values)
        check.checkAll()
        obstacles = check.obstacles
        remarks = obstacles.isEmpty ? check.remarks : []
        mapped = check.mapped
        move = obstacles.isEmpty ? check.move() : nil
    }

    /// As ``init(_:from:to:values:)``, and the input has to be one of the other version's: the saga's own, where it is
    /// known, and else any that its version takes.
    public init(_ saga: Saga, from old: Workflow, to new: Workflow, values: [String: JSON] = [:]) {
        let migration = Migration(saga, from: old.plan, to: new.plan, values: values)
        let complaints =
            if let input = values["input"] {
                new.validate(input: input).map(\.description)
            } else {
                InputFit(old: old.inputSchema?.json, new: new.inputSchema?.json).reasons.filter { !$0.isAboutUnnamed }
                    .map(\.description)
            }
        obstacles =
            migration.obstacles
            + complaints.map {
                Obstacle(
                    kind: .input, step: nil, sentence: "The input may not be one of version \(new.plan.version): \($0)")
            }
        move = obstacles.isEmpty ? migration.move : nil
        mapped = migration.mapped
        remarks = obstacles.isEmpty ? migration.remarks : []
    }

    /// As ``init(_:from:to:values:)``, of a saga with its data.
    ///
    /// - Parameters:
    ///   - process: what it has of values is looked at; ``SagaData/missing`` may have something afterwards.
    ///   - body: the `each` whose items it carries out one of; nil if it runs the workflow itself.
    public init(_ process: inout SagaProcess, from old: Workflow, to new: Workflow, body: String?) {
        let plan = process.plan
        var values: [String: JSON] = [:]
        values["input"] = process.value(.input)
        for index in plan.steps.indices { values[plan.steps[index].name] = process.value(.step(index)) }
        guard let body else {
            self.init(process.saga, from: old, to: new, values: values)
            return
        }
        guard let part = new.plan(ofBody: body) else {
            self.init(
                obstacle: Obstacle(
                    kind: .missing, step: nil,
                    sentence: "The saga runs the steps of '\(body)', and version \(new.plan.version) has none such"))
            return
        }
        self.init(process.saga, from: plan, to: part, values: values)
    }

    private init(obstacle: Obstacle) {
        (move, mapped, obstacles, remarks) = (nil, [], [obstacle], [])
    }

    /// For people, a line each.
    public var lines: [String] {
        if isPossible {
            let steps = mapped.map { "'\($0.step)' stays \($0.phase.name)." }
            return ["It can move."] + (steps.isEmpty ? ["Nothing has been done yet."] : steps) + remarks
        }
        return ["It cannot move:"] + obstacles.map { "- \($0.sentence)." }
    }
}
