public import SagaValues

/// Whether sagas start with a version.
public enum VersionState: String, Sendable, Hashable, CaseIterable {
    /// Starts that name no version take it.
    case active
    /// Starts that name it take it.
    case inactive
    /// No saga starts with it.
    case retired
}

/// How it is with a version.
public struct VersionStanding: Sendable, Hashable {
    public let version: Int
    public let state: VersionState
    /// When it was activated last; nil if it never was.
    public let activatedAt: Timestamp?
    /// When it was retired; nil if it is not.
    public let retiredAt: Timestamp?
}

/// The versions of workflows that this node has heard of, also those that it cannot compile, and which of them start
/// sagas. What is heard late changes nothing: each version counts its changes.
struct KnownVersions: Sendable {
    private struct Version {
        let id: Int32
        let workflow: String
        let number: Int
        let activatedAt: Timestamp?
        let retiredAt: Timestamp?
        let changes: Int
    }

    private var byID: [Int32: Version] = [:]
    private var byName: [String: [Int: Int32]] = [:]
    private var active: [String: Int32] = [:]
    /// How often one was deployed, activated or retired, as far as that was heard of.
    private(set) var revision = 0

    /// - Returns: whether it is news.
    mutating func learn(_ record: WorkflowRecord) -> Bool {
        let known = byID[record.id]
        guard (known?.changes ?? -1) < record.changes else { return false }
        revision += record.changes - (known?.changes ?? -1)
        byID[record.id] = Version(
            id: record.id, workflow: record.workflow, number: record.version, activatedAt: record.activatedAt,
            retiredAt: record.retiredAt, changes: record.changes)
        byName[record.workflow, default: [:]][record.version] = record.id
        active[record.workflow] = lastActivated(of: record.workflow)
        return true
    }

    private func lastActivated(of name: String) -> Int32? {
        let versions = (byName[name] ?? [:]).values.compactMap { byID[$0] }
        // Rows that nobody activated were written by hand: there the highest counts.
        return versions.max {
            ($0.activatedAt?.microseconds ?? .min, $0.number) < ($1.activatedAt?.microseconds ?? .min, $1.number)
        }?.id
    }

    /// The id of the version that starts take that name none.
    func active(of name: String) -> Int32? { active[name] }

    /// Of which workflow it is the active version; nil if it is not.
    func name(ifActive id: Int32) -> String? {
        guard let name = byID[id]?.workflow, active[name] == id else { return nil }
        return name
    }

    func id(of name: String, version: Int) -> Int32? { byName[name]?[version] }

    func activatedAt(_ id: Int32) -> Timestamp? { byID[id]?.activatedAt }

    /// Why no saga may start with a version; nil if one may.
    func refusal(toStart id: Int32) -> EngineError? {
        guard let version = byID[id], version.retiredAt != nil else { return nil }
        return .retiredVersion(
            version.workflow, version: version.number, active: active[version.workflow].flatMap { byID[$0]?.number })
    }

    func standing(of id: Int32) -> VersionStanding? {
        guard let version = byID[id] else { return nil }
        let state: VersionState =
            version.retiredAt != nil ? .retired : active[version.workflow] == id ? .active : .inactive
        return VersionStanding(
            version: version.number, state: state, activatedAt: version.activatedAt, retiredAt: version.retiredAt)
    }
}
