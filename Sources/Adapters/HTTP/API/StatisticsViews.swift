public import SagaValues

/// What became of a workflow's sagas.
public struct StatisticsView: Codable, Sendable {
    public var workflow: String
    /// `1h`, `24h` or `7d`.
    public var window: String
    public var from: Timestamp
    public var to: Timestamp
    public var started: Int
    public var completed: Int
    public var compensated: Int
    public var abandoned: Int
    /// Nil if none ended.
    public var durations: DurationsView?
    /// The most frequent first.
    public var failures: [FailureCountView]
    public var slots: [StatisticsSlotView]

    public init(
        workflow: String, window: String, from: Timestamp, to: Timestamp, started: Int, completed: Int,
        compensated: Int, abandoned: Int, durations: DurationsView?, failures: [FailureCountView],
        slots: [StatisticsSlotView]
    ) {
        self.workflow = workflow
        self.window = window
        self.from = from
        self.to = to
        self.started = started
        self.completed = completed
        self.compensated = compensated
        self.abandoned = abandoned
        self.durations = durations
        self.failures = failures
        self.slots = slots
    }
}

/// How long sagas took that ended, in milliseconds, within 3 %.
public struct DurationsView: Codable, Sendable {
    public var p50: Int
    public var p95: Int
    public var p99: Int

    public init(p50: Int, p95: Int, p99: Int) {
        self.p50 = p50
        self.p95 = p95
        self.p99 = p99
    }
}

public struct FailureCountView: Codable, Sendable {
    /// Nil for the deadline and for a person's request.
    public var step: String?
    /// `rejected`, `exhausted`, `unknown`, `deadline` or `cancelled`.
    public var kind: String
    public var code: String?
    public var count: Int

    public init(step: String?, kind: String, code: String?, count: Int) {
        self.step = step
        self.kind = kind
        self.code = code
        self.count = count
    }
}

/// A minute, or an hour, in which something happened.
public struct StatisticsSlotView: Codable, Sendable {
    public var at: Timestamp
    public var started: Int
    public var completed: Int
    public var compensated: Int
    public var abandoned: Int

    public init(at: Timestamp, started: Int, completed: Int, compensated: Int, abandoned: Int) {
        self.at = at
        self.started = started
        self.completed = completed
        self.compensated = compensated
        self.abandoned = abandoned
    }
}
