/// A workflow that has been checked: what the saga machine runs. Immutable.
///
/// `steps` lists every step in the order of the text; the tree in `root` refers to them by index, and
/// so does a saga's state, so an index means the same step for as long as the version exists.
public struct Plan: Sendable, Hashable {
    public let workflow: String
    public let version: Int
    public let title: String?
    /// From the start; before the pivot its passing unwinds the saga, after it only an alert is due.
    public let deadline: Duration?
    /// The keys that a saga holds from its start to its end.
    public let locks: [Template]
    public let onBusy: OnBusy
    public let root: PlanNode
    public let steps: [Step]
    public let output: Template?

    public init(
        workflow: String, version: Int, title: String? = nil, deadline: Duration? = nil,
        locks: [Template] = [], onBusy: OnBusy = .reject, root: PlanNode, steps: [Step], output: Template? = nil
    ) {
        self.workflow = workflow
        self.version = version
        self.title = title
        self.deadline = deadline
        self.locks = locks
        self.onBusy = onBusy
        self.root = root
        self.steps = steps
        self.output = output
    }

    /// What a start does when another open saga holds one of its lock keys.
    public enum OnBusy: String, Sendable, Hashable {
        /// The start is refused.
        case reject
        /// The saga waits for its turn, first come, first served.
        case queue
    }
}

/// The shape of a plan. Leaves are steps; a name is unique in the whole plan.
public indirect enum PlanNode: Sendable, Hashable {
    /// The step at this index of ``Plan/steps``.
    case step(Int)
    /// One after the other.
    case sequence([PlanNode])
    /// All at once; complete when every branch is.
    case parallel(name: String, branches: [PlanNode])
}
