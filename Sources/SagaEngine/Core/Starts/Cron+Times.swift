public import SagaValues

extension Cron {
    /// The first time after `time` at which the clocks show what this asks for; nil if that never comes.
    ///
    /// Every minute that fits happens once. One that is leapt over, when clocks are set forward, happens at the leap, and
    /// all that are leapt over there together; one that is shown twice happens the first time.
    public func next(after time: Timestamp, on clock: WallClock) -> Timestamp? {
        let seconds = Int(time.microseconds).flooredDivision(by: 1_000_000).quotient
        // Beyond these years nothing is due, and nothing overflows.
        guard abs(seconds) < 1 << 40 else { return nil }
        // Whatever the clocks have shown up to now came first at this time or before.
        var minute = clock.reading(at: seconds).flooredDivision(by: 60).quotient
        while let next = fitting(after: minute) {
            let due = Timestamp(microseconds: Int64(clock.first(showing: next * 60)) * 1_000_000)
            if due > time { return due }
            minute = next
        }
        return nil
    }

    /// The last time after one and up to another, in few steps however far apart they are; nil if there is none.
    public func last(after: Timestamp, upTo end: Timestamp, on clock: WallClock) -> Timestamp? {
        func next(_ time: Timestamp, upTo end: Timestamp) -> Timestamp? {
            self.next(after: time, on: clock).flatMap { $0 <= end ? $0 : nil }
        }
        guard var last = next(after, upTo: end) else { return nil }
        var end = end
        while let following = next(last, upTo: end) {
            let middle = following + (end - following) / 2
            if let later = next(middle, upTo: end) {
                last = later
            } else {
                (last, end) = (following, middle)
            }
        }
        return last
    }

    /// More days than there ever are from a 29th of February to the next.
    private static let farthest = 3_000

    /// The first minute after one that fits, both in minutes since the clocks showed the beginning of 1970.
    private func fitting(after minute: Int) -> Int? {
        var (day, time) = (minute + 1).flooredDivision(by: 1_440)
        let end = day + Cron.farthest
        while day <= end {
            let date = GregorianCalendar.date(ofDay: day)
            if !months.contains(date.month) {
                day += GregorianCalendar.days(inMonth: date.month, of: date.year) - date.day + 1
            } else if fits(day, date.day), let time = fitting(from: time) {
                return day * 1_440 + time
            } else {
                day += 1
            }
            time = 0
        }
        return nil
    }

    /// - Parameter day: since 1970-01-01, a Thursday.
    private func fits(_ day: Int, _ dayOfMonth: Int) -> Bool {
        let dayOfWeek = (day + 4).flooredDivision(by: 7).remainder
        switch (daysOfMonth, daysOfWeek) {
        case (nil, nil): return true
        case (let days?, nil): return days.contains(dayOfMonth)
        case (nil, let days?): return days.contains(dayOfWeek)
        case (let daysOfMonth?, let daysOfWeek?):
            return daysOfMonth.contains(dayOfMonth) || daysOfWeek.contains(dayOfWeek)
        }
    }

    /// The first minute of a day, from this one on, that fits.
    private func fitting(from minute: Int) -> Int? {
        for hour in minute / 60..<24 where hours.contains(hour) {
            let first = hour == minute / 60 ? minute % 60 : 0
            if let minute = (first..<60).first(where: minutes.contains) { return hour * 60 + minute }
        }
        return nil
    }
}
