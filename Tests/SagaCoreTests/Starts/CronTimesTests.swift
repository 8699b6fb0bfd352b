import SagaCore
import SagaValues
import Testing

@Suite("Times of a crontab line") struct CronTimesTests {
    struct Sample: Sendable, CustomTestStringConvertible {
        let cron: String
        var zone = "UTC"
        let after: String
        let next: [String]

        var testDescription: String { "\(cron) \(zone) after \(after)" }
    }

    static let samples: [Sample] = [
        // Within the day.
        Sample(
            cron: "0 3 * * *", after: "2026-11-21T02:59:59.999999Z",
            next: ["2026-11-21T03:00:00Z", "2026-11-22T03:00:00Z"]),
        Sample(cron: "0 3 * * *", after: "2026-11-21T03:00:00Z", next: ["2026-11-22T03:00:00Z"]),
        Sample(cron: "0 3 * * *", after: "2026-11-21T03:00:00.000001Z", next: ["2026-11-22T03:00:00Z"]),
        Sample(
            cron: "0,15,30,45 8-9 * * *", after: "2026-11-21T08:40:00Z",
            next: [
                "2026-11-21T08:45:00Z", "2026-11-21T09:00:00Z", "2026-11-21T09:15:00Z", "2026-11-21T09:30:00Z",
                "2026-11-21T09:45:00Z", "2026-11-22T08:00:00Z",
            ]),
        Sample(
            cron: "* * * * *", after: "2026-12-31T23:58:30Z", next: ["2026-12-31T23:59:00Z", "2027-01-01T00:00:00Z"]),
        Sample(cron: "59 23 31 12 *", after: "2026-12-31T23:59:00Z", next: ["2027-12-31T23:59:00Z"]),
        // Ends of months.
        Sample(
            cron: "0 0 31 * *", after: "2026-01-31T00:00:00Z",
            next: ["2026-03-31T00:00:00Z", "2026-05-31T00:00:00Z", "2026-07-31T00:00:00Z", "2026-08-31T00:00:00Z"]),
        Sample(
            cron: "0 0 30 * *", after: "2027-01-30T00:00:00Z", next: ["2027-03-30T00:00:00Z", "2027-04-30T00:00:00Z"]),
        Sample(cron: "30 12 1 1,7 *", after: "2026-01-01T12:30:00Z", next: ["2026-07-01T12:30:00Z"]),
        // Leap years, with the one that is none.
        Sample(
            cron: "0 0 29 2 *", after: "2026-11-21T00:00:00Z", next: ["2028-02-29T00:00:00Z", "2032-02-29T00:00:00Z"]),
        Sample(
            cron: "0 0 29 2 *", after: "2096-02-29T00:00:00Z", next: ["2104-02-29T00:00:00Z"]),
        Sample(cron: "0 0 29 2 *", after: "1996-02-29T00:00:00Z", next: ["2000-02-29T00:00:00Z"]),
        Sample(cron: "0 0 1 3 *", after: "2028-02-28T12:00:00Z", next: ["2028-03-01T00:00:00Z"]),
        // Days of the week; the 21st of November 2026 is a Saturday.
        Sample(
            cron: "0 9 * * 1-5", after: "2026-11-20T10:00:00Z", next: ["2026-11-23T09:00:00Z", "2026-11-24T09:00:00Z"]),
        Sample(cron: "0 9 * * 0", after: "2026-11-21T00:00:00Z", next: ["2026-11-22T09:00:00Z"]),
        Sample(cron: "0 9 * 12 6", after: "2026-11-21T00:00:00Z", next: ["2026-12-05T09:00:00Z"]),
        // Either day fits where both are restricted.
        Sample(
            cron: "0 0 13 * 5", after: "2026-11-01T00:00:00Z",
            next: [
                "2026-11-06T00:00:00Z", "2026-11-13T00:00:00Z", "2026-11-20T00:00:00Z", "2026-11-27T00:00:00Z",
                "2026-12-04T00:00:00Z", "2026-12-11T00:00:00Z", "2026-12-13T00:00:00Z",
            ]),
        // Before 1970, where numbers are negative.
        Sample(
            cron: "0 3 * * 4", after: "1969-12-25T02:30:00.5Z", next: ["1969-12-25T03:00:00Z", "1970-01-01T03:00:00Z"]),
        // A zone that is ahead, one that is behind, and one by half an hour.
        Sample(cron: "0 3 * * *", zone: "Asia/Shanghai", after: "2026-11-21T00:00:00Z", next: ["2026-11-21T19:00:00Z"]),
        Sample(cron: "0 3 1 * *", zone: "Asia/Shanghai", after: "2026-11-21T00:00:00Z", next: ["2026-11-30T19:00:00Z"]),
        Sample(
            cron: "0 22 * * *", zone: "America/New_York", after: "2026-12-01T00:00:00Z", next: ["2026-12-01T03:00:00Z"]),
        Sample(cron: "0 3 * * *", zone: "Asia/Kolkata", after: "2026-11-21T00:00:00Z", next: ["2026-11-21T21:30:00Z"]),
        // Berlin sets its clocks forward on the 29th of March 2026, from 2:00 to 3:00.
        Sample(
            cron: "30 2 * * *", zone: "Europe/Berlin", after: "2026-03-28T00:00:00Z",
            next: ["2026-03-28T01:30:00Z", "2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z"]),
        Sample(
            cron: "0,20,40 2 * * *", zone: "Europe/Berlin", after: "2026-03-28T12:00:00Z",
            next: ["2026-03-29T01:00:00Z", "2026-03-30T00:00:00Z"]),
        Sample(
            cron: "30 2,3 * * *", zone: "Europe/Berlin", after: "2026-03-28T12:00:00Z",
            next: ["2026-03-29T01:00:00Z", "2026-03-29T01:30:00Z", "2026-03-30T00:30:00Z"]),
        Sample(
            cron: "0 2,3 * * *", zone: "Europe/Berlin", after: "2026-03-29T00:59:59Z",
            next: ["2026-03-29T01:00:00Z", "2026-03-30T00:00:00Z"]),
        // And back on the 25th of October, from 3:00 to 2:00.
        Sample(
            cron: "30 2 * * *", zone: "Europe/Berlin", after: "2026-10-24T12:00:00Z",
            next: ["2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"]),
        Sample(
            cron: "30 2 * * *", zone: "Europe/Berlin", after: "2026-10-25T01:15:00Z", next: ["2026-10-26T01:30:00Z"]),
        Sample(
            cron: "0 * * * *", zone: "Europe/Berlin", after: "2026-10-24T23:30:00Z",
            next: ["2026-10-25T00:00:00Z", "2026-10-25T02:00:00Z", "2026-10-25T03:00:00Z"]),
        // Clocks that leap over midnight, and over a whole day.
        Sample(
            cron: "30 0 * * *", zone: "America/Asuncion", after: "2023-09-30T12:00:00Z",
            next: ["2023-10-01T04:00:00Z", "2023-10-02T03:30:00Z"]),
        Sample(
            cron: "0 12 * * *", zone: "Pacific/Apia", after: "2011-12-29T12:00:00Z",
            next: ["2011-12-29T22:00:00Z", "2011-12-30T10:00:00Z", "2011-12-30T22:00:00Z"]),
    ]

