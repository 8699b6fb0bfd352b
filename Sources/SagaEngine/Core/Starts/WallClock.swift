internal import SagaValues

/// The clocks on the walls of one place: what they show at any time.
///
/// They run by whole seconds, and are set forward or back now and then, never twice within two days.
public struct WallClock: Sendable {
    private let offset: @Sendable (_ seconds: Int) -> Int

    /// - Parameter offset: how many seconds they are ahead of UTC at a time in seconds since 1970, less than 16 hours.
    public init(offset: @escaping @Sendable (_ seconds: Int) -> Int) {
        self.offset = offset
    }

    public static let utc = WallClock { _ in 0 }

    /// What they show, in seconds since they showed the beginning of 1970.
    func reading(at seconds: Int) -> Int { seconds + offset(seconds) }

    private static let farthest = 16 * 3600

    /// When they first show this. If they leap over it, that is when they leap; if they show it twice, the first time.
    ///
    /// In other words the first time at which they show this or more, and so the later the more they are to show.
    func first(showing reading: Int) -> Int {
        var before = reading - WallClock.farthest
        var after = reading + WallClock.farthest
        let candidates = [reading - offset(before), reading - offset(after)]
        if let first = candidates.filter({ self.reading(at: $0) == reading }).min() { return first }
        // From less than this to more, in one leap between the two.
        while after - before > 1 {
            let middle = before + (after - before) / 2
            if self.reading(at: middle) < reading { before = middle } else { after = middle }
        }
        return after
    }
}
