import SagaValues
import TestSupport
import Testing

@Suite("Durations as text")
struct DurationTextTests {
    @Test(
        "lengths of time are read and written in their shortest form",
        arguments: [
            ("0s", .zero), ("500ms", .milliseconds(500)), ("30s", .seconds(30)), ("5m", .seconds(300)),
            ("1d", .seconds(86_400)),
            ("3d", .seconds(259_200)), ("1m30s", .seconds(90)), ("1d2h3m4s5ms6us", .microseconds(93_784_005_006)),
            ("250us", .microseconds(250)), ("1h1ms", .milliseconds(3_600_001)),
            ("106751991d", .seconds(106_751_991 * 86_400)),
        ] as [(String, Duration)]
    )
    func bothWays(text: String, duration: Duration) {
        #expect(Duration(sagaText: text) == duration)
        #expect(duration.sagaText == text)
    }

    @Test(
        "other forms are read too",
        arguments: [
            ("24h", .seconds(86_400)), ("90s", .seconds(90)), ("90m", .seconds(5400)), ("1500ms", .milliseconds(1500)),
            ("0d", .zero), ("1m90s", .seconds(150)), ("007s", .seconds(7)), ("0h5m", .seconds(300)),
        ] as [(String, Duration)]
    )
    func otherForms(text: String, duration: Duration) {
        #expect(Duration(sagaText: text) == duration)
        #expect(Duration(sagaText: "x\(text)".dropFirst()) == duration)
    }

    @Test(
        "what is not certain is not read",
        arguments: [
            "", "5", "s", "ms", "5x", "5S", "5 s", " 5s", "5s ", "-5s", "+5s", "1.5s", "1,5s", "30s1m", "1s1s", "1ms1s",
            "1m 30s",
            "1h30", "5min", "5sec", "1w", "1y", "PT5S", "٥s", "5µs", "5ms5", "9223372036854775807s",
            "9223372036854775808us",
            "99999999999999999999d", "106751991d86400s", "1d1d", "mm", "5ss", "1e3s", "5\u{301}s",
        ]
    )
    func refused(text: String) {
        #expect(Duration(sagaText: text) == nil)
    }

    @Test("what it writes it reads back, cut to microseconds", arguments: 1...5 as ClosedRange<UInt64>)
    func roundTrip(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<300 {
            let microseconds = Int64(random.next() >> UInt64.random(in: 1..<60, using: &random))
            let duration = Duration.microseconds(microseconds) + .nanoseconds(999)
            #expect(Duration(sagaText: duration.sagaText) == .microseconds(microseconds), "seed \(seed)")
        }
        #expect(Duration(sagaText: Duration.microseconds(Int64.max).sagaText) == .microseconds(Int64.max))
    }

    @Test("negative ones are for people only")
    func negative() {
        #expect(Duration.seconds(-90).sagaText == "-1m30s")
        #expect(Duration.microseconds(Int64.min).sagaText.hasPrefix("-106751991d"))
    }

    @Test("whole microseconds are cut toward zero and stop at the ends")
    func microseconds() {
        #expect(Duration.nanoseconds(1999).wholeMicroseconds == 1)
        #expect(Duration.nanoseconds(-1999).wholeMicroseconds == -1)
        #expect((Duration.seconds(-1) - .microseconds(1)).wholeMicroseconds == -1_000_001)
        #expect(Duration.seconds(3).wholeMicroseconds == 3_000_000)
        #expect(Duration.seconds(Int64.max).wholeMicroseconds == .max)
        #expect(Duration.seconds(Int64.min).wholeMicroseconds == .min)
        #expect(Duration.microseconds(Int64.max).wholeMicroseconds == .max)
        #expect(Duration.microseconds(Int64.min).wholeMicroseconds == .min)
    }
}
