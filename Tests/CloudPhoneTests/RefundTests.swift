import Postgres
import SagaValues
import Testing

@testable import CloudPhone
@testable import ParticipantKit

@Suite("Refunds")
struct RefundTests {
    private let user = Seed.userID(1)

    /// The steps of payment-refund for one order.
    private struct Refund {
        let platform: Platform
        let order: String
        let saga = UUID.v7()

        var validate: Step { Step(platform, "billing.validate-refund", saga: saga, ["orderId": .string(order)]) }

        func initiate(_ payment: JSON) -> Step {
            Step(
                platform, "billing.initiate-refund", undo: "billing.cancel-refund", saga: saga,
                ["paymentId": payment, "reason": "changed my mind"])
        }

        func record(_ payment: JSON) -> Step {
            Step(platform, "billing.record-refund", saga: saga, ["paymentId": payment])
        }

        func credit(_ payment: JSON, saga: UUID? = nil) -> Step {
            Step(platform, "billing.credit-balance", saga: saga ?? self.saga, ["paymentId": payment])
        }

        func close(_ payment: JSON) -> Step {
            Step(
                platform, "billing.close-order", saga: saga,
                ["orderId": .string(order), "paymentId": payment, "reason": "changed my mind"])
        }
    }

    private func payment(_ refund: Refund) async throws -> JSON {
        try #require(try await refund.validate.done()["paymentId"])
    }

    private func settle(_ platform: Platform) async throws -> Int {
        try await PaymentProviderDesk(pool: platform.billing, logger: .quiet).settleDue()
    }

    private func events(_ platform: Platform) async throws -> String {
        try await platform.value(
            platform.billing,
            "SELECT coalesce(string_agg(event, ' ' ORDER BY id), '') FROM saga_outbox WHERE event LIKE 'payment.refund%'"
        )
    }

