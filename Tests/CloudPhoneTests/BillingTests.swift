import Postgres
import SagaValues
import Testing

@testable import CloudPhone
@testable import ParticipantKit

@Suite("Billing")
struct BillingTests {
    private let saga = UUID.v7()
    private let basic = Seed.Plan.basic.id

    @Test(
        "A price is compared as a number, exactly",
        arguments: [
            ("\"99.00\"", "done"), ("\"99\"", "done"), ("99.0", "done"), ("99.00", "done"), ("9.9E1", "done"),
            ("\"98.99\"", "rejected price-mismatch"), ("99.001", "rejected price-mismatch"),
            ("\"99.000000001\"", "rejected price-mismatch"), ("\"-99.00\"", "rejected price-mismatch"),
            ("\"ninety-nine\"", "rejected invalid-input"), ("null", "rejected invalid-input"),
        ])
    func price(text: String, expected: String) async throws {
        let platform = try await Shared.platform()
        let body = try JSON(parsing: #"{"planId":"\#(basic)","price":\#(text)}"#)
        let answer = try await platform.ask("billing.validate-plan", saga: .v7(), step: "validate", body)
        #expect(answer.line == expected)
        if expected == "done" {
            #expect(answer["price"] == "99.00" && answer.output["deviceQuota"] == 5)
        } else if expected.hasSuffix("price-mismatch") {
            #expect(answer.details?["price"] == "99.00")
        }
    }

    @Test("A plan that is not sold, grants nothing or is unknown is refused")
    func plans() async throws {
        let platform = try await Platform()
        try await platform.run(
            platform.billing,
            """
            UPDATE plans SET is_active = false WHERE name = 'Pro'; UPDATE plans SET device_quota = 0 WHERE name = 'Free';
            """)
        func validate(_ plan: UUID, _ price: String) async throws -> String {
            let body: JSON = ["planId": "\(plan)", "price": .string(price)]
            return try await platform.ask("billing.validate-plan", saga: .v7(), step: "validate", body).line
        }
        #expect(try await validate(Seed.Plan.pro.id, "299.00") == "rejected plan-inactive")
        #expect(try await validate(Seed.Plan.free.id, "0.00") == "rejected plan-without-devices")
        #expect(try await validate(.v7(), "1.00") == "rejected unknown-plan")
    }

    @Test("A purchase makes an order, charges it and activates it; every row is as the books want it")
    func purchase() async throws {
        let platform = try await Platform()
        let user = Seed.userID(1)
        let order = try await platform.order(saga, user)
        #expect(order["amount"] == "99.00" && order["orderNumber"].hasPrefix("CP"))
        let id: [PostgresParameter] = [.uuid(try #require(UUID(order["orderId"])))]
        #expect(
            try await platform.value(
                platform.billing, "SELECT user_name || '|' || user_email FROM orders WHERE id = $1", id)
                == "User 1|user-1@example.test")
        #expect(
            try await platform.value(
                platform.billing, "SELECT expires_at - created_at FROM orders WHERE id = $1", id) == "00:30:00")

        let charged = try await platform.charge(saga, order["orderId"], "99.0")
        #expect(charged["amount"] == "99.00" && charged["balanceAfter"] == "901.00")
        let device = Seed.deviceID(1)
        let activated = try await platform.ask(
            "billing.activate-order", saga: saga, step: "activate",
            ["orderId": .string(order["orderId"]), "deviceId": "\(device)", "deviceName": "phone-1"])
        #expect(activated["status"] == "paid")
        #expect(
            try await platform.value(
                platform.billing, "SELECT status || '|' || device_id || '|' || device_name FROM orders WHERE id = $1",
                id)
                == "paid|\(device)|phone-1")
        #expect(
            try await platform.value(
                platform.billing, "SELECT string_agg(event, ' ' ORDER BY id) FROM saga_outbox")
                == "order.created payment.completed order.paid")
        #expect(try await platform.violations() == [:])
    }

    @Test("A charge is refused without effect: too little money, a wrong amount, an order that is not to be paid")
    func refusedCharges() async throws {
        let platform = try await Platform(Seed(users: 3, balance: try #require(ExactDecimal("98.99")), devices: 0))
        let order = try await platform.order(saga, Seed.userID(1))["orderId"]
        let poor = try await platform.charge(saga, order, "99.00")
        #expect(poor.line == "rejected insufficient-balance")
        #expect(poor.details == ["available": "98.99", "required": "99.00"])
        // A refusal holds for its saga even if the money has come; another saga may pay.
        try await platform.run(platform.billing, "UPDATE user_balances SET balance = 200, frozen_amount = 110")
        #expect(try await platform.charge(saga, order, "99.00").line == "rejected insufficient-balance")
        #expect(try await platform.charge(.v7(), order, "99.00").line == "rejected insufficient-balance")
        try await platform.run(platform.billing, "UPDATE user_balances SET frozen_amount = 0")
        #expect(try await platform.charge(.v7(), order, "98.99").line == "rejected amount-mismatch")
        #expect(try await platform.charge(.v7(), "\(UUID.v7())", "99.00").line == "rejected unknown-order")
        try await platform.run(platform.billing, "UPDATE orders SET expires_at = now() - interval '1 second'")
        #expect(try await platform.charge(.v7(), order, "99.00").line == "rejected order-expired")
        try await platform.run(platform.billing, "UPDATE orders SET expires_at = now() + interval '1 hour'")
        try await platform.run(platform.billing, "UPDATE user_balances SET status = 'frozen'")
        #expect(try await platform.charge(.v7(), order, "99.00").line == "rejected balance-frozen")
        try await platform.run(platform.billing, "UPDATE user_balances SET status = 'normal'")
        #expect(try await platform.charge(.v7(), order, "99.00").line == "done")
        #expect(try await platform.charge(.v7(), order, "99.00").line == "rejected order-already-charged")
        #expect(try await platform.value(platform.billing, "SELECT count(*) FROM payments") == "1")
    }

    @Test("An undone purchase gives back exactly what was taken and leaves the order refunded")
    func refund() async throws {
        let platform = try await Platform()
        let order = try await platform.order(saga, Seed.userID(1))
        let charged = try await platform.charge(saga, order["orderId"], "99.00")
        let input: JSON = ["orderId": .string(order["orderId"]), "amount": "99.00"]
        for attempt in 1...3 {
            let undone = try await platform.ask(
                "billing.refund", .undo, saga: saga, step: "charge", attempt: attempt,
                ["input": input, "output": charged.output])
            #expect(undone.line == "done")
        }
        let cancelled = try await platform.ask(
            "billing.cancel-order", .undo, saga: saga, step: "create-order",
            ["input": ["userId": "\(Seed.userID(1))", "planId": "\(basic)"], "output": order.output])
        #expect(cancelled.line == "done")
        #expect(
            try await platform.value(
                platform.billing, "SELECT balance FROM user_balances WHERE user_id = $1", [.uuid(Seed.userID(1))])
                == "1000.00")
        #expect(
            try await platform.value(
                platform.billing,
                "SELECT string_agg(type || ' ' || amount, ', ' ORDER BY id) FROM balance_transactions WHERE order_id IS NOT NULL"
            ) == "consume -99.00, refund 99.00")
        #expect(
            try await platform.value(platform.billing, "SELECT status || refund_amount FROM orders") == "refunded99.00")
        #expect(
            try await platform.value(platform.billing, "SELECT status || refund_amount FROM payments")
                == "refunded99.00")
        #expect(try await platform.violations() == [:])
    }

    @Test("An order that was never charged is cancelled; one that is paid cannot be")
    func cancel() async throws {
        let platform = try await Platform()
        let order = try await platform.order(saga, Seed.userID(1))
        let input: JSON = ["userId": "\(Seed.userID(1))", "planId": "\(basic)"]
        let undo: JSON = ["input": input]
        #expect(
            try await platform.ask("billing.cancel-order", .undo, saga: saga, step: "create-order", undo).line == "done"
        )
        #expect(try await platform.value(platform.billing, "SELECT status FROM orders") == "cancelled")
        #expect(try await platform.charge(saga, order["orderId"], "99.00").line == "rejected order-not-pending")

        let other = UUID.v7()
        let paid = try await platform.order(other, Seed.userID(1))
        _ = try await platform.charge(other, paid["orderId"], "99.00")
        _ = try await platform.ask(
            "billing.activate-order", saga: other, step: "activate", ["orderId": .string(paid["orderId"])])
        let refused = try await platform.ask("billing.cancel-order", .undo, saga: other, step: "create-order", undo)
        #expect(refused.line == "retry order-not-pending")
        #expect(try await platform.violations() == [:])
    }

    @Test("An order is only activated when it was paid")
    func activation() async throws {
        let platform = try await Platform()
        let order = try await platform.order(saga, Seed.userID(1))["orderId"]
        let body: JSON = ["orderId": .string(order)]
        #expect(
            try await platform.ask("billing.activate-order", saga: saga, step: "activate", body).line
                == "rejected order-not-charged")
        #expect(
            try await platform.ask("billing.activate-order", saga: .v7(), step: "activate", ["orderId": "\(UUID.v7())"])
                .line
                == "rejected unknown-order")
    }

    @Test("Fifteen digits and odd cents come out as they went in")
    func exactness() async throws {
        let rich = try #require(ExactDecimal("9999999999999.99"))
        let platform = try await Platform(Seed(users: 1, balance: rich, devices: 0))
        try await platform.run(platform.billing, "UPDATE plans SET price = 99.99 WHERE name = 'Basic'")
        for turn in 1...101 {
            let saga = UUID.v7()
            let order = try await platform.order(saga, Seed.userID(1), price: "99.99")["orderId"]
            let charged = try await platform.charge(saga, order, "99.99")
            #expect(charged.line == "done")
            let expected = try rich - (try #require(ExactDecimal("99.99")) * turn)
            #expect(charged["balanceAfter"] == expected.description)
        }
        // 101 times 99.99
        #expect(try await platform.value(platform.billing, "SELECT balance FROM user_balances") == "9999999989901.00")
        #expect(try await platform.value(platform.billing, "SELECT total_consumption FROM user_balances") == "10098.99")
        let saga = UUID.v7()
        let order = try await platform.order(saga, Seed.userID(1), price: "99.99")["orderId"]
        _ = try await platform.charge(saga, order, "99.99")
        let undo: JSON = ["input": ["orderId": .string(order), "amount": "99.99"]]
        #expect(try await platform.ask("billing.refund", .undo, saga: saga, step: "charge", undo).line == "done")
        #expect(try await platform.value(platform.billing, "SELECT balance FROM user_balances") == "9999999989901.00")
        #expect(try await platform.violations() == [:])
    }

    @Test("The books hold under 200 dos, undos and duplicates at once, in any order")
    func ledgerUnderLoad() async throws {
        let platform = try await Platform(Seed(users: 5, balance: 250, devices: 0))
        var random = SystemRandomNumberGenerator()
        var purchases: [(saga: UUID, order: String)] = []
        for index in 0..<60 {
            let saga = UUID.v7()
            purchases.append((saga, try await platform.order(saga, Seed.userID(index % 5 + 1))["orderId"]))
        }
        let answers = try await withThrowingTaskGroup(of: String.self) { group in
            for _ in 0..<200 {
                let (saga, order) = purchases.randomElement(using: &random)!
                let input: JSON = ["orderId": .string(order), "amount": "99.00"]
                let isUndo = Bool.random(using: &random)
                group.addTask {
                    let answer =
                        isUndo
                        ? try await platform.ask("billing.refund", .undo, saga: saga, step: "charge", ["input": input])
                        : try await platform.ask("billing.charge", saga: saga, step: "charge", input)
                    return answer.line
                }
            }
            return try await group.reduce(into: Set<String>()) { $0.insert($1) }
        }
        // Every answer is clean: no check of the database had to stop the program.
        let clean: Set = ["done", "rejected insufficient-balance", "rejected \(KitCode.compensated)"]
        #expect(answers.contains("done") && answers.isSubset(of: clean), "\(answers)")
        #expect(try await platform.violations() == [:])
        // Exactly those are paid whose do was done and never undone.
        let paid = "SELECT count(*) FROM payments WHERE status = 'success'"
        let open = """
            SELECT count(*) FROM saga_barrier d WHERE step = 'charge' AND direction = 'do' AND outcome = 'done'
                AND NOT EXISTS (SELECT FROM saga_barrier u WHERE u.saga_id = d.saga_id AND u.step = 'charge' AND u.direction = 'undo')
            """
        #expect(try await platform.value(platform.billing, paid) == platform.value(platform.billing, open))
        #expect(try await platform.value(platform.billing, "SELECT count(*) > 10 FROM payments") == "true")
        #expect(
            try await platform.value(platform.billing, "SELECT count(*) > 0 FROM payments WHERE status = 'refunded'")
                == "true")
    }

    @Test("The tables themselves refuse a second live payment, and a ledger that does not add up")
    func constraints() async throws {
        let platform = try await Platform()
        let order = try await platform.order(saga, Seed.userID(1))["orderId"]
        _ = try await platform.charge(saga, order, "99.00")
        let wrongs = [
            "INSERT INTO payments (id, order_id, user_id, amount, method, status, payment_no, paid_at) SELECT gen_random_uuid(), order_id, user_id, amount, method, status, 'other', now() FROM payments",
            "INSERT INTO balance_transactions (user_id, type, amount, balance_before, balance_after) SELECT user_id, 'reward', 1, 5, 7 FROM user_balances LIMIT 1",
            "INSERT INTO balance_transactions (user_id, type, amount, balance_before, balance_after) SELECT user_id, 'consume', 1, 5, 6 FROM user_balances LIMIT 1",
            "UPDATE user_balances SET balance = -1",
            "UPDATE orders SET status = 'paid', paid_at = NULL",
            "UPDATE payments SET status = 'refunded', refunded_at = now(), refund_amount = 1",
        ]
        for wrong in wrongs {
            await #expect(throws: PostgresError.self, "\(wrong)") { try await platform.run(platform.billing, wrong) }
        }
    }

    /// One platform for tests that change nothing.
    private enum Shared {
        private static let once = OncePlatform()
        static func platform() async throws -> Platform { try await once.value() }
    }
}

actor OncePlatform {
    private var task: Task<Platform, any Error>?

    func value() async throws -> Platform {
        let task = task ?? Task { try await Platform() }
        self.task = task
        return try await task.value
    }
}

extension Platform {
    func order(_ saga: UUID, _ user: UUID, price: JSON = .null) async throws -> Answer {
        let answer = try await ask(
            "billing.create-order", saga: saga, step: "create-order",
            ["userId": "\(user)", "planId": "\(Seed.Plan.basic.id)", "amount": price])
        #expect(answer.line == "done")
        return answer
    }

    func charge(_ saga: UUID, _ order: String, _ amount: JSON) async throws -> Answer {
        try await ask("billing.charge", saga: saga, step: "charge", ["orderId": .string(order), "amount": amount])
    }
}
