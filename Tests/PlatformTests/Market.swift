import Checker
import CloudPhone
import Foundation
import LocalPlatform
import LocalServers
import SagaAPI
import SagaCLI
import SagaValues
import TestServers
import TestSupport
import Testing

/// The platform with buyers in it, each of whom wants one purchase and is known how it must end.
struct Market: Sendable {
    let platform: LocalPlatform
    let buyers: Int

    /// How the purchase of a buyer has to end, whatever is killed meanwhile.
    enum Fate: String, CaseIterable, Sendable {
        case completes
        /// Asks for another price than the plan's: nothing to undo.
        case wrongPrice = "price-mismatch"
        /// There is no device for this one: the order is cancelled.
        case noDevice = "no-device"
        /// Cannot pay: device and order are undone.
        case poor = "insufficient-balance"
        /// Refused after the charge: the money comes back too.
        case tooLate = "order-expired"

        /// Of twenty buyers three out of four get what they want.
        static func of(buyer: Int) -> Fate {
            switch buyer % 20 {
            case 3: .wrongPrice
            case 7: .noDevice
            case 11, 13: .poor
            case 17: .tooLate
            default: .completes
            }
        }

        var status: String { self == .completes ? "completed" : "compensated" }
    }

    static func open(buyers: Int, orchestrators: Int = 1) async throws -> Market {
        var options = LocalPlatform.Options(
            folder: try TestServers.freshFolder("platform"), executable: try Built.program(), workflows: Built.workflows
        )
        options.seed = Seed(users: buyers, balance: 500, devices: buyers)
        options.orchestrators = orchestrators
        options.isThrownAway = true
        let market = Market(platform: try await LocalPlatform.start(options), buyers: buyers)
        try await market.switchRefusalsOn()
        return market
    }

    /// Refusals that the data alone would not bring about; they hold however often a command comes.
    private func switchRefusalsOn() async throws {
        for (fate, service, action, database) in [
            (Fate.noDevice, CloudPhoneService.device, "allocate", LocalPlatform.Database.core),
            (.tooLate, .billing, "activate-order", LocalPlatform.Database.billing),
        ] {
            let users = (1...buyers).filter { Fate.of(buyer: $0) == fate }.map { "('\(Seed.userID($0))')" }
            guard !users.isEmpty else { continue }
            try await platform.postgres.psql(
                """
                INSERT INTO fault_switches (service, action, kind, remaining, code, direction, only_for)
                SELECT '\(service.rawValue)', '\(action)', 'reject', 1000, '\(fate.rawValue)', 'do', buyer
                FROM (VALUES \(users.joined(separator: ", "))) AS refused (buyer)
                """, database: database)
        }
    }

    // MARK: Buying

    func purchase(of buyer: Int) -> StartBody {
        let fate = Fate.of(buyer: buyer)
        let plan = fate == .poor ? Seed.Plan.enterprise : .basic
        return StartBody(
            workflow: "plan-purchase", businessKey: "buyer-\(buyer)",
            input: [
                "userId": .string(Seed.userID(buyer).description), "planId": .string(plan.id.description),
                "price": .string(fate == .wrongPrice ? "1.00" : plan.price),
            ])
    }

    /// Sends a purchase until some orchestrator has taken it; the key keeps it one purchase.
    func buy(_ buyer: Int) async throws {
        var turn = buyer
        try await eventually("purchase \(buyer) is taken", within: .seconds(120), every: .milliseconds(50)) {
            let orchestrator = platform.orchestrators[turn % platform.orchestrators.count]
            turn += 1
            let client = Client(url: "http://127.0.0.1:\(orchestrator.port ?? 0)", token: platform.token)
            do {
                _ = try await client.start(purchase(of: buyer), key: "buyer-\(buyer)")
                return true
            } catch is ClientError {
                return false
            } catch let problem as Problem where problem.status >= 500 {
                return false
            }
        }
    }

    /// Everybody buys, 64 at a time, each after the gate has been opened for them.
    func buyAll(through gate: Gate) async throws {
        try await withThrowingTaskGroup(of: Void.self) { buying in
            for buyer in 1...buyers {
                if buyer > 64 { try await buying.next() }
                await gate.pass(buyer)
                buying.addTask { try await buy(buyer) }
            }
            try await buying.waitForAll()
        }
    }

    // MARK: Looking

    func count(_ sql: String, in database: String = LocalPlatform.Database.saga) async throws -> Int {
        let text = try await platform.postgres.psql(sql, database: database)
        return try #require(Int(text.trimmingCharacters(in: .whitespacesAndNewlines)), "no number: \(text)")
    }

    func openSagas() async throws -> Int { try await count("SELECT count(*) FROM sagas WHERE ended_at IS NULL") }
    func endedSagas() async throws -> Int { try await count("SELECT count(*) FROM sagas WHERE ended_at IS NOT NULL") }

    /// Waits until nothing is open; fails when nothing has ended for as long as only a lost saga waits.
    func waitForTheEnd(_ report: Report) async throws {
        var ended = 0
        var last = ContinuousClock.now
        try await eventually("all have ended, \(report.text)", within: .seconds(300), every: .milliseconds(100)) {
            let now = try await endedSagas()
            if now > ended { (ended, last) = (now, .now) }
            guard last.duration(to: .now) < .seconds(90) else { throw Standstill(open: try await stories()) }
            return ended == buyers
        }
    }

    /// The histories of what is open, for whoever has to find out why.
    private func stories() async throws -> String {
        try await platform.postgres.psql(
            """
            SELECT h.saga_id, o.status, o.silent_for, string_agg(
                concat_ws(' ', h.revision, h.at::time(3), h.kind, h.step, h.direction, h.attempt), E'\n' ORDER BY h.revision)
            FROM open_sagas o JOIN saga_events h ON h.saga_id = o.id
            WHERE o.id IN (SELECT id FROM open_sagas ORDER BY age DESC LIMIT 3) GROUP BY 1, 2, 3
            """, database: LocalPlatform.Database.saga)
    }

    struct Standstill: Error, CustomStringConvertible {
        let open: String
        var description: String { "nothing ends any more; the oldest that are open:\n\(open)" }
    }

    /// Expects each purchase to have ended as its buyer's fate is, and no invariant to be violated.
    func expectAllIsWell() async throws {
        for fate in Fate.allCases {
            let expected = (1...buyers).count { Fate.of(buyer: $0) == fate }
            let ended = try await count(
                """
                SELECT count(*) FROM sagas JOIN saga_origins USING (id)
                WHERE status = '\(fate.status)' AND substr(business_key, 7)::int % 20 IN (\(
                    (0..<20).filter { Fate.of(buyer: $0) == fate }.map(String.init).joined(separator: ", ")))
                """)
            #expect(ended == expected, "\(fate): \(ended) of \(expected) are \(fate.status)")
        }
        let checker = Checker(
            server: platform.database(LocalPlatform.Database.saga), saga: LocalPlatform.Database.saga,
            billing: LocalPlatform.Database.billing, core: LocalPlatform.Database.core)
        for result in try await checker.run() {
            #expect(
                result.count == 0,
                "\(result.invariant.name), \(result.invariant.statement): \(result.examples.joined(separator: "; "))")
        }
        #expect(try await openSagas() == 0)
        try await expectHistoriesToFold()
    }
}
