/// A workflow that has been checked: what the saga machine runs. Immutable.
///
/// The steps of an `each` are a plan of their own, see ``Each/body``: every item runs as a saga.
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
    /// What nobody may see: places of the input and of outputs.
    public let sensitive: [Reference]
    /// The events that start a saga, and the clock, where they do.
    public let starts: [EventStart]
    public let schedule: Schedule?

    public init(
        workflow: String, version: Int, title: String? = nil, deadline: Duration? = nil,
        locks: [Template] = [], onBusy: OnBusy = .reject, root: PlanNode, steps: [Step], output: Template? = nil,
        sensitive: [Reference] = [], starts: [EventStart] = [], schedule: Schedule? = nil
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
        self.sensitive = sensitive
        self.starts = starts
        self.schedule = schedule
    }

    /// The body of the `each` of this name, here or in the body of another. Names are unique in the whole workflow.
    public func body(ofEach name: String) -> Plan? {
        for case (let step, .each(let each)) in steps.map({ ($0, $0.kind) }) {
            if let body = step.name == name ? each.body : each.body.body(ofEach: name) { return body }
        }
        return nil
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
public enum PlanNode: Sendable, Hashable {
    /// The step at this index of ``Plan/steps``.
    case step(Int)
    /// One after the other.
    case sequence([PlanNode])
    /// All at once; complete when every branch is.
    case parallel(name: String, branches: [PlanNode])
    /// The case that the step at this index of ``Plan/steps`` chose; nothing if it chose none.
    case choice(step: Int, cases: [PlanNode])
}
