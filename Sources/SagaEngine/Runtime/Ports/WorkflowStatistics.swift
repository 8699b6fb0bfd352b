public import SagaCore
public import SagaValues

/// How far back statistics go, and in which steps.
public enum StatisticsWindow: String, Sendable, Hashable, CaseIterable {
    case hour = "1h"
    case day = "24h"
    case week = "7d"

    public var length: Duration {
        switch self {
        case .hour: .seconds(3_600)
        case .day: .seconds(86_400)
        case .week: .seconds(7 * 86_400)
        }
    }

    /// How long the time is of which ``WorkflowStatistics/Slot`` tells: a minute or an hour.
    public var slot: Duration { self == .hour ? .seconds(60) : .seconds(3_600) }

    /// When the window begins that ends at a time: with a whole slot.
    public func begin(of end: Timestamp) -> Timestamp { Self.floor(end - length, to: slot) }

    /// The beginning of the minute or hour in which a time is.
    public static func floor(_ time: Timestamp, to slot: Duration) -> Timestamp {
        let length = slot.wholeMicroseconds
        let over = time.microseconds % length
        return Timestamp(microseconds: time.microseconds - (over < 0 ? over + length : over))
    }
}

/// What became of the sagas of a workflow, all versions together. Bodies of an `each` are parts of a saga, and not counted.
public struct WorkflowStatistics: Sendable, Hashable {
    public var from: Timestamp
    public var to: Timestamp
    /// In order; those in which nothing happened are left out.
    public var slots: [Slot]
    /// How long the sagas took that ended, whichever way.
    public var durations: DurationHistogram
    /// The most frequent first.
    public var failures: [FailureCount]

    public init(
        from: Timestamp, to: Timestamp, slots: [Slot], durations: DurationHistogram, failures: [FailureCount]
    ) {
        self.from = from
        self.to = to
        self.slots = slots
        self.durations = durations
        self.failures = failures
    }

    /// What happened within a minute or an hour.
    public struct Slot: Sendable, Hashable {
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

    /// How many sagas were undone or given up for one reason.
    public struct FailureCount: Sendable, Hashable {
        public var workflowID: Int32
        /// Its place in the plan; nil for the deadline and for a person's request.
        public var step: Int?
        public var kind: Failure.Kind
        /// What the participant said.
        public var code: String?
        public var count: Int

        public init(workflowID: Int32, step: Int?, kind: Failure.Kind, code: String?, count: Int) {
            self.workflowID = workflowID
            self.step = step
            self.kind = kind
            self.code = code
            self.count = count
        }
    }
}

/// Durations, counted in buckets of which there are sixteen for each doubling: what is read from it is off by 3 % at most.
public struct DurationHistogram: Sendable, Hashable {
    /// How many fell into each bucket.
    public private(set) var counts: [Int: Int] = [:]

    public init() {}

    public mutating func add(_ duration: Duration) { add(1, to: Self.bucket(of: duration)) }

    public mutating func add(_ count: Int, to bucket: Int) { counts[bucket, default: 0] += count }

    public var count: Int { counts.values.reduce(0, +) }

    /// The duration that so many of a hundred do not exceed; nil if there are none.
    public func percentile(_ percent: Int) -> Duration? {
        let rank = (count * percent + 99) / 100
        var seen = 0
        for (bucket, count) in counts.sorted(by: { $0.key < $1.key }) {
            seen += count
            if seen >= rank { return Self.middle(of: bucket) }
        }
        return nil
    }

    /// As `saga_duration_bucket` in the database has it.
    public static func bucket(of duration: Duration) -> Int {
        let length = max(0, duration.wholeMicroseconds)
        guard length >= 16 else { return Int(length) }
        let exponent = 63 - length.leadingZeroBitCount
        return (exponent - 3) * 16 + Int(length >> (exponent - 4)) & 15
    }

    private static func middle(of bucket: Int) -> Duration {
        guard bucket >= 16 else { return .microseconds(bucket) }
        let exponent = bucket / 16 + 3
        let width = Int64(1) << (exponent - 4)
        return .microseconds(Int64(16 + bucket % 16) * width + width / 2)
    }
}
