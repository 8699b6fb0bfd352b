import CloudPhone
import Foundation
import LocalPlatform
import LocalServers
import SagaCLI
import Synchronization
import TestServers
import TestSupport
import Testing

extension OneAtATime {
    /// What the project is for: whatever is killed, no purchase is left half done, and no money is lost or made.
    @Suite("When processes are killed with -9", .serialized)
    struct KillTests {
        /// Set `SAGA_KILL_SEED` to repeat the choices of a run that failed; the timing is the machine's.
        private static let seed =
            ProcessInfo.processInfo.environment["SAGA_KILL_SEED"].flatMap { UInt64($0) }
            ?? UInt64.random(in: 0...UInt64.max)

        @Test("2,000 purchases all end as they must, although orchestrators and services are killed 24 times")
        func programs() async throws {
            let buyers = 2_000
            let kills = 24
            let market = try await Market.open(buyers: buyers, orchestrators: 2)
            let platform = market.platform
            var random = SeededGenerator(seed: Self.seed)
            // Half of the kills hit orchestrators, both in turn, half the services, each of them three times.
            var victims = (0..<kills).map { kill in
                kill % 2 == 0
                    ? platform.orchestrators[kill / 2 % 2]
                    : platform.services[CloudPhoneService.allCases[kill / 2 % CloudPhoneService.allCases.count]]!
            }
            victims.shuffle(using: &random)

            // After each kill the next share of buyers comes, so that there is always something in flight.
            let gate = Gate()
            let report = Report("\(kills) kills, seed \(Self.seed)")
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await market.buyAll(through: gate) }
                for (number, victim) in victims.enumerated() {
                    let share = buyers * (number + 1) / kills
                    gate.open(upTo: share)
                    // Mostly in the thick of it, sometimes towards the end of the share.
                    let wanted = buyers * number / kills + Int.random(in: 1...buyers / kills - 4, using: &random)
                    try await eventually("purchase \(wanted) has begun, \(report.text)", within: .seconds(120)) {
                        try await market.count("SELECT count(*) FROM sagas") >= wanted
                    }
                    let open = try await market.openSagas()
                    try #require(victim.isRunning, "\(victim.name) has ended by itself, \(report.text)")
                    await victim.kill()
                    report.add("\(victim.name) at \(open) open")
                    try await Task.sleep(for: .milliseconds(Int.random(in: 0...1_000, using: &random)))
                    try victim.start()
                }
                try await group.waitForAll()
            }
            #expect(report.count == kills)

            try await market.waitForTheEnd(report)
            try await market.expectAllIsWell()
            await platform.stop()
        }
        @Test("300 purchases all end as they must, although PostgreSQL and RabbitMQ are killed three times each")
        func servers() async throws {
            let buyers = 300
            let market = try await Market.open(buyers: buyers)
            let (postgres, rabbitMQ) = (market.platform.postgres, market.platform.rabbitMQ)
            let gate = Gate()
            let report = Report("servers killed")
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await market.buyAll(through: gate) }
                for kill in 0..<6 {
                    let ended = try await market.endedSagas()
                    gate.open(upTo: buyers * (kill + 1) / 6)
                    // Everything works again: a broker that is killed in its own recovery, again and again, may take
                    // a minute to serve a quorum queue (seen with RabbitMQ 3.10).
                    try await eventually("ten more purchases have ended, \(report.text)", within: .seconds(180)) {
                        try await market.endedSagas() >= ended + 10
                    }
                    let open = try await market.openSagas()
                    if kill % 2 == 0 {
                        postgres.kill()
                        report.add("PostgreSQL at \(open) open")
                        try await postgres.startAgain()
                    } else {
                        rabbitMQ.kill()
                        report.add("RabbitMQ at \(open) open")
                        try await rabbitMQ.startAgain()
                    }
                }
                try await group.waitForAll()
            }
            #expect(report.count == 6)
            try await market.waitForTheEnd(report)
            try await market.expectAllIsWell()
            await market.platform.stop()
        }
    }
}
