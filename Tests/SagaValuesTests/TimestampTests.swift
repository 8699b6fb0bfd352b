import SagaValues
import TestSupport
import Testing

@Suite("Timestamp")
struct TimestampTests {
    @Test(
        "text and microseconds go both ways",
        arguments: [
            (0, "1970-01-01T00:00:00.000Z"), (1, "1970-01-01T00:00:00.000001Z"), (-1, "1969-12-31T23:59:59.999999Z"),
            (1_000, "1970-01-01T00:00:00.001Z"), (1_100, "1970-01-01T00:00:00.0011Z"),
            (500_000, "1970-01-01T00:00:00.500Z"),
            (951_782_400_000_000, "2000-02-29T00:00:00.000Z"), (951_868_799_999_999, "2000-02-29T23:59:59.999999Z"),
            (4_107_542_400_000_000, "2100-03-01T00:00:00.000Z"), (1_795_257_960_123_456, "2026-11-21T10:46:00.123456Z"),
            (1_735_689_599_120_000, "2024-12-31T23:59:59.120Z"),
            (253_402_300_799_999_999, "9999-12-31T23:59:59.999999Z"),
            (-62_167_219_200_000_000, "0000-01-01T00:00:00.000Z"),
            (253_402_300_800_000_000, "+010000-01-01T00:00:00.000Z"),
            (-62_167_219_200_000_001, "-000001-12-31T23:59:59.999999Z"), (.max, "+294247-01-10T04:00:54.775807Z"),
            (.min, "-290308-12-21T19:59:05.224192Z"),
        ] as [(Int64, String)]
    )
    func bothWays(microseconds: Int64, text: String) {
        #expect(Timestamp(microseconds: microseconds).description == text)
        #expect(Timestamp(iso8601: text) == Timestamp(microseconds: microseconds))
    }

    @Test(
        "other ways to write a time are read",
        arguments: [
            ("1970-01-01T00:00:01Z", 1_000_000), ("1970-01-01t00:00:01z", 1_000_000),
            ("1970-01-01T00:00:00.5Z", 500_000),
            ("1970-01-01T00:00:00.123456789Z", 123_456), ("1970-01-01T00:00:00.000000999Z", 0),
            ("1970-01-01T08:00:00+08:00", 0), ("1969-12-31T16:00:00-08:00", 0), ("1970-01-01T05:45:00.000001+05:45", 1),
            ("1970-01-01T00:00:00-00:00", 0), ("1970-01-01T23:59:00+23:59", 0),
        ] as [(String, Int64)]
    )
    func otherForms(text: String, microseconds: Int64) {
        #expect(Timestamp(iso8601: text)?.microseconds == microseconds)
        #expect(Timestamp(iso8601: "x\(text)".dropFirst())?.microseconds == microseconds)
    }

    @Test(
        "what is no time, or not certain, is not read",
        arguments: [
            "", "1970", "1970-01-01", "1970-01-01T00:00:00", "1970-01-01 00:00:00Z", "1970-01-01T00:00Z",
            "1970-1-1T00:00:00Z",
            "1970-00-01T00:00:00Z", "1970-13-01T00:00:00Z", "1970-01-00T00:00:00Z", "1970-01-32T00:00:00Z",
            "1970-04-31T00:00:00Z", "1970-02-29T00:00:00Z", "1900-02-29T00:00:00Z", "2100-02-29T00:00:00Z",
            "2000-02-30T00:00:00Z",
            "1970-01-01T24:00:00Z", "1970-01-01T00:60:00Z", "1970-01-01T23:59:60Z", "1970-01-01T00:00:00.Z",
            "1970-01-01T00:00:00.0000000001Z", "1970-01-01T00:00:00,5Z", "1970-01-01T00:00:00+0800",
            "1970-01-01T00:00:00+24:00",
            "1970-01-01T00:00:00+08:60", "1970-01-01T00:00:00+08", "1970-01-01T00:00:00ZZ", " 1970-01-01T00:00:00Z",
            "1970-01-01T00:00:00Z\n", "-0001-01-01T00:00:00Z", "-000000-01-01T00:00:00Z", "+10000-01-01T00:00:00Z",
            "+294247-01-10T04:00:54.775808Z", "+999999-01-01T00:00:00Z", "-999999-01-01T00:00:00Z",
            "19700-01-01T00:00:00Z",
            "١٩٧٠-01-01T00:00:00Z", "1970-01-01T00:00:0", "19:0-01-01T00:00:00Z",
        ]
    )
    func refused(text: String) {
        #expect(Timestamp(iso8601: text) == nil)
    }

