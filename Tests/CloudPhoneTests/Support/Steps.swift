import Postgres
import SagaValues
import Testing

@testable import CloudPhone
@testable import ParticipantKit

/// One step of one saga, as an orchestrator would ask for it: its do, its undo, its probe, with the same body.
struct Step: Sendable {
    let platform: Platform
    let saga: SagaValues.UUID
    let name: String
    let action: String
    let undoAction: String?
    let input: JSON

    init(_ platform: Platform, _ action: String, undo: String? = nil, saga: SagaValues.UUID = .v7(), _ input: JSON) {
        self.platform = platform
        self.saga = saga
        self.action = action
        self.input = input
        undoAction = undo
        name = String(action.split(separator: ".")[1])
    }

    func `do`(attempt: Int = 1, deadline: Timestamp? = nil) async throws -> Platform.Answer {
        try await platform.ask(action, saga: saga, step: name, attempt: attempt, deadline: deadline, input)
    }

    func probe() async throws -> Platform.Answer {
        try await platform.ask(action, .probe, saga: saga, step: name, input)
    }

    /// Without an output the service uses the one that it has stored.
    func undo(output: JSON? = nil) async throws -> Platform.Answer {
        var body: JSON.Object = ["input": input]
        if let output { body["output"] = output }
        return try await platform.ask(try #require(undoAction), .undo, saga: saga, step: name, .object(body))
    }

    /// Twice, as after a redelivery: done, and the second time with the answer of the first.
    func done(_ place: SourceLocation = #_sourceLocation) async throws -> JSON {
        let first = try await self.do()
        #expect(first.line == "done", "\(action): \(first.outcome)", sourceLocation: place)
        let effects = try await platform.fingerprint()
        let again = try await self.do(attempt: 2)
        #expect(again.output == first.output, "\(action) answers a duplicate differently", sourceLocation: place)
        #expect(
            try await platform.fingerprint() == effects, "\(action) takes effect twice", sourceLocation: place)
        return first.output
    }

    /// Twice, as after a redelivery.
    func undone(_ place: SourceLocation = #_sourceLocation) async throws {
        #expect(try await undo().line == "done", "\(action)", sourceLocation: place)
        let effects = try await platform.fingerprint()
        #expect(try await undo().line == "done", "\(action)", sourceLocation: place)
        #expect(
            try await platform.fingerprint() == effects, "the undo of \(action) takes effect twice",
            sourceLocation: place)
    }

    func refused(_ code: String, _ place: SourceLocation = #_sourceLocation) async throws {
        let before = try await platform.fingerprint()
        #expect(try await self.do().line == "rejected \(code)", "\(action)", sourceLocation: place)
        #expect(
            try await platform.fingerprint() == before, "\(action) leaves something behind", sourceLocation: place)
    }
}

extension Platform {
    private static let tables: [(String, [String])] = [
        (
            "billing",
            ["orders", "payments", "user_balances", "balance_transactions", "provider_refunds", "payouts"]
        ),
        (
            "core",
            [
                "devices", "device_ports", "proxies", "device_snapshots", "provider_objects", "users", "user_roles",
                "user_credentials", "quotas", "quota_uses", "device_applications", "notifications",
            ]
        ),
    ]

    /// All that business code can have changed, barrier and outbox aside.
    func fingerprint() async throws -> String {
        var parts: [String] = []
        for (database, tables) in Self.tables {
            let sums = tables.map {
                "(SELECT '\($0) ' || coalesce(md5(string_agg(t::text, ';' ORDER BY t::text)), '') FROM \($0) t)"
            }
            parts.append(
                try await value(
                    database == "billing" ? billing : core, "SELECT concat_ws(E'\\n', \(sums.joined(separator: ", ")))")
            )
        }
        return parts.joined(separator: "\n")
    }

    /// A user with room for devices and a purchased plan; the order's id.
    func buy(_ plan: Seed.Plan = .basic, user: Int = 1, at moment: String = "now()") async throws -> String {
        let saga = SagaValues.UUID.v7()
        let id = Seed.userID(user)
        let order = try await ask(
            "billing.create-order", saga: saga, step: "create-order", ["userId": "\(id)", "planId": "\(plan.id)"])
        let orderID = order["orderId"]
        _ = try await charge(saga, orderID, .string(plan.price))
        let paid = try await ask(
            "billing.activate-order", saga: saga, step: "activate", ["orderId": .string(orderID)])
        #expect(paid.line == "done")
        try await run(
            billing,
            """
            UPDATE orders SET paid_at = \(moment), period_starts = \(moment), period_ends = \(moment) + interval '30 days'
            WHERE id = '\(orderID)'
            """)
        return orderID
    }
}
