internal import SagaValues

extension RetryPolicy {
    /// A participant may ask for a pause, but not put a saga to sleep.
    static let longestRetryAfter = Duration.seconds(3600)
    /// How often a command without a queue is offered again.
    static let unroutablePause = Duration.seconds(5)

    /// The pause after `spent` attempts.
    ///
    /// The jitter is drawn from the saga's id, the step and the attempt, not from a generator: folding
    /// the history gives the same times again, and two sagas still never move in step.
    func backoff(after spent: Int, seed: UUID, step: Int) -> Duration {
        let ceiling = self.max.wholeMicroseconds
        var bound = Swift.min(initial.wholeMicroseconds, ceiling)
        for _ in 1..<Swift.min(Swift.max(spent, 1), 64) {
            let (product, overflow) = bound.multipliedReportingOverflow(by: Int64(factorPermille))
            bound = overflow ? ceiling : Swift.min(product / 1000, ceiling)
            if bound >= ceiling { break }
        }
        guard jitter, bound > 0 else { return .microseconds(bound) }
        let draw = mix(seed.low ^ mix(UInt64(truncatingIfNeeded: step) << 32 | UInt64(truncatingIfNeeded: spent)))
        return .microseconds(Int64(draw % (UInt64(bound) + 1)))
    }

    /// The finaliser of SplitMix64 (Steele, Lea, Flood, 2014): every bit of the result depends on every bit given.
    private func mix(_ value: UInt64) -> UInt64 {
        var z = value &+ 0x9E37_79B9_7F4A_7C15
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

extension RetryPolicy {
    /// How long until children are asked again, after they were asked `spent` times in vain: without jitter, doubling
    /// from the timeout to the longest pause.
    func askingPause(after spent: Int) -> Duration {
        Swift.min(timeout * (1 << Swift.min(Swift.max(spent - 1, 0), 20)), self.max)
    }
}
