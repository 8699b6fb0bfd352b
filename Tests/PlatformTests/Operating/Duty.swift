import CloudPhone
import Foundation
import LocalPlatform
import LocalServers
import SagaAPI
import SagaCLI
import SagaValues
import TestSupport
import Testing

/// Whoever is on duty, with a terminal and a telephone.
struct Duty: Sendable {
    let market: Market

    struct Said: Sendable {
        let status: Int32
        let output: String
        let errors: String

        func decode<Body: Decodable>(_ type: Body.Type) throws -> Body {
            try JSONValueDecoder.decode(type, from: try JSON(parsing: output))
        }
    }

    /// Opens a market in which a provider is down, and waits until every purchase hangs that gets as far as there.
    static func inOutage(buyers: Int) async throws -> (desk: Duty, stuck: Int) {
        let stuck = (1...buyers).count { Market.Fate.of(buyer: $0) == .completes }
        let market = try await Market.open(buyers: buyers, orchestrators: 2)
        let desk = Duty(market: market)
        try await desk.goDown()
        let gate = Gate()
        gate.open(upTo: buyers)
        try await market.buyAll(through: gate)
        try await eventually("all that can hang do", within: .seconds(240), every: .milliseconds(200)) {
            let held = try await market.count("SELECT count(*) FROM saga_incidents WHERE resolved_at IS NULL")
            return try await market.openSagas() == stuck && held == stuck
        }
        return (desk, stuck)
    }

    /// Types a command, for the first orchestrator.
    func saga(_ arguments: String..., within limit: Duration = .seconds(60)) async throws -> Said {
        try await saga(arguments, within: limit)
    }

    private func saga(_ arguments: [String], within limit: Duration = .seconds(60)) async throws -> Said {
        let run = try Run.start(
            arguments,
            environment: [
                "SAGA_URL": "http://127.0.0.1:\(market.platform.orchestrators[0].port ?? 0)",
                "SAGA_TOKEN": market.platform.token.reveal(),
            ])
        guard case .exited(let status) = await run.end(within: limit) else { throw NotExited(what: arguments) }
        return Said(status: status, output: run.output, errors: run.errors)
    }

    func succeeds(_ arguments: String...) async throws {
        let said = try await saga(arguments)
        try #require(said.status == 0, "\(arguments): \(said.errors)")
    }

    /// How the participant is that is in trouble.
    func user() async throws -> ParticipantView {
        try await saga("participant", "user", "--json").decode(ParticipantView.self)
    }

    // MARK: The provider

    func goDown() async throws {
        try await market.platform.postgres.psql(
            """
            INSERT INTO fault_switches (service, action, kind, remaining, code, direction)
            VALUES ('user', 'raise-quota', 'reject', 1000000, 'provider-down', 'do')
            """, database: LocalPlatform.Database.core)
    }

    func comeBack() async throws {
        try await market.platform.postgres.psql(
            "DELETE FROM fault_switches WHERE action = 'raise-quota'", database: LocalPlatform.Database.core)
    }

    /// What the provider's support does on the telephone.
    func grantQuota(of saga: SagaValues.UUID) async throws {
        let key = try await market.platform.postgres.psql(
            "SELECT business_key FROM saga_origins WHERE id = '\(saga)'", database: LocalPlatform.Database.saga)
        let number = key.trimmingCharacters(in: .whitespacesAndNewlines).dropFirst("buyer-".count)
        let buyer = try #require(Int(number))
        try await market.platform.postgres.psql(
            """
            INSERT INTO quotas (user_id, plan_id, limits)
            SELECT '\(Seed.userID(buyer))', p.plan_id, jsonb_build_object(
                'maxDevices', p.max_devices, 'maxConcurrentDevices', p.max_devices,
                'totalStorageGB', p.storage_gb, 'totalTrafficGB', p.traffic_gb)
            FROM plan_limits p WHERE p.plan_id = '\(Seed.Plan.basic.id)'
            ON CONFLICT (user_id) DO UPDATE SET
                plan_id = excluded.plan_id, status = 'active', limits = quotas.limits || excluded.limits
            """, database: LocalPlatform.Database.core)
    }

    struct NotExited: Error {
        let what: [String]
    }
}
