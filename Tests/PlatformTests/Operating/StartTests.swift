import Foundation
import LocalPlatform
import Postgres
import SagaAPI
import SagaValues
import TestSupport
import Testing

extension OneAtATime {
    /// What starts by itself, on real servers: by events that the broker brings, and by the clock of the database.
    ///
    /// The database's clock cannot be turned, but what it is compared with can: a deployment and a mark that lie back are
    /// the same as nodes that were down since.
    @Suite("Starts by themselves, on real servers", .serialized) struct StartTests {
        private static let welcome = """
            workflow: welcome
            version: 1
            on:
              - event: user.created
                key: "${event.userId}"
                input: { userId: "${event.userId}", age: "${event.age}" }
            input:
              type: object
              required: [userId, age]
              properties: { userId: { type: string }, age: { type: integer } }
            steps:
              - greet: { do: shop.make, undo: shop.unmake }
            """

        /// - Parameter more: lines of the workflow, and its steps.
        private static func report(
            _ cron: String, zone: String = "UTC", catchUp: String, more: String = "",
            step: String = "do: shop.make, undo: shop.unmake"
        ) -> String {
            """
            workflow: report
            version: 1
            schedule: { cron: "\(cron)", timeZone: \(zone), catchUp: \(catchUp), input: { kind: full } }
            \(more)
            steps:
              - write: { \(step) }
            """
        }

        private func keys(_ orchestra: Orchestra, _ workflow: String) async throws -> [String] {
            try await orchestra.texts(
                "SELECT idempotency_key FROM saga_origins WHERE workflow = '\(workflow)' ORDER BY idempotency_key")
        }

        // MARK: By an event

