import Postgres
import SagaValues
import SagaWire
import Testing

@testable import CloudPhone
@testable import ParticipantKit

@Suite("Upgrades and renewals")
struct PlanTests {
    private let user = Seed.userID(1)

    private func upgrade(_ order: String, to plan: Seed.Plan = .pro, price: String = "200.00") -> JSON {
        [
            "userId": "\(user)", "orderId": .string(order), "planId": "\(plan.id)", "price": .string(price),
        ]
    }

    @Test(
        "An upgrade costs the difference for the days that are left, to the cent",
        arguments: [
            // 30 days at 200.00 more: 6.67 a day, rounded once.
            ("now()", 30, "200.00"), ("now() - interval '1 hour'", 30, "200.00"),
            ("now() - interval '15 days' + interval '1 minute'", 16, "106.67"),
            ("now() - interval '15 days' - interval '1 minute'", 15, "100.00"),
            ("now() - interval '29 days' - interval '1 minute'", 1, "6.67"),
        ])
    func quote(bought: String, days: Int, amount: String) async throws {
        let platform = try await Platform()
        let order = try await platform.buy(at: bought)
        let quote = try await Step(platform, "billing.quote-upgrade", upgrade(order)).done()
        #expect(quote["amount"]?.stringValue == amount)
        #expect(quote["daysLeft"]?.int64Value == Int64(days))
    }

