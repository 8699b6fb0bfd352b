internal import SagaValues

/// So many a second, and no more than a tenth of that at once: what was not used is not saved up.
struct TokenBucket: Sendable, Equatable {
    let perSecond: Int
    private var tokens: Double
    private var filledAt: Timestamp

    init(perSecond: Int, at now: Timestamp) {
        self.perSecond = perSecond
        tokens = TokenBucket.size(perSecond)
        filledAt = now
    }

    private static func size(_ perSecond: Int) -> Double { max(1, Double(perSecond) / 10) }

    mutating func fill(at now: Timestamp) {
        let seconds = Double(max(0, (now - filledAt).wholeMicroseconds)) / 1_000_000
        tokens = min(TokenBucket.size(perSecond), tokens + seconds * Double(perSecond))
        filledAt = max(filledAt, now)
    }

    /// How many may go now.
    var whole: Int { max(0, Int(tokens)) }

    mutating func take(_ count: Int) { tokens -= Double(count) }
}