        @Test("an event starts one saga, however often it comes and whichever node it comes to")
        func events() async throws {
            try await Orchestra.play(nodes: 2) { orchestra in
                try await orchestra.deploy("welcome.yaml", Self.welcome)
                try await orchestra.bound(to: "user.created")
                for round in 1...3 {
                    for user in 1...20 {
                        // The same event again, and another one that tells the same.
                        let id = round < 3 ? "e-\(user)" : "again-\(user)"
                        try await orchestra.publish("user.created", #"{"userId":"u\#(user)","age":\#(user)}"#, id: id)
                    }
                }
                let expected = (1...20).map { "event:u\($0)" }.sorted()
                try await eventually("all are started") { try await keys(orchestra, "welcome") == expected }
                try await eventually("the broker has nothing left", every: .milliseconds(100)) {
                    try await orchestra.depth(of: "saga.events") == "0 0"
                }
                #expect(try await keys(orchestra, "welcome") == expected)
                try await eventually("all have ended", every: .milliseconds(50)) {
                    try await orchestra.number("SELECT count(*) FROM sagas WHERE status = 'completed'") == 20
                }
                #expect(try await orchestra.number("SELECT count(*) FROM saga_kept_events") == 40)
                #expect(try await orchestra.number("SELECT count(*) FROM saga_dead_letters") == 0)
                #expect(try await orchestra.saga("failed-starts").output == "no failed starts\n")
            }
        }

        @Test("an event that does not fit is a dead letter, and people can see why; those around it start")
        func misfit() async throws {
            try await Orchestra.play { orchestra in
                try await orchestra.deploy("welcome.yaml", Self.welcome)
                try await orchestra.bound(to: "user.created")
                try await orchestra.publish("user.created", #"{"userId":"u1","age":1}"#, id: "e-1")
                try await orchestra.publish("user.created", #"{"userId":"u2","age":"old"}"#, id: "e-2")
                try await orchestra.publish("user.created", "[]", id: "e-3")
                try await orchestra.publish("user.created", #"{"userId":"u4","age":4}"#, id: "e-4")
                try await eventually("both are put aside", every: .milliseconds(100)) {
                    try await orchestra.number(
                        """
                        SELECT count(*) FROM saga_dead_letters
                        WHERE queue = 'saga.events' AND routing_key = 'user.created' AND reason = 'rejected'
                        """) == 2
                }
                try await eventually("the others are started") {
                    try await keys(orchestra, "welcome") == ["event:u1", "event:u4"]
                }
                let list = try await orchestra.saga("failed-starts", "--json").decode(FailedStartList.self).failedStarts
                #expect(list.map(\.key).sorted() == ["e-2", "e-3"])
                #expect(list.allSatisfy { $0.source == "event" && $0.name == "user.created" })
                let reason = try #require(list.first { $0.key == "e-2" }?.reason)
                #expect(reason.contains("welcome version 1") && reason.contains("age"), "\(reason)")
                #expect(list.first { $0.key == "e-3" }?.reason.contains("no JSON object") == true)
                let table = try await orchestra.saga("failed-starts")
                #expect(table.lines.count == 3 && table.output.contains("age"), table.comment)
            }
        }

        // MARK: By the clock

        /// Deploys, and has the nodes down since so long ago: the clock is that of the database.
        private func down(
            _ orchestra: Orchestra, _ source: String, for past: String
        ) async throws {
            try await orchestra.deploy("report.yaml", source)
            for node in orchestra.nodes { await node.kill() }
            try await orchestra.database.runScript(
                """
                UPDATE workflow_versions
                    SET deployed_at = deployed_at - interval '\(past)', activated_at = activated_at - interval '\(past)';
                UPDATE saga_schedules SET last_at = last_at - interval '\(past)'
                """)
        }

        /// Waits until a mark has come behind a time, and gives the keys of what was started.
        private func seen(_ orchestra: Orchestra, upTo time: String) async throws -> [String] {
            try await eventually(
                "the schedule is seen to up to \(time)", within: .seconds(240), every: .milliseconds(50)
            ) {
                try await orchestra.number("SELECT count(*) FROM saga_schedules WHERE last_at >= \(time)") == 1
            }
            return try await keys(orchestra, "report")
        }

        @Test("two nodes start one saga for each time that is due, also if one of them is killed at it")
        func twoNodes() async throws {
            try await Orchestra.play(nodes: 2) { orchestra in
                try await down(orchestra, Self.report("* * * * *", catchUp: "all"), for: "30 hours")
                let from = try await orchestra.texts(
                    "SELECT to_char(last_at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"') FROM saga_schedules")[
                        0]
                try await withThrowingDiscardingTaskGroup { group in
                    for node in orchestra.nodes { group.addTask { try await orchestra.start(node) } }
                }
                let count = "SELECT count(*) FROM saga_origins WHERE workflow = 'report'"
                try await eventually("some are started") { try await orchestra.number(count) >= 50 }
                await orchestra.nodes[0].kill()
                #expect(
                    try await orchestra.number(
                        "SELECT count(*) FROM saga_schedules WHERE last_at > now() - interval '1 minute'") == 0,
                    "it was killed in the midst of it")
                try await orchestra.start(orchestra.nodes[0])
                let keys = try await seen(orchestra, upTo: "date_trunc('minute', now())")
                // Each minute after the mark has its own, and none has two: the key is unique in the store, so count them.
                let format = ISO8601DateFormatter()
                let begun = try #require(format.date(from: from))
                let first = (begun.timeIntervalSince1970 / 60).rounded(.down) * 60 + 60
                let expected = keys.indices.map { index in
                    let minute = format.string(from: Date(timeIntervalSince1970: first + Double(index) * 60))
                    return "schedule:report:\(minute.dropLast(4))Z"
                }
                #expect(keys == expected && keys.count >= 30 * 60)
                #expect(
                    try await orchestra.number(
                        "SELECT count(*) FROM sagas s JOIN saga_origins o USING (id) WHERE o.workflow = 'report'")
                        == keys.count)
                #expect(try await orchestra.saga("failed-starts").output == "no failed starts\n")
            }
        }

        @Test(
            "after days without a node the last, all or none are made up for, at the times of the zone's clocks",
            arguments: ["last", "all", "none"])
        func catchUp(policy: String) async throws {
            try await Orchestra.play { orchestra in
                // Two hours ago by the clocks of Shanghai, which are never put forward or back.
                let two = Int(Date().timeIntervalSince1970 / 60) * 60 - 2 * 3600
                let shanghai = (two + 8 * 3600) % 86_400
                let cron = "\(shanghai / 60 % 60) \(shanghai / 3600) * * *"
                try await down(
                    orchestra, Self.report(cron, zone: "Asia/Shanghai", catchUp: policy), for: "10 days")
                try await orchestra.start(orchestra.nodes[0])
                let keys = try await seen(orchestra, upTo: "to_timestamp(\(two))")
                let format = ISO8601DateFormatter()
                let days = policy == "last" ? 0..<1 : policy == "all" ? 0..<10 : 0..<0
                let expected = days.reversed().map { day in
                    let time = format.string(from: Date(timeIntervalSince1970: Double(two - day * 86_400)))
                    return "schedule:report:\(time.dropLast(4))Z"
                }
                #expect(keys == expected, "\(policy)")
                let log = try String(contentsOfFile: orchestra.nodes[0].logFile, encoding: .utf8)
                #expect(log.contains("times of a schedule were missed, and are passed over") == (policy == "none"))
            }
        }

        @Test("a time whose start is refused is on the list of those that failed, and the next ones are seen to")
        func refused() async throws {
            try await Orchestra.play { orchestra in
                let two = Int(Date().timeIntervalSince1970 / 60) * 60 - 2 * 3600
                let cron = "\(two / 60 % 60) \(two / 3600 % 24) * * *"
                let source = Self.report(
                    cron, catchUp: "all", more: "locks: [\"report-${input.kind}\"]",
                    step: "approval: { role: boss, title: Go? }, timeout: 7d")
                try await down(orchestra, source, for: "3 days")
                try await orchestra.start(orchestra.nodes[0])
                let keys = try await seen(orchestra, upTo: "to_timestamp(\(two))")
                #expect(keys.count == 1)
                let list = try await orchestra.saga("failed-starts", "--json").decode(FailedStartList.self).failedStarts
                #expect(list.count == 2 && list.allSatisfy { $0.source == "schedule" && $0.name == "report" })
                #expect(list.allSatisfy { $0.key.hasPrefix("schedule:report:") && !keys.contains($0.key) })
                #expect(
                    list.allSatisfy {
                        $0.reason == "it cannot start version 1: another saga holds the lock report-full"
                    })
                let (status, body) = try await orchestra.request("GET", "/v1/failed-starts")
                #expect(status == 200 && body["failedStarts"]?.arrayValue?.count == 2)
                #expect(try await orchestra.request("GET", "/v1/failed-starts?all=true").status == 400)
            }
        }
    }
}