    @Test("An upgrade is paid, linked to the order before, and ends when that would have ended")
    func upgrade() async throws {
        let platform = try await Platform()
        let first = try await platform.buy(at: "now() - interval '10 days' - interval '1 minute'")
        let saga = UUID.v7()
        let create = Step(
            platform, "billing.create-upgrade-order", undo: "billing.cancel-order", saga: saga,
            upgrade(first, price: "133.33"))
        let order = try await create.done()
        #expect(order["finalAmount"] == "133.33")
        try await Step(platform, "billing.create-upgrade-order", upgrade(first)).refused("order-succeeded")
        let id = try #require(order["orderId"]?.stringValue)
        #expect(try await platform.charge(saga, id, "133.33").line == "done")
        _ = try await Step(platform, "billing.activate-order", saga: saga, ["orderId": .string(id)]).done()
        #expect(
            try await platform.value(
                platform.billing,
                """
                SELECT n.period_ends = o.period_ends AND n.previous_order_id = o.id AND n.kind = 'upgrade'
                FROM orders n, orders o WHERE n.id = '\(id)' AND o.id = '\(first)'
                """) == "true")
        // From the larger plan to the largest: again the difference, for what is left.
        let more = try await Step(platform, "billing.quote-upgrade", upgrade(id, to: .enterprise, price: "700.00"))
            .done()
        #expect(more["daysLeft"] == 20)
        #expect(try await platform.violations() == [:])
    }

    @Test("An upgrade that is undone leaves the plan before as it was, free for another")
    func undone() async throws {
        let platform = try await Platform()
        let first = try await platform.buy()
        let saga = UUID.v7()
        let create = Step(
            platform, "billing.create-upgrade-order", undo: "billing.cancel-order", saga: saga, upgrade(first))
        let id = try #require(try await create.done()["orderId"]?.stringValue)
        let charge = Step(
            platform, "billing.charge", undo: "billing.refund", saga: saga,
            ["orderId": .string(id), "amount": "200.00"])
        _ = try await charge.done()
        try await charge.undone()
        try await create.undone()
        #expect(
            try await platform.value(platform.billing, "SELECT balance FROM user_balances WHERE user_id = '\(user)'")
                == "901.00")
        _ = try await Step(platform, "billing.create-upgrade-order", upgrade(first)).done()
        #expect(try await platform.violations() == [:])
    }

    @Test("What is no upgrade, too dear, over or another's is refused")
    func refusals() async throws {
        let platform = try await Platform()
        let order = try await platform.buy(.pro)
        func quote(_ input: JSON) -> Step { Step(platform, "billing.quote-upgrade", input) }
        try await quote(upgrade(order, to: .basic)).refused("not-an-upgrade")
        try await quote(upgrade(order, to: .enterprise, price: "699.99")).refused("price-mismatch")
        try await quote(upgrade("\(UUID.v7())")).refused("unknown-order")
        let stranger: JSON = [
            "userId": "\(Seed.userID(2))", "orderId": .string(order), "planId": "\(Seed.Plan.enterprise.id)",
            "price": "999.00",
        ]
        try await quote(stranger).refused("unknown-order")
        try await platform.run(
            platform.billing, "UPDATE orders SET period_starts = now() - interval '40 days', period_ends = now()")
        try await quote(upgrade(order, to: .enterprise, price: "999.00")).refused("period-over")
        try await platform.run(platform.billing, "UPDATE plans SET is_active = false WHERE name = 'Enterprise'")
        try await quote(upgrade(order, to: .enterprise, price: "999.00")).refused("plan-inactive")
    }

    private func due(_ platform: Platform) async throws -> [JSON] {
        let found = try await Step(platform, "billing.find-due-renewals", ["withinHours": 24, "limit": 10]).done()
        return found["renewals"]?.arrayValue ?? []
    }

    @Test("What is about to end is found, renewed at today's price, and found no more")
    func renewal() async throws {
        let platform = try await Platform()
        let old = try await platform.buy(at: "now() - interval '29 days' - interval '1 hour'")
        _ = try await platform.buy(user: 2, at: "now() - interval '28 days'")
        let renewals = try await due(platform)
        #expect(renewals.map { $0["orderId"]?.stringValue } == [old])
        let saga = UUID.v7()
        let create = Step(
            platform, "billing.create-renewal-order", undo: "billing.cancel-order", saga: saga, renewals[0])
        let order = try await create.done()
        #expect(try await due(platform) == [])
        let id = try #require(order["orderId"])
        let attempt = Step(
            platform, "billing.attempt-charge", undo: "billing.refund", saga: saga,
            ["orderId": id, "amount": "99.00", "attempt": 1])
        #expect(try await attempt.done()["paid"] == true)
        _ = try await Step(platform, "billing.activate-order", saga: saga, ["orderId": id]).done()
        #expect(
            try await platform.value(
                platform.billing,
                """
                SELECT n.period_starts = o.period_ends AND n.period_ends = o.period_ends + interval '1 month'
                FROM orders n JOIN orders o ON o.id = n.previous_order_id
                """) == "true")
        #expect(try await platform.violations() == [:])
    }

    @Test("Too little money is an answer: the user is asked for more, the third time is the last")
    func dunning() async throws {
        let platform = try await Platform(Seed(users: 1, balance: 150, devices: 0))
        _ = try await platform.buy(at: "now() - interval '30 days'")
        let saga = UUID.v7()
        let create = Step(
            platform, "billing.create-renewal-order", undo: "billing.cancel-order", saga: saga,
            try #require(try await due(platform).first))
        let id = try #require(try await create.done()["orderId"])
        for number in 1...2 {
            // Two steps of one saga with the same action: told apart by their names.
            let first = try await platform.ask(
                "billing.attempt-charge", saga: saga, step: "attempt-\(number)",
                ["orderId": id, "amount": "99.00", "attempt": .number("\(number)")])
            #expect(first.line == "done" && first.output["paid"] == false)
            let undo: JSON = ["input": ["orderId": id, "amount": "99.00", "attempt": .number("\(number)")]]
            let undone = try await platform.ask(
                "billing.refund", .undo, saga: saga, step: "attempt-\(number)", undo)
            #expect(undone.line == "done")
        }
        #expect(
            try await platform.value(
                platform.billing,
                "SELECT string_agg(payload::json ->> 'attempt', ' ' ORDER BY id) FROM saga_outbox WHERE event = 'renewal.unpaid'"
            ) == "1 2")
        let last = Step(platform, "billing.charge", saga: saga, ["orderId": id, "amount": "99.00"])
        try await last.refused("insufficient-balance")
        try await create.undone()
        // Who was asked in vain is not asked every night.
        #expect(try await due(platform) == [])
        #expect(try await platform.violations() == [:])
    }

    @Test("An attempt that found too little money took none, so its undo gives none back, though a later one has paid")
    func undoOfUnpaidAttempt() async throws {
        let platform = try await Platform()
        _ = try await platform.buy(at: "now() - interval '30 days'")
        let saga = UUID.v7()
        let create = Step(
            platform, "billing.create-renewal-order", undo: "billing.cancel-order", saga: saga,
            try #require(try await due(platform).first))
        let id = try #require(try await create.done()["orderId"])
        func ask(_ direction: Direction, _ number: Int) async throws -> Platform.Answer {
            let input: JSON = ["orderId": id, "amount": "99.00", "attempt": .number("\(number)")]
            return try await platform.ask(
                direction == .undo ? "billing.refund" : "billing.attempt-charge", direction, saga: saga,
                step: "attempt-\(number)", direction == .undo ? ["input": input] : input)
        }
        func refunds() async throws -> String {
            try await platform.value(
                platform.billing,
                """
                SELECT (SELECT count(*) FROM balance_transactions WHERE type = 'refund') || ' '
                    || (SELECT count(*) FROM saga_outbox WHERE event = 'order.refunded')
                """)
        }
        let freeze = Step(
            platform, "billing.freeze-balance", undo: "billing.unfreeze-balance", ["userId": "\(user)"])
        _ = try await freeze.done()
        #expect(try await ask(.do, 1).output["paid"] == false)
        try await freeze.undone()
        #expect(try await ask(.do, 2).output["paid"] == true)

        // In reverse order, as the saga does it.
        #expect(try await ask(.undo, 2).line == "done")
        #expect(try await refunds() == "1 1")
        let given = try await platform.fingerprint()
        for _ in 1...2 { #expect(try await ask(.undo, 1).line == "done") }
        #expect(try await platform.fingerprint() == given)
        #expect(try await refunds() == "1 1")
        try await create.undone()
        #expect(try await platform.violations() == [:])
    }

    @Test("The message to whoever could not pay names the order and the amount")
    func unpaidMessage() async throws {
        let platform = try await Platform()
        try await platform.core.transaction { transaction in
            try await Notifications.renewalUnpaid(
                .init(userId: user, orderNumber: "CP7", amount: "99.00", attempt: 1),
                EventContext(event: "renewal.unpaid", messageID: "m", transaction: transaction, logger: .quiet))
        }
        #expect(
            try await platform.value(platform.core, "SELECT type || '|' || message FROM notifications")
                == "alert|Order CP7 over 99.00 could not be paid from your balance. Please top it up.")
    }
}