    @Test("every day from 1890 to 2110 follows the one before")
    func days() throws {
        // A plain count of days by the rules of the calendar, against the arithmetic under test.
        let start = try #require(Timestamp(iso8601: "1890-01-01T00:00:00Z"))
        var microseconds = start.microseconds
        for year in 1890...2110 {
            let isLeap = year % 400 == 0 || (year % 4 == 0 && year % 100 != 0)
            for (month, length) in [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31].enumerated() {
                for day in [1, length] {
                    let time = Timestamp(microseconds: microseconds + Int64(day - 1) * 86_400_000_000)
                    let text = "\(year)-\(month < 9 ? "0" : "")\(month + 1)-\(day < 10 ? "0" : "")\(day)T00:00:00.000Z"
                    #expect(time.description == text)
                    #expect(Timestamp(iso8601: text) == time)
                }
                microseconds += Int64(length) * 86_400_000_000
            }
        }
    }

    @Test("text goes both ways at random", arguments: 1...5 as ClosedRange<UInt64>)
    func roundTrip(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<300 {
            let time = Timestamp(
                microseconds: Int64(truncatingIfNeeded: random.next()) >> Int64.random(in: 0..<40, using: &random))
            #expect(Timestamp(iso8601: time.description) == time, "seed \(seed)")
        }
    }

    @Test("durations are added, subtracted and measured")
    func arithmetic() {
        let time = Timestamp(microseconds: 1_000_000)
        #expect(time + .seconds(2) == Timestamp(microseconds: 3_000_000))
        #expect(time - .milliseconds(1500) == Timestamp(microseconds: -500_000))
        #expect(time + .nanoseconds(1999) == Timestamp(microseconds: 1_000_001))
        #expect(time + .seconds(-1) == Timestamp(microseconds: 0))
        #expect(time - Timestamp(microseconds: 250_000) == .milliseconds(750))
        #expect(
            Timestamp(microseconds: .max) - Timestamp(microseconds: .min) == .microseconds(Int64.max)
                - .microseconds(Int64.min))
        var later = time
        later += .seconds(1)
        #expect(later > time)
    }

    @Test("no length of time makes the sum trap")
    func saturation() {
        let forever = Duration.seconds(Int64.max)
        #expect(Timestamp(microseconds: 0) + forever == Timestamp(microseconds: .max))
        #expect(Timestamp(microseconds: .max) + .microseconds(1) == Timestamp(microseconds: .max))
        #expect(Timestamp(microseconds: .min) - .microseconds(1) == Timestamp(microseconds: .min))
        #expect(Timestamp(microseconds: .max) - .microseconds(-1) == Timestamp(microseconds: .max))
        #expect(Timestamp(microseconds: .min) + .microseconds(-1) == Timestamp(microseconds: .min))
        #expect(Timestamp(microseconds: 0) - forever == Timestamp(microseconds: -.max))
    }

    @Test("now is between 2025 and 2100, and does not stand still")
    func now() throws {
        let now = Timestamp.now()
        #expect(now > (try #require(Timestamp(iso8601: "2025-01-01T00:00:00Z"))))
        #expect(now < (try #require(Timestamp(iso8601: "2100-01-01T00:00:00Z"))))
        let clock = ContinuousClock()
        let limit = clock.now + .seconds(5)
        while Timestamp.now() == now, clock.now < limit {}
        #expect(Timestamp.now() != now)
    }
}
