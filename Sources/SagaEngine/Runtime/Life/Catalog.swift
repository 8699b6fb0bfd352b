internal import SagaCore
public import SagaValues
internal import Synchronization
public import Workflows

/// A workflow version as the store holds it, compiled.
public final class DeployedWorkflow: Sendable {
    public let id: Int32
    public let workflow: Workflow
    public let deployedAt: Timestamp

    var plan: Plan { workflow.plan }

    init(id: Int32, workflow: Workflow, deployedAt: Timestamp) {
        self.id = id
        self.workflow = workflow
        self.deployedAt = deployedAt
    }
}

/// The deployed workflows that this node knows. Versions are immutable, so what is known never goes stale;
/// only new ones have to be noticed.
final class Catalog: Sendable {
    private struct State {
        var byID: [Int32: DeployedWorkflow] = [:]
        var byName: [String: [Int: DeployedWorkflow]] = [:]
    }

    private let store: any SagaStore
    private let state = Mutex(State())

    init(store: any SagaStore) {
        self.store = store
    }

    /// The version asked for, or the highest.
    func find(_ name: String, version: Int?) -> DeployedWorkflow? {
        state.withLock { state in
            guard let versions = state.byName[name] else { return nil }
            return (version ?? versions.keys.max()).flatMap { versions[$0] }
        }
    }

    func find(id: Int32) -> DeployedWorkflow? {
        state.withLock { $0.byID[id] }
    }

    var all: [DeployedWorkflow] {
        state.withLock { $0.byID.values.sorted { $0.id < $1.id } }
    }

    /// Learns the versions that the store holds.
    func refresh() async throws(StoreError) {
        for record in try await store.workflows(ids: nil) { try learn(record) }
    }

    /// Learns of these, if they are not known.
    func learn(ids: Set<Int32>) async throws(StoreError) {
        let unknown = state.withLock { state in ids.filter { state.byID[$0] == nil } }
        guard !unknown.isEmpty else { return }
        for record in try await store.workflows(ids: Array(unknown)) { try learn(record) }
    }

    @discardableResult
    func learn(_ record: WorkflowRecord) throws(StoreError) -> DeployedWorkflow {
        if let known = find(id: record.id) { return known }
        let workflow: Workflow
        do {
            workflow = try Workflow.compile(record.source, file: "\(record.workflow) version \(record.version)")
        } catch {
            throw StoreError(.broken, "stored workflow \(record.workflow) version \(record.version): \(error)")
        }
        let deployed = DeployedWorkflow(id: record.id, workflow: workflow, deployedAt: record.deployedAt)
        state.withLock { state in
            state.byID[record.id] = deployed
            state.byName[record.workflow, default: [:]][record.version] = deployed
        }
        return deployed
    }
}
