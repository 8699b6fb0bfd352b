internal import Glibc

extension Timestamp {
    /// The time of the wall clock, which may jump: measure with a monotonic clock instead.
    public static func now() -> Timestamp {
        // By memory, not by the names of timespec's fields: in an optimised build the compiler takes the
        // struct for another module's and refuses its members (Swift 6.3 with MemberImportVisibility).
        withUnsafeTemporaryAllocation(of: Int64.self, capacity: 2) { fields in
            fields.initialize(repeating: 0)
            fields.baseAddress?.withMemoryRebound(to: timespec.self, capacity: 1) { time in
                _ = clock_gettime(CLOCK_REALTIME, time)
            }
            return Timestamp(microseconds: fields[0] * 1_000_000 + fields[1] / 1000)
        }
    }

    /// Later by a duration, cut to whole microseconds. Stops at the ends of the range, so that no length
    /// of time that a definition or message may name can trap.
    public static func + (time: Timestamp, duration: Duration) -> Timestamp {
        let (sum, overflow) = time.microseconds.addingReportingOverflow(duration.wholeMicroseconds)
        return Timestamp(microseconds: overflow ? (time.microseconds < 0 ? .min : .max) : sum)
    }

    /// Earlier by a duration, cut to whole microseconds; stops at the ends of the range.
    public static func - (time: Timestamp, duration: Duration) -> Timestamp {
        let (difference, overflow) = time.microseconds.subtractingReportingOverflow(duration.wholeMicroseconds)
        return Timestamp(microseconds: overflow ? (time.microseconds < 0 ? .min : .max) : difference)
    }

    /// The time that passed from the right one to the left one, exactly.
    public static func - (left: Timestamp, right: Timestamp) -> Duration {
        .microseconds(left.microseconds) - .microseconds(right.microseconds)
    }

    /// Moves to a later time; stops at the ends of the range.
    public static func += (time: inout Timestamp, duration: Duration) {
        time = time + duration
    }
}
