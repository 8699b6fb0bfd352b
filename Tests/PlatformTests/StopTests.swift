import CloudPhone
import Foundation
import LocalPlatform
import LocalServers
import TestSupport
import Testing

extension OneAtATime {
    @Suite("When processes are told to stop", .serialized)
    struct StopTests {
        @Test("orchestrators and services finish what they have taken in, end by themselves, and others go on")
        func drain() async throws {
            let buyers = 400
            let market = try await Market.open(buyers: buyers, orchestrators: 2)
            let platform = market.platform
            let gate = Gate()
            let report = Report("stopped")
            let programs = [
                platform.orchestrators[0], platform.services[.billing]!, platform.orchestrators[1],
                platform.services[.device]!,
            ]
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await market.buyAll(through: gate) }
                for (number, program) in programs.enumerated() {
                    gate.open(upTo: buyers * (number + 1) / programs.count)
                    try await eventually("purchases are on their way, \(report.text)") {
                        try await market.count("SELECT count(*) FROM sagas") >= buyers * number / programs.count + 40
                    }
                    let open = try await market.openSagas()
                    // SIGTERM; ten seconds later it would be killed, and the status would tell.
                    #expect(await program.stop() == .exited(0), "\(program.name)")
                    report.add("\(program.name) at \(open) open")
                    try program.start()
                }
                try await group.waitForAll()
            }
            try await market.waitForTheEnd(report)
            try await market.expectAllIsWell()
            for orchestrator in platform.orchestrators {
                let log = try String(contentsOfFile: orchestrator.logFile, encoding: .utf8)
                let farewell = log.split(separator: "\n").first { $0.contains("node has stopped") } ?? "none"
                #expect(
                    farewell.contains(#"unsent="false""#), "\(orchestrator.name) left something behind: \(farewell)")
            }
            await platform.stop()
        }
    }
}
