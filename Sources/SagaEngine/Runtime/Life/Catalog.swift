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

/// The deployed workflows that this node knows. The text of a version is immutable, so what is known of it never goes stale;
/// new ones have to be noticed, and which of them start sagas.
///
/// A stored version that this program cannot compile, one that a newer program deployed, say, is reported once and
/// passed over: it stops neither the node nor the versions beside it. Only what is asked of it fails.
final class Catalog: Sendable {
    fileprivate struct State {
        var byID: [Int32: DeployedWorkflow] = [:]
        var byName: [String: [Int: DeployedWorkflow]] = [:]
        /// Those that cannot be compiled, and why.
        var flawed: [Int32: StoreError] = [:]
        var flawedText: [Int32: String] = [:]
        var versions = KnownVersions()
        /// Where all that are known look in the events that they wait for, by the event's name.
        var listened: [String: Set<[Reference.Component]>] = [:]
        /// Which workflows' active versions start sagas by themselves, by the event's name, in the order of their names.
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

    /// The version asked for, or the active one. If that cannot be compiled here, the highest one that can.
    func find(_ name: String, version: Int?) -> DeployedWorkflow? {
        state.withLock { state in
            guard let versions = state.byName[name] else { return nil }
            if let version { return versions[version] }
            return state.versions.active(of: name).flatMap { state.byID[$0] }
                ?? versions.keys.max().flatMap { versions[$0] }
        }
    }

    /// The version to start: the one asked for, or the active one. Whether it is retired is asked when the saga begins,
    /// see ``refusal(toStart:)``.
    ///
    /// If that one cannot be compiled here, an older one is no substitute: another node may well be able to.
    func findToStart(_ name: String, version: Int?) throws(EngineError) -> DeployedWorkflow {
        let (found, flaw) = state.withLock { state in
            let known = state.versions
            guard let wanted = version.map({ known.id(of: name, version: $0) }) ?? known.active(of: name) else {
                return (nil as DeployedWorkflow?, nil as StoreError?)
            }
            return (state.byID[wanted], state.flawed[wanted])
        }
        if let found { return found }
        if let flaw { throw .unavailable("this node cannot run it: \(flaw.message)") }
        throw .unknownWorkflow(name, version: version)
    }

    /// Why no saga may start with it; nil if one may.
    func refusal(toStart workflow: DeployedWorkflow) -> EngineError? {
        state.withLock { $0.versions.refusal(toStart: workflow.id) }
    }

    /// How it is with a version; nil if nothing was heard of it.
    func standing(of id: Int32) -> VersionStanding? { state.withLock { $0.versions.standing(of: id) } }

    /// The id of a version, also of one that cannot be compiled here.
    func id(of name: String, version: Int) -> Int32? { state.withLock { $0.versions.id(of: name, version: version) } }

    /// The version that starts take, also if it cannot be compiled here.
    func active(of name: String) -> VersionStanding? {
        state.withLock { state in state.versions.active(of: name).flatMap { state.versions.standing(of: $0) } }
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

    /// How often a version was deployed, activated or retired, as far as this node has heard of it.
    var revision: Int { state.withLock { $0.versions.revision } }

    /// Whether every stored version was looked at, and could be compiled.
    var isComplete: Bool { state.withLock { $0.isLoaded && $0.flawed.isEmpty } }

    /// Whether some version listens for it, or is started by it.
    func wants(_ event: String) -> Bool {
        state.withLock { $0.listened[event] != nil || $0.starters[event] != nil }
    }

    func paths(in event: String) -> Set<[Reference.Component]> { state.withLock { $0.listened[event] ?? [] } }

    // MARK: Starts by themselves

    /// The workflows that an event starts: those whose active version says so.
    ///
    /// - Returns: also whether these are all, as far as one can tell from a text that cannot be compiled here.
    func starters(by event: String) -> (workflows: [DeployedWorkflow], areAll: Bool) {
        state.withLock { state in
            (state.starters[event] ?? [], !state.unreadable.values.contains { $0.contains(event) })
        }
    }

    /// When workflows are to be started by the clock, in the order of their names. One whose active version cannot be
    /// compiled here is left to other nodes.
    func timetables() -> [Timetable] {
        let (workflows, known, unreadable) = state.withLock { ($0.byName, $0.versions, $0.unreadable) }
        return workflows.filter { unreadable[$0.key] == nil }.sorted { $0.key < $1.key }.compactMap { _, versions in
            Timetable(
                versions.values.compactMap { version in
                    known.activatedAt(version.id).map { Timetable.Activation(version: version, at: $0) }
                }, zones: zones)
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
        if let known = find(id: record.id) {
            if state.withLock({ $0.learn(record) }) { subscribeToEvents() }
            return known
        }
        if let flaw = state.withLock({ state in
            guard state.flawed[record.id] != nil else { return nil as StoreError? }
            _ = state.learn(record)
            return state.flawed[record.id]
        }) {
            throw flaw
        }
        let workflow: Workflow
        do {
            workflow = try Workflow.compile(record.source, file: "\(record.workflow) version \(record.version)")
        } catch {
            let flaw = StoreError(
                .broken, "stored workflow \(record.workflow) version \(record.version) cannot be compiled: \(error)")
            let isNews = state.withLock { state in
                state.flawedText[record.id] = record.source
                _ = state.learn(record)
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
        add(deployed, record)
        return deployed
    }

    func add(_ deployed: DeployedWorkflow, _ record: WorkflowRecord) {
        let plan = deployed.plan
        state.withLock { state in
            state.byID[deployed.id] = deployed
            state.byName[plan.workflow, default: [:]][plan.version] = deployed
            for (event, path) in plan.listened { state.listened[event, default: []].insert(path) }
            _ = state.learn(record)
        }
        subscribeToEvents()
    }

    private func subscribeToEvents() {
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
    /// The texts of those active versions that cannot be compiled here, by workflow. Others are no substitute.
    fileprivate var unreadable: [String: String] {
        var texts: [String: String] = [:]
        for (id, text) in flawedText {
            if let name = versions.name(ifActive: id) { texts[name] = text }
        }
        return texts
    }

    /// Takes in how it is with a version. What the active version says of events counts, also if it says nothing.
    ///
    /// - Returns: whether it is news.
    fileprivate mutating func learn(_ record: WorkflowRecord) -> Bool {
        guard versions.learn(record) else { return false }
        let name = record.workflow
        starters = starters.mapValues { $0.filter { $0.plan.workflow != name } }
        if let active = versions.active(of: name).flatMap({ byID[$0] }) {
            for event in Set(active.plan.starts.map(\.event)) {
                let others = starters[event] ?? []
                starters[event] = (others + [active]).sorted { $0.plan.workflow < $1.plan.workflow }
            }
        }
        starters = starters.filter { !$0.value.isEmpty }
        return true
    }
}
