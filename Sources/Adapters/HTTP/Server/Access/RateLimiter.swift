internal import Synchronization

/// Token buckets: each key has `burst` requests, and gets `rate` more in a second, up to `burst` again.
final class RateLimiter: Sendable {
    private struct Bucket {
        var level: Double
        var filledAt: ContinuousClock.Instant
    }

    private let rate: Double
    private let burst: Double
    private let limit: Int
    private let buckets = Mutex<[String: Bucket]>([:])

    /// - Parameters:
    ///   - rate: 0 lets everything pass.
    ///   - limit: how many keys are kept. A bucket that is full again is as good as none.
    init(rate: Int, burst: Int, limit: Int = 10_000) {
        self.rate = Double(rate)
        self.burst = Double(max(1, burst))
        self.limit = limit
    }

    /// How many keys are kept.
    var count: Int { buckets.withLock { $0.count } }

    /// Takes one request out; nil if there was one, else how long it takes until there is.
    func take(_ key: String, at now: ContinuousClock.Instant = .now) -> Duration? {
        guard rate > 0 else { return nil }
        return buckets.withLock { buckets in
            var bucket = buckets[key] ?? Bucket(level: burst, filledAt: now)
            bucket.level = level(of: bucket, at: now)
            bucket.filledAt = max(now, bucket.filledAt)
            let isThere = bucket.level >= 1
            if isThere { bucket.level -= 1 }
            if buckets[key] == nil, buckets.count >= limit {
                buckets = buckets.filter { level(of: $0.value, at: now) < burst }
                // More than that at once are an attack, and a fresh start costs nobody more than a burst.
                if buckets.count >= limit { buckets = [:] }
            }
            buckets[key] = bucket
            return isThere ? nil : .seconds((1 - bucket.level) / rate)
        }
    }

    private func level(of bucket: Bucket, at now: ContinuousClock.Instant) -> Double {
        let passed = max(.zero, now - bucket.filledAt) / .seconds(1)
        return min(burst, bucket.level + passed * rate)
    }
}
