internal import PostgresStore
internal import SagaEngine
internal import SagaValues

/// What is archived by itself, and how old it has to be.
public struct ArchiveConfiguration: Sendable {
    /// nil: no node archives.
    public var folder: String?
    /// How long after its end a saga is archived, unless its workflow has a time of its own.
    public var after: Duration
    /// By the name of the workflow.
    public var workflows: [String: Duration]
    /// For how long the keys of archived sagas are known.
    public var keysKept: Duration
    public var interval: Duration

    /// The settings' times for workflows go before those of the definitions, and these before the time for all.
    ///
    /// - Parameter retentions: what the definitions say, by the ids of the versions.
    func policy(at now: Timestamp, _ retentions: [Int32: Duration]) -> ArchivePolicy {
        ArchivePolicy(
            before: now - after, workflows: workflows.mapValues { now - $0 },
            versions: retentions.mapValues { now - $0 })
    }

    /// The same for some workflows only.
    ///
    /// - Parameter deployed: all versions that are stored.
    func policy(
        at now: Timestamp, _ retentions: [Int32: Duration], only names: Set<String>, of deployed: [WorkflowRecord]
    ) -> ArchivePolicy {
        let whole = policy(at: now, retentions)
        let ids = deployed.filter { names.contains($0.workflow) }.map(\.id)
        return ArchivePolicy(
            before: nil, workflows: whole.workflows.filter { names.contains($0.key) },
            versions: Dictionary(uniqueKeysWithValues: ids.map { ($0, whole.versions[$0] ?? now - after) }))
    }
}

extension Setting where Value == [String: Duration] {
    /// `plan-purchase=365d,report=7d`
    static func durations(_ key: String, _ help: String, _ range: ClosedRange<Duration>) -> Self {
        let bounds = "\(range.lowerBound.sagaText) to \(range.upperBound.sagaText)"
        return Self(key: key, help: "\(help), each \(bounds)", initial: nil) { text throws(SettingError) in
            var values: [String: Duration] = [:]
            for part in text.split(separator: ",", omittingEmptySubsequences: false) {
                let pair = part.split(separator: "=", omittingEmptySubsequences: false)
                guard pair.count == 2, let duration = Duration(sagaText: pair[1]), range.contains(duration),
                    !pair[0].isEmpty, values.updateValue(duration, forKey: String(pair[0])) == nil
                else {
                    throw SettingError(
                        expectation: "names and durations such as plan-purchase=365d,report=7d, each from \(bounds)")
                }
            }
            return values
        }
    }
}
