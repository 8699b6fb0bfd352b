internal import Logging
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
///
/// A stored version that this program cannot compile, one that a newer program deployed, say, is reported once and
/// passed over: it stops neither the node nor the versions beside it. Only what is asked of it fails.
final class Catalog: Sendable {
    private struct State {
        var byID: [Int32: DeployedWorkflow] = [:]
        var byName: [String: [Int: DeployedWorkflow]] = [:]
        /// Those that cannot be compiled, and why.
        var flawed: [Int32: StoreError] = [:]
        var flawedByName: [String: [Int: StoreError]] = [:]
    }

    private let store: any SagaStore
    private let log: Logger
    private let state = Mutex(State())

    init(store: any SagaStore, log: Logger) {
        self.store = store
        self.log = log
    }

    /// The version asked for, or the highest.
    func find(_ name: String, version: Int?) -> DeployedWorkflow? {
        state.withLock { state in
            guard let versions = state.byName[name] else { return nil }
            return (version ?? versions.keys.max()).flatMap { versions[$0] }
        }
    }

    /// The version to start: the one asked for, or the highest there is.
    ///
    /// If that one cannot be compiled here, an older one is no substitute: another node may well be able to.
    func findToStart(_ name: String, version: Int?) throws(EngineError) -> DeployedWorkflow {
        let (found, flaw) = state.withLock { state in
            let versions = state.byName[name] ?? [:]
            let flaws = state.flawedByName[name] ?? [:]
            guard let wanted = version ?? (Array(versions.keys) + Array(flaws.keys)).max() else {
                return (nil as DeployedWorkflow?, nil as StoreError?)
            }
            return (versions[wanted], flaws[wanted])
        }
        if let found { return found }
        if let flaw { throw .unavailable("this node cannot run it: \(flaw.message)") }
        throw .unknownWorkflow(name, version: version)
    }

    func find(id: Int32) -> DeployedWorkflow? {
        state.withLock { $0.byID[id] }
    }

    var all: [DeployedWorkflow] {
        state.withLock { $0.byID.values.sorted { $0.id < $1.id } }
    }

    /// Learns the versions that the store holds, but for those that cannot be compiled.
    func refresh() async throws(StoreError) {
        for record in try await store.workflows(ids: nil) { _ = try? learn(record) }
    }

    /// Learns of these, if they are not known. Throws `broken` if one of them cannot be compiled.
    func learn(ids: Set<Int32>) async throws(StoreError) {
        let unknown = state.withLock { state in
            ids.filter { state.byID[$0] == nil && state.flawed[$0] == nil }
        }
        if !unknown.isEmpty {
            for record in try await store.workflows(ids: Array(unknown)) { _ = try? learn(record) }
        }
        let flaw = state.withLock { $0.flawed.filter { ids.contains($0.key) }.min { $0.key < $1.key }?.value }
        if let flaw { throw flaw }
    }

    @discardableResult
    func learn(_ record: WorkflowRecord) throws(StoreError) -> DeployedWorkflow {
        if let known = find(id: record.id) { return known }
        if let flaw = state.withLock({ $0.flawed[record.id] }) { throw flaw }
        let workflow: Workflow
        do {
            workflow = try Workflow.compile(record.source, file: "\(record.workflow) version \(record.version)")
        } catch {
            let flaw = StoreError(
                .broken, "stored workflow \(record.workflow) version \(record.version) cannot be compiled: \(error)")
            let isNews = state.withLock { state in
                state.flawedByName[record.workflow, default: [:]][record.version] = flaw
                return state.flawed.updateValue(flaw, forKey: record.id) == nil
            }
            if isNews {
                log.error(
                    "a stored workflow cannot be compiled by this program and is passed over",
                    metadata: [
                        "workflow": "\(record.workflow)", "version": "\(record.version)", "error": "\(error)",
                    ])
            }
            throw flaw
        }
        let deployed = DeployedWorkflow(id: record.id, workflow: workflow, deployedAt: record.deployedAt)
        state.withLock { state in
            state.byID[record.id] = deployed
            state.byName[record.workflow, default: [:]][record.version] = deployed
        }
        return deployed
    }
}
