public import SagaValues

/// How far the schedules of workflows have been seen to.
public struct ScheduleMarks: Sendable, Hashable {
    /// By workflow. Every time up to its mark has started its saga, or will never start one.
    public let marks: [String: Timestamp]
    /// The store's clock.
    public let now: Timestamp
    /// How many workflow versions are deployed. Whoever knows fewer may look at a schedule that is no longer the one.
    public let versions: Int

    public init(marks: [String: Timestamp], now: Timestamp, versions: Int) {
        self.marks = marks
        self.now = now
        self.versions = versions
    }
}