    @Test("The provider calls back, and the money is credited once, whoever asks")
    func refund() async throws {
        let platform = try await Platform()
        let refund = Refund(platform: platform, order: try await platform.buy())
        let payment = try await payment(refund)
        _ = try await refund.initiate(payment).done()
        #expect(try await platform.violations() == [:])
        try await Refund(platform: platform, order: refund.order).validate.refused("refund-in-progress")
        // Not before the provider says so.
        try await refund.record(payment).refused("refund-not-confirmed")
        #expect(try await settle(platform) == 1)
        #expect(try await settle(platform) == 0)
        #expect(try await events(platform) == "payment.refunded")

        let again = Refund(platform: platform, order: refund.order)
        try await again.credit(payment).refused("refund-not-recorded")
        _ = try await again.record(payment).done()
        let credited = try await refund.credit(payment).done()
        #expect(credited["amount"] == "99.00" && credited["balanceAfter"] == "1000.00")
        #expect(try await refund.credit(payment, saga: .v7()).done() == credited)
        _ = try await refund.close(payment).done()
        #expect(
            try await platform.value(platform.billing, "SELECT status || refund_amount FROM orders") == "refunded99.00")
        #expect(
            try await platform.value(
                platform.billing, "SELECT count(*) FROM balance_transactions WHERE type = 'refund'")
                == "1")
        try await Refund(platform: platform, order: refund.order).validate.refused("order-not-paid")
        #expect(try await platform.violations() == [:])
    }

    @Test("A refund that fails or is called off leaves a paid order, which can be refunded later")
    func failure() async throws {
        let platform = try await Platform(faults: true)
        let order = try await platform.buy()
        let failing = Refund(platform: platform, order: order)
        let payment = try await payment(failing)
        try await platform.fault("payment-provider", "refund", "reject", for: user)
        _ = try await failing.initiate(payment).done()
        #expect(try await settle(platform) == 1)
        #expect(try await events(platform) == "payment.refund_failed")
        try await failing.initiate(payment).undone()

        let silent = Refund(platform: platform, order: order)
        _ = try await silent.validate.done()
        try await platform.fault("payment-provider", "refund", "drop-reply", for: user)
        _ = try await silent.initiate(payment).done()
        #expect(try await settle(platform) == 0)
        try await silent.initiate(payment).undone()

        let away = Refund(platform: platform, order: order)
        try await platform.fault("payment-provider", "refund", "fail", for: user)
        #expect(try await away.initiate(payment).do().line == "retry provider-away")
        _ = try await away.initiate(payment).done()
        #expect(try await settle(platform) == 1)
        #expect(try await platform.violations() == [:])
    }

    @Test("A refund that the provider has paid cannot be called off, however often it is asked: a person has to look")
    func tooLate() async throws {
        let platform = try await Platform()
        let refund = Refund(platform: platform, order: try await platform.buy())
        let payment = try await payment(refund)
        _ = try await refund.initiate(payment).done()
        #expect(try await settle(platform) == 1)
        let paid = try await platform.fingerprint()
        for _ in 1...3 {
            #expect(try await refund.initiate(payment).undo().line == "retry refund-already-paid")
        }
        #expect(try await platform.fingerprint() == paid)
        #expect(
            try await platform.value(platform.billing, "SELECT status FROM payments") == "refunding")
        // Nobody refunds it a second time meanwhile.
        try await Refund(platform: platform, order: refund.order).validate.refused("refund-in-progress")
        #expect(try await platform.violations() == [:])

        // Once the provider has taken the money back there is nothing left of the refund.
        try await platform.run(platform.billing, "UPDATE provider_refunds SET status = 'withdrawn'")
        try await refund.initiate(payment).undone()
        #expect(try await platform.value(platform.billing, "SELECT status FROM payments") == "success")
        #expect(try await settle(platform) == 0)
        _ = try await Refund(platform: platform, order: refund.order).validate.done()
        #expect(try await platform.violations() == [:])
    }

    @Test("Of a provider that pays and a refund that is called off at the same moment one comes first, and it counts")
    func race() async throws {
        let platform = try await Platform()
        for user in 1...5 {
            let refund = Refund(platform: platform, order: try await platform.buy(user: user))
            let payment = try await payment(refund)
            _ = try await refund.initiate(payment).done()
            async let settled = settle(platform)
            async let undone = refund.initiate(payment).undo().line
            let isPaid = try await settled == 1
            #expect(try await undone == (isPaid ? "retry refund-already-paid" : "done"))
            #expect(
                try await platform.value(
                    platform.billing,
                    """
                    SELECT p.status || ' ' || r.status FROM payments p JOIN provider_refunds r ON r.payment_id = p.id
                    WHERE p.id = '\(payment.stringValue ?? "")'
                    """) == (isPaid ? "refunding refunded" : "success withdrawn"))
        }
        #expect(try await platform.violations() == [:])
    }

    @Test("What is unknown, unpaid or another's is not refunded")
    func refusals() async throws {
        let platform = try await Platform()
        try await Step(platform, "billing.validate-refund", ["orderId": "\(UUID.v7())"]).refused("unknown-order")
        let unpaid = try await platform.order(.v7(), user)["orderId"]
        try await Step(platform, "billing.validate-refund", ["orderId": .string(unpaid)]).refused("order-not-paid")
        let nothing: JSON = ["paymentId": "\(UUID.v7())", "reason": "x"]
        try await Step(platform, "billing.initiate-refund", nothing).refused("unknown-payment")
        let refund = Refund(platform: platform, order: try await platform.buy())
        let payment = try await payment(refund)
        try await refund.close(payment).refused("refund-not-recorded")
        try await Refund(platform: platform, order: unpaid).close(payment).refused("wrong-order")
    }

    @Test("Nothing is built on an order whose money is on its way back, and what is built on stays paid")
    func successors() async throws {
        let platform = try await Platform()
        func upgrade(_ order: String) -> Step {
            Step(
                platform, "billing.create-upgrade-order",
                [
                    "userId": "\(user)", "orderId": .string(order), "planId": "\(Seed.Plan.pro.id)",
                    "price": "200.00",
                ])
        }
        func renew(_ order: String) -> Step {
            Step(
                platform, "billing.create-renewal-order",
                ["userId": "\(user)", "orderId": .string(order), "planId": "\(Seed.Plan.basic.id)"])
        }
        let first = Refund(platform: platform, order: try await platform.buy())
        let payment = try await payment(first)
        _ = try await first.initiate(payment).done()
        try await upgrade(first.order).refused("refund-in-progress")
        try await renew(first.order).refused("refund-in-progress")

        let second = Refund(platform: platform, order: try await platform.buy())
        let other = try await self.payment(second)
        _ = try await upgrade(second.order).done()
        try await second.initiate(other).refused("order-succeeded")
        try await Refund(platform: platform, order: second.order).validate.refused("order-succeeded")
    }

    @Test("What cannot be credited because the buyer has left waits for a person")
    func closedAccount() async throws {
        let platform = try await Platform()
        let refund = Refund(platform: platform, order: try await platform.buy(.enterprise))
        let payment = try await payment(refund)
        _ = try await refund.initiate(payment).done()
        _ = try await settle(platform)
        _ = try await refund.record(payment).done()
        let account: JSON = ["userId": "\(user)"]
        _ = try await Step(platform, "billing.freeze-balance", account).done()
        _ = try await Step(platform, "billing.pay-out", ["userId": "\(user)", "amount": "1.00"]).done()
        _ = try await Step(platform, "billing.close-balance", account).done()
        try await refund.credit(payment).refused("no-balance")
    }

    @Test("A device goes back to the pool when the order that it was bought with is refunded, unless it is deleted")
    func deviceOfRefundedOrder() async throws {
        let platform = try await Platform()
        let (first, second) = (UUID.v7(), UUID.v7())
        for order in [first, second] {
            let allocation: JSON = ["orderId": "\(order)", "userId": "\(user)"]
            _ = try await Step(platform, "device.allocate", allocation).done()
        }
        try await platform.run(platform.core, "UPDATE devices SET status = 'deleted' WHERE order_id = '\(second)'")
        for order in [first, second] {
            try await platform.core.transaction { transaction in
                try await DevicePool.orderRefunded(
                    .init(orderId: order, userId: user),
                    EventContext(
                        event: "order.refunded", messageID: "\(order)", transaction: transaction, logger: .quiet))
            }
        }
        #expect(try await platform.value(platform.core, "SELECT count(*) FROM devices WHERE status = 'idle'") == "4")
        #expect(try await platform.value(platform.core, "SELECT count(*) FROM devices WHERE status = 'deleted'") == "1")
    }
}
