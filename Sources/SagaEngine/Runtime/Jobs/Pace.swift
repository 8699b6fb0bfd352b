/// Spreads what is done evenly over time: so many a second, and no heap after a pause.
struct Pace {
    private let interval: Duration
    private var next: ContinuousClock.Instant?

    /// How much of what could not be done in time is made up for: enough for a timer that rings late.
    private static let slack = Duration.milliseconds(100)

    init(rate: Int) {
        interval = .seconds(1) / rate
    }

    /// How long to wait with the next one, from `now` on; it counts as done then.
    mutating func take(at now: ContinuousClock.Instant) -> Duration {
        let turn = max(next ?? now, now - Pace.slack)
        next = turn + interval
        return max(.zero, turn - now)
    }
}
