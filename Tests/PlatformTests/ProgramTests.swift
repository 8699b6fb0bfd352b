import CloudPhone
import Foundation
import Glibc
import SagaValues
import TestServers
import TestSupport
import Testing

@testable import LocalPlatform
@testable import LocalServers

extension OneAtATime {
    /// The program as people run it, with everything that it starts.
    @Suite("The program saga", .serialized) struct ProgramTests {
        // MARK: demo

        @Test("plays the demo: all purchases end as they should, and no invariant is violated")
        func demo() async throws {
            let run = try Run.start([
                "demo", "--data", try TestServers.freshFolder("demo"), "--workflows", Built.workflows,
            ])
            #expect(await run.end(within: .seconds(200)) == .exited(0), run.report)
            #expect(
                run.output.contains("All ten purchases ended as they should; no invariant is violated."), run.report)
        }

        @Test("throws nobody's files away", arguments: [["demo"], ["dev", "--fresh"]])
        func foreignFiles(command: [String]) async throws {
            let folder = try TestServers.freshFolder("mine")
            try FileManager.default.createDirectory(atPath: folder + "/logs", withIntermediateDirectories: true)
            for name in ["thesis.txt", "logs/app.log"] {
                try "mine".write(toFile: "\(folder)/\(name)", atomically: false, encoding: .utf8)
            }
            let run = try Run.start(command + ["--data", folder, "--workflows", Built.workflows])
            #expect(await run.end(within: .seconds(30)) == .exited(1), run.report)
            #expect(run.errors.contains("SAGA-0703") && run.errors.contains("thesis.txt"), run.report)
            #expect(run.errors.split(separator: "\n").count == 1, run.report)
            #expect(
                try FileManager.default.subpathsOfDirectory(atPath: folder).sorted()
                    == ["logs", "logs/app.log", "thesis.txt"])
        }

        // MARK: dev

        @Test("runs the platform for development, takes a purchase, and leaves nothing running at Ctrl-C")
        func dev() async throws {
            let folder = try TestServers.freshFolder("dev")
            let port = try FreePorts.pick(1)[0]
            let arguments = ["--data", folder, "--workflows", Built.workflows, "--port", "\(port)"]
            let run = try Run.start(["dev"] + arguments)
            try await eventually("the platform is running", within: .seconds(100), every: .milliseconds(100)) {
                try #require(run.process.isRunning, run.report)
                return run.output.contains("The platform is running.")
            }

            func buy(user: Int) async throws {
                let input = """
                    {"userId":"\(Seed.userID(user))","planId":"\(Seed.Plan.basic.id)","price":"\(Seed.Plan.basic.price)"}
                    """
                let buying = try Run.start(
                    ["start", "plan-purchase", "--wait", "--input", input],
                    environment: [
                        "SAGA_URL": "http://127.0.0.1:\(port)",
                        "SAGA_TOKEN": try String(contentsOfFile: folder + "/token", encoding: .utf8),
                    ])
                #expect(await buying.end(within: .seconds(90)) == .exited(0), buying.report)
                #expect(buying.output.contains("completed"), buying.report)
            }
            try await buy(user: 1)

            // What is killed comes back.
            func kill(_ name: String, where isMeant: ([String]) -> Bool) async throws {
                let family = try #require(ProcessIdentity(living: run.process.pid)).family
                let killed = try #require(
                    try family.first { member in
                        let line = try String(contentsOfFile: "/proc/\(member.pid)/cmdline", encoding: .utf8)
                        return isMeant(line.split(separator: "\0").map(String.init))
                    }, "\(name) is not there")
                killed.signal(SIGKILL)
                try await eventually("\(name) is started again", within: .seconds(60), every: .milliseconds(50)) {
                    run.output.contains("\(name) has ended with signal 9, and is started again")
                }
                try await eventually("it is ready", within: .seconds(30), every: .milliseconds(100)) {
                    await HTTPProbe.status(of: URL(string: "http://127.0.0.1:\(port)/health/ready")!) == 200
                }
            }
            try await kill("orchestrator-1") { $0.last == "serve" }
            try await buy(user: 2)
            try await kill("PostgreSQL") { $0.first?.hasSuffix("/postgres") == true && $0.contains("-D") }
            try await buy(user: 3)
            try await kill("RabbitMQ") { $0.first?.hasSuffix("/beam.smp") == true }
            try await buy(user: 4)

            // Neither its port nor its data is anybody else's while it runs.
            let second = try Run.start(
                ["dev", "--data", try TestServers.freshFolder("second"), "--workflows", Built.workflows]
                    + ["--port", "\(port)"])
            #expect(await second.end(within: .seconds(30)) == .exited(1), second.report)
            #expect(second.errors.contains("port \(port)") && second.errors.contains("--port"), second.report)
            let third = try Run.start(["dev", "--fresh"] + arguments)
            #expect(await third.end(within: .seconds(30)) == .exited(1), third.report)
            #expect(third.errors.contains("SAGA-0704"), third.report)
            #expect(run.process.isRunning, run.report)

            let family = try #require(ProcessIdentity(living: run.process.pid)).family
            // Itself, its watcher, PostgreSQL, RabbitMQ, an orchestrator and four services, at least.
            #expect(family.count >= 9, "\(family)")
            run.process.signal(SIGINT)
            #expect(await run.end(within: .seconds(60)) == .exited(0), run.report)
            try await eventually("nothing is left of \(family.filter(\.isAlive))", within: .seconds(20)) {
                !family.contains(where: \.isAlive)
            }
        }

        @Test("is started again after a kill, and not after it was stopped")
        func startAgain() async throws {
            let log = try TestServers.freshFolder("program") + ".log"
            let program = Program(name: "sleeper", executable: "/bin/sleep", arguments: ["600"], logFile: log)
            #expect(try !program.startAgain() && program.pid == nil, "nobody wanted it")
            try program.start()
            await program.kill()
            #expect(!program.isRunning)
            #expect(try program.startAgain() && program.isRunning)
            _ = await program.stop()
            #expect(try !program.startAgain() && !program.isRunning)
        }

        @Test("does not take another server's answer for its own")
        func stranger() async throws {
            let stranger = try StubServer("200 OK\r\nContent-Length: 2\r\n\r\n{}")
            defer { stranger.stop() }
            var options = LocalPlatform.Options(
                folder: try TestServers.freshFolder("stranger"), executable: try Built.program(),
                workflows: Built.workflows)
            options.isThrownAway = true
            options.port = stranger.port
            let error = await #expect(throws: LocalServerError.self) { try await LocalPlatform.start(options) }
            #expect(error?.code == .portTaken)
            #expect(error?.message.contains("--port") == true)
            #expect(!FileManager.default.fileExists(atPath: options.folder), "nothing was started")

            // Somebody takes the port after it was picked: another one is.
            options.port = nil
            var picks = 0
            let platform = try await LocalPlatform.start(options, progress: { _ in }) {
                picks += 1
                return picks == 1 ? stranger.port : try FreePorts.pick(1)[0]
            }
            #expect(picks == 2)
            #expect(platform.orchestrators[0].port != stranger.port)
            #expect(platform.orchestrators[0].isRunning)
            #expect(stranger.requests.contains { $0.hasPrefix("GET /health/ready") })
            await platform.stop()
        }

        // MARK: bench

        @Test("prints one JSON object with what a saga costs, whatever the machine")
        func bench() async throws {
            let run = try Run.start(["bench", "--seconds", "1", "--items", "1000", "--events", "1000", "--json"])
            #expect(await run.end(within: .seconds(200)) == .exited(0), run.report)
            let lines = run.output.split(separator: "\n", omittingEmptySubsequences: false)
            #expect(lines.count == 2 && lines.last == "", run.report)
            let top = try JSON(parsing: Array(run.output.utf8))
            #expect(number(top["sagasPerSecond"]) >= 0, run.report)
            let cases = try #require(top["cases"]?.arrayValue)
            #expect(cases.count == 4)
            #expect(cases.first?["sagasPerSecond"] == top["sagasPerSecond"])
            for measured in cases {
                let costs = try #require(measured["costsPerSaga"], run.report)
                for name in [
                    "walBytes", "rowsInserted", "rowsUpdated", "sqlRoundTrips", "transitions", "repliesReceived",
                ] {
                    #expect(number(costs[name]) > 0, "\(name) of \(measured)")
                }
            }
            // Three steps, three commands; what is counted at the ends of a second, on a busy machine, may be one more.
            let alone = try #require(cases.first { $0["name"]?.stringValue == "one alone" })
            #expect(abs(number(alone["costsPerSaga"]?["commandsSent"]) - 3) <= 1, "\(alone)")

            let lives = try #require(top["lives"]?.arrayValue)
            #expect(
                lives.map { $0["name"]?.stringValue } == ["each of 1000", "1000 events", "each of 1000", "1000 events"])
            #expect(lives.map { $0["cached"]?.boolValue } == [true, true, false, false])
            for life in lives {
                let costs = try #require(life["costsPerEvent"], run.report)
                for name in ["stateBytes", "walBytes", "sqlBytesSent", "sqlRoundTrips", "rowsRead", "rowsWritten"] {
                    #expect(
                        number(costs[name]?["beginning"]) > 0 && number(costs[name]?["end"]) > 0, "\(name), \(life)")
                }
            }
            // An event more means that one was lost and made again, which a busy machine may do.
            #expect(number(lives.first?["events"]) >= 4002 && number(lives.last?["events"]) >= 1001, run.report)
        }

        private func number(_ value: JSON?) -> Double {
            guard case .number(let text) = value else { return -1 }
            return Double(text) ?? -1
        }
    }
}
