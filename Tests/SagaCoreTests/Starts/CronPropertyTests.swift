import Foundation
import SagaCore
import SagaValues
import Testing

/// Against somebody who stands before the clock and looks at it every minute.
@Suite("Times of a crontab line, against a walk through every minute") struct CronPropertyTests {
    /// Looks at each minute of some days, and notes when the clocks show for the first time what is asked for, or leap
    /// over it.
    private struct Walker {
        let zone: Foundation.TimeZone
        let calendar: Calendar

        init(_ zone: String) {
            self.zone = Foundation.TimeZone(identifier: zone)!
            var calendar = Calendar(identifier: .gregorian)
            calendar.timeZone = Foundation.TimeZone(secondsFromGMT: 0)!
            self.calendar = calendar
        }

        private func shown(_ minute: Int) -> Int {
            minute + zone.secondsFromGMT(for: Date(timeIntervalSince1970: TimeInterval(minute * 60))) / 60
        }

        private struct Day {
            let isFitting: Bool

            init(_ cron: Cron, _ day: Int, _ calendar: Calendar) {
                let date = Date(timeIntervalSince1970: TimeInterval(day * 86_400))
                let parts = calendar.dateComponents([.day, .month, .weekday], from: date)
                let byMonth = cron.daysOfMonth.map { $0.contains(parts.day!) }
                let byWeek = cron.daysOfWeek.map { $0.contains(parts.weekday! - 1) }
                let fits =
                    switch (byMonth, byWeek) {
                    case (nil, nil): true
                    case (let fits?, nil), (nil, let fits?): fits
                    case (let left?, let right?): left || right
                    }
                isFitting = fits && cron.months.contains(parts.month!)
            }
        }

        func times(_ cron: Cron, from start: Int, minutes: Int) -> [Int] {
            var days: [Int: Day] = [:]
            func fits(_ reading: Int) -> Bool {
                let day = Int((Double(reading) / 1_440).rounded(.down))
                let time = reading - day * 1_440
                guard cron.hours.contains(time / 60), cron.minutes.contains(time % 60) else { return false }
                if days[day] == nil { days[day] = Day(cron, day, calendar) }
                return days[day]!.isFitting
            }
            var times: [Int] = []
            // What the clocks have shown for two days back counts as shown.
            var highest = (start - 2_880...start).map(shown).max()!
            for minute in start + 1...start + minutes {
                let now = shown(minute)
                guard now > highest else { continue }
                if (highest + 1...now).contains(where: fits) { times.append(minute) }
                highest = now
            }
            return times
        }
    }

    private static func random(using random: inout Random) -> Cron {
        func some(_ range: ClosedRange<Int>, atMost: Int) -> Set<Int> {
            Set((0..<Int.random(in: 1...atMost, using: &random)).map { _ in Int.random(in: range, using: &random) })
        }
        func any(_ chance: Int) -> Bool { Int.random(in: 0..<chance, using: &random) == 0 }
        return Cron(
            text: "random", minutes: any(5) ? Set(0...59) : some(0...59, atMost: 4),
            hours: any(2) ? Set(0...23) : some(0...4, atMost: 3).union(some(0...23, atMost: 2)),
            daysOfMonth: any(2) ? nil : some(1...31, atMost: 4), months: any(2) ? Set(1...12) : some(1...12, atMost: 5),
            daysOfWeek: any(2) ? nil : some(0...6, atMost: 2))
    }

    /// Numbers that come again.
    private struct Random: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var mixed = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
            mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
            return mixed ^ (mixed >> 31)
        }
    }

    @Test(
        "are the same",
        arguments: [
            ("Europe/Berlin", "2026-03-20T00:00:00Z"), ("Europe/Berlin", "2026-10-15T00:00:00Z"),
            ("America/New_York", "2027-03-05T00:00:00Z"), ("America/Asuncion", "2023-09-25T00:00:00Z"),
            ("Australia/Lord_Howe", "2026-04-01T00:00:00Z"), ("Australia/Lord_Howe", "2026-09-28T00:00:00Z"),
            ("Pacific/Apia", "2011-12-20T00:00:00Z"), ("Asia/Kathmandu", "2028-02-20T00:00:00Z"),
            ("UTC", "2027-02-20T00:00:00Z"), ("Asia/Shanghai", "2026-12-25T00:00:00Z"),
        ])
    func same(_ zone: String, _ start: String) throws {
        let walker = Walker(zone)
        let clock = CronSample.clock(zone)
        let begin = Int(CronSample.time(start).microseconds / 60_000_000)
        var random = Random(state: UInt64(begin))
        for round in 0..<25 {
            let cron = Self.random(using: &random)
            let expected = walker.times(cron, from: begin, minutes: 14 * 1_440)
            var found: [Int] = []
            var time = Timestamp(microseconds: Int64(begin) * 60_000_000)
            let end = time + .seconds(14 * 86_400)
            while let next = cron.next(after: time, on: clock), next <= end {
                found.append(Int(next.microseconds / 60_000_000))
                time = next
            }
            try #require(found == expected, "round \(round): \(cron)")
            #expect(
                cron.last(after: Timestamp(microseconds: Int64(begin) * 60_000_000), upTo: end, on: clock)
                    == expected.last.map { Timestamp(microseconds: Int64($0) * 60_000_000) })
        }
    }
}
