internal import PostgresStore
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

    func policy(at now: Timestamp) -> ArchivePolicy {
        ArchivePolicy(before: now - after, workflows: workflows.mapValues { now - $0 })
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
