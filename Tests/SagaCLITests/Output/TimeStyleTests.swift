import SagaAPI
import SagaValues
import TestAPI
import TestSupport
import Testing

@testable import SagaCLI

@Suite("Times as people want them") struct TimeStyleTests {
    private let now = Timestamp(iso8601: "2026-11-22T10:00:00Z") ?? Timestamp(microseconds: 0)

    @Test("in UTC, as it was always, and in full")
    func absolute() throws {
        let time = try #require(Timestamp(iso8601: "2026-11-21T09:08:07.654321Z"))
        #expect(TimeStyle.utc.text(time) == "2026-11-21 09:08:07")
        #expect(TimeStyle.utc.sentence(time) == "2026-11-21 09:08:07 UTC")
        #expect(TimeStyle.utc.timeOfDay(time) == "09:08:07.654")
        #expect(TimeStyle.iso.text(time) == "2026-11-21T09:08:07.654321Z")
        #expect(TimeStyle.iso.sentence(time) == TimeStyle.iso.text(time))
        #expect(TimeStyle.iso.timeOfDay(time) == TimeStyle.iso.text(time))
    }

    @Test(
        "as how long ago, or ahead, in the largest unit of which there are two",
        arguments: [
            (0, "now"), (1, "1s ago"), (119, "119s ago"), (120, "2m ago"), (7_199, "119m ago"), (7_200, "2h ago"),
            (172_799, "47h ago"), (172_800, "2d ago"), (86_400 * 400, "400d ago"), (-1, "in 1s"), (-90, "in 90s"),
            (-86_400 * 3, "in 3d"),
        ])
    func relative(_ seconds: Int, _ expected: String) {
        #expect(TimeStyle.relative.text(now - .seconds(seconds), now: now) == expected)
    }

    @Test("what the greatest and the least time are does not trap")
    func extremes() {
        for time in [Timestamp(microseconds: .min), Timestamp(microseconds: .max), Timestamp(microseconds: -1)] {
            for style in TimeStyle.allCases {
                #expect(!style.text(time, now: now).isEmpty && !style.timeOfDay(time, now: now).isEmpty)
            }
        }
    }

    /// A saga of a fixed time, from a server that always answers with it.
    private static let page =
        #"{"sagas":[{"id":"0199c0de-0000-7000-8000-000000000000","workflow":"order","version":1,"tenant":"default","#
        + #""idempotencyKey":"k","status":"completed","hasOpenIncident":false,"revision":3,"#
        + #""startedAt":"2026-07-01T23:30:00.25Z","updatedAt":"2026-07-01T23:30:01Z","#
        + #""endedAt":"2026-07-01T23:30:01Z"}]}"#

    private func list(_ options: String..., zone: String) async throws -> Run {
        let stub = try StubServer("200 OK\r\nContent-Length: \(Self.page.utf8.count)\r\n\r\n\(Self.page)")
        defer { stub.stop() }
        return try await saga(
            ["list"] + options, environment: ["SAGA_URL": stub.url, "SAGA_TOKEN": TestAPI.token, "TZ": zone])
    }

    @Test(
        "in the zone of TZ, with its offset of that day",
        arguments: [
            ("CET-1CEST,M3.5.0,M10.5.0/3", "2026-07-02 01:30:00 +02:00"),
            ("IST-5:30", "2026-07-02 05:00:00 +05:30"), ("NST3:30", "2026-07-01 20:00:00 -03:30"),
            ("UTC0", "2026-07-01 23:30:00 +00:00"),
        ])
    func local(_ zone: String, _ expected: String) async throws {
        let run = try await list("--time", "local", zone: zone)
        #expect(run.status == 0 && run.output.contains("  \(expected)  "), "\(run.output)\(run.errors)")
    }

    @Test("JSON and YAML have ISO 8601 in UTC whatever is asked for, and the zone changes nothing else")
    func programs() async throws {
        for form in ["json", "jsonl", "yaml"] {
            for style in ["utc", "relative", "iso", "local"] {
                let run = try await list("-o", form, "--time", style, zone: "IST-5:30")
                #expect(run.output.contains("2026-07-01T23:30:00.250Z"), "\(run.output)\(run.errors)")
            }
        }
        #expect(try await list(zone: "IST-5:30").output.contains("  2026-07-01 23:30:00  "))
        #expect(try await list("--time", "iso", zone: "UTC0").output.contains("  2026-07-01T23:30:00.250Z  "))
        #expect(try await list("--time", "relative", zone: "UTC0").output.contains(" ago  "))
    }

    @Test("another style is refused with those that there are")
    func refused() async throws {
        let run = try await list("--time", "swatch", zone: "UTC0")
        #expect(run.status == 64 && run.output.isEmpty)
        for style in TimeStyle.allCases { #expect(run.errors.contains("'\(style)'"), "\(run.errors)") }
    }
}
