public import SagaCore
public import SagaValues

/// How much is going on at present.
public protocol OverviewStore: Sendable {
    /// Counts what is open, and what began and ended within the last ``Overview/span``; children are not counted.
    ///
    /// - Parameters:
    ///   - tenant: nil for all of them.
    ///   - oldest: how many of the open sagas to give, those first that have been open for longest.
    /// - Throws: `tooMuch` if too many are open to be counted.
    func overview(tenant: String?, oldest: Int) async throws(StoreError) -> Overview
}

public struct Overview: Sendable {
    /// The store's clock.
    public let at: Timestamp
    /// By the workflows' names.
    public let workflows: [Workload]
    public let oldest: [SagaSummary]

    public static let span = Duration.seconds(60)

    public init(at: Timestamp, workflows: [Workload], oldest: [SagaSummary]) {
        self.at = at
        self.workflows = workflows
        self.oldest = oldest
    }
}

/// What goes on in the sagas of a workflow, all versions together.
public struct Workload: Sendable, Hashable {
    public let workflow: String
    /// How many are open, by status, and how many of these have an open incident.
    public var open: [Saga.Status: Int] = [:]
    public var withIncident = 0
    public var started = 0
    public var ended: [Saga.Status: Int] = [:]

    public init(workflow: String) {
        self.workflow = workflow
    }
}

extension [Workload] {
    /// The one of a workflow, which is made if there is none.
    public subscript(of workflow: String) -> Workload {
        get { first { $0.workflow.hasSameBytes(as: workflow) } ?? Workload(workflow: workflow) }
        set {
            if let index = firstIndex(where: { $0.workflow.hasSameBytes(as: workflow) }) {
                self[index] = newValue
            } else {
                append(newValue)
            }
        }
    }
}
