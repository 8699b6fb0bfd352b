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

    /// What a saga runs: the workflow, or the body of one of its `each`; nil if there is no such body.
    func plan(of origin: SagaOrigin) -> Plan? { workflow.plan(ofBody: origin.parent?.body) }

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
    fileprivate struct State {
        var byID: [Int32: DeployedWorkflow] = [:]
        var byName: [String: [Int: DeployedWorkflow]] = [:]
        /// Those that cannot be compiled, and why.
        var flawed: [Int32: StoreError] = [:]
        var flawedByName: [String: [Int: StoreError]] = [:]
        /// The text of the highest of them.
        var flawedText: [String: (version: Int, source: String)] = [:]
        /// Where all that are known look in the events that they wait for, by the event's name.
        var listened: [String: Set<[Reference.Component]>] = [:]
        /// Which workflows' highest versions start sagas by themselves, by the event's name, in the order of their names.
        var starters: [String: [DeployedWorkflow]] = [:]
        /// Whether the store has been asked for all there are.
        var isLoaded = false
    }

    private let store: any SagaStore
    private let zones: any TimeZones
    private let log: Logger
    private let state = Mutex(State())
    /// The names that were subscribed to last. Held while that is done, so that no older set follows a newer one.
    private let subscribed = Mutex<Set<String>>([])
    private let subscribe: @Sendable (Set<String>) -> Void

    /// - Parameter subscribe: told the names of all events that some version listens for or that start one, whenever there
    ///   is a new one.
    init(
        store: any SagaStore, zones: any TimeZones, log: Logger, subscribe: @escaping @Sendable (Set<String>) -> Void
    ) {
        self.store = store
        self.zones = zones
        self.log = log
        self.subscribe = subscribe
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
        state.withLock { $0.isLoaded = true }
    }

    // MARK: Events

    /// How many versions are known, with those that cannot be compiled.
    var count: Int { state.withLock { $0.byID.count + $0.flawed.count } }

    /// Whether every stored version was looked at, and could be compiled.
    var isComplete: Bool { state.withLock { $0.isLoaded && $0.flawed.isEmpty } }

    /// Whether some version listens for it, or is started by it.
    func wants(_ event: String) -> Bool {
        state.withLock { $0.listened[event] != nil || $0.starters[event] != nil }
    }

    func paths(in event: String) -> Set<[Reference.Component]> { state.withLock { $0.listened[event] ?? [] } }

    // MARK: Starts by themselves

    /// The workflows that an event starts: those whose highest version says so.
    ///
    /// - Returns: also whether these are all, as far as one can tell from a text that cannot be compiled here.
    func starters(by event: String) -> (workflows: [DeployedWorkflow], areAll: Bool) {
        state.withLock { state in
            let overruled = state.overruled
            let starters = (state.starters[event] ?? []).filter { overruled[$0.plan.workflow] == nil }
            return (starters, !overruled.values.contains { $0.contains(event) })
        }
    }

    /// When workflows are to be started by the clock, in the order of their names. One whose highest version cannot be
    /// compiled here is left to other nodes.
    func timetables() -> [Timetable] {
        let (workflows, overruled) = state.withLock { ($0.byName, $0.overruled) }
        return workflows.filter { overruled[$0.key] == nil }.sorted { $0.key < $1.key }.compactMap { _, versions in
            Timetable(versions.values, zones: zones)
        }
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
                if record.version > state.flawedText[record.workflow]?.version ?? .min {
                    state.flawedText[record.workflow] = (record.version, record.source)
                }
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
        if let zone = workflow.plan.schedule?.timeZone, zones.clock(of: zone) == nil {
            log.error(
                "a workflow is scheduled in a time zone that this program does not know, and is not started by the clock",
                metadata: ["workflow": "\(record.workflow)", "version": "\(record.version)", "timeZone": "\(zone)"])
        }
        let deployed = DeployedWorkflow(id: record.id, workflow: workflow, deployedAt: record.deployedAt)
        add(deployed)
        return deployed
    }

    func add(_ deployed: DeployedWorkflow) {
        let plan = deployed.plan
        state.withLock { state in
            state.byID[deployed.id] = deployed
            state.byName[plan.workflow, default: [:]][plan.version] = deployed
            for (event, path) in plan.listened { state.listened[event, default: []].insert(path) }
            state.noteStarts(of: deployed)
        }
        subscribed.withLock { last in
            // A name that nobody names any more stays: another node may know better.
            let names = last.union(state.withLock { Array($0.listened.keys) + Array($0.starters.keys) })
            guard names != last else { return }
            last = names
            subscribe(names)
        }
    }
}

extension Catalog.State {
    /// The texts of those highest versions that cannot be compiled here. Lower ones are no substitute.
    fileprivate var overruled: [String: String] {
        var texts: [String: String] = [:]
        for (name, text) in flawedText where text.version > byName[name]?.keys.max() ?? .min {
            texts[name] = text.source
        }
        return texts
    }

    /// What the highest version says counts, also if it says nothing.
    fileprivate mutating func noteStarts(of deployed: DeployedWorkflow) {
        let plan = deployed.plan
        guard byName[plan.workflow]?.keys.max() == plan.version else { return }
        starters = starters.mapValues { $0.filter { $0.plan.workflow != plan.workflow } }
        for event in Set(plan.starts.map(\.event)) {
            let others = starters[event] ?? []
            starters[event] = (others + [deployed]).sorted { $0.plan.workflow < $1.plan.workflow }
        }
        starters = starters.filter { !$0.value.isEmpty }
    }
}
