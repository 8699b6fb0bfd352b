public import SagaValues

/// How far the schedules of workflows have been seen to.
public struct ScheduleMarks: Sendable, Hashable {
    /// By workflow. Every time up to its mark has started its saga, or will never start one.
    public let marks: [String: Timestamp]
    /// The store's clock.
    public let now: Timestamp
    /// How often a workflow version was deployed, activated or retired, all together. Whoever knows of fewer may look at a
    /// schedule that is no longer the one.
    public let catalogRevision: Int

    public init(marks: [String: Timestamp], now: Timestamp, catalogRevision: Int) {
        self.marks = marks
        self.now = now
        self.catalogRevision = catalogRevision
    }
}