    @Test("come in their order", arguments: samples)
    func next(_ sample: Sample) throws {
        let (cron, clock) = (CronSample.cron(sample.cron), CronSample.clock(sample.zone))
        var time = CronSample.time(sample.after)
        var found: [Timestamp] = []
        for _ in sample.next {
            time = try #require(cron.next(after: time, on: clock))
            found.append(time)
        }
        #expect(found == sample.next.map(CronSample.time))
    }

    @Test("never come for a day that there never is, nor at the ends of time")
    func never() {
        let now = CronSample.time("2026-11-21T00:00:00Z")
        #expect(CronSample.cron("0 0 30 2 *").next(after: now, on: .utc) == nil)
        #expect(CronSample.cron("0 0 31 4,6,9,11 *").next(after: now, on: .utc) == nil)
        for edge in [Timestamp(microseconds: .min), Timestamp(microseconds: .max)] {
            #expect(CronSample.cron("* * * * *").next(after: edge, on: .utc) == nil)
        }
    }

    @Test("are known from behind as well, however far back")
    func last() {
        func last(_ cron: String, _ after: String, _ end: String, zone: String = "UTC") -> Timestamp? {
            CronSample.cron(cron).last(
                after: CronSample.time(after), upTo: CronSample.time(end), on: CronSample.clock(zone))
        }
        #expect(
            last("* * * * *", "2016-01-01T00:00:00Z", "2026-11-21T12:34:56Z") == CronSample.time("2026-11-21T12:34:00Z")
        )
        #expect(
            last("0 0 29 2 *", "2016-01-01T00:00:00Z", "2026-11-21T12:34:56Z")
                == CronSample.time("2024-02-29T00:00:00Z"))
        #expect(last("0 3 * * *", "2026-11-21T03:00:00Z", "2026-11-22T02:59:59Z") == nil)
        #expect(
            last("0 3 * * *", "2026-11-21T02:00:00Z", "2026-11-21T03:00:00Z") == CronSample.time("2026-11-21T03:00:00Z")
        )
        #expect(last("0 3 * * *", "2026-11-21T05:00:00Z", "2026-11-21T04:00:00Z") == nil)
        #expect(
            last("30 2 * * *", "2026-10-01T00:00:00Z", "2026-10-25T01:59:00Z", zone: "Europe/Berlin")
                == CronSample.time("2026-10-25T00:30:00Z"))
    }
}
