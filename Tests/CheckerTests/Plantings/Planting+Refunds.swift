extension Planting {
    private static func refund(_ end: Other.End, _ n: Int) -> Other {
        Other(
            workflow: "payment-refund", end: end, input: #"{"orderId":"\#(ID.order(n))"}"#,
            action: "billing.initiate-refund", reply: #"{"paymentId":"\#(ID.payment(n))"}"#)
    }

    private static func order(_ n: Int) -> String { "{\"orderId\":\"\(ID.order(n))\"}" }

    static let refunds: [Planting] = [
        Planting(
            "money is frozen of which the ledger says nothing", "6h",
            says: "\(ID.user(5)) has 5.00 frozen, the ledger says 0",
            billing: "UPDATE user_balances SET frozen_amount = 5 WHERE user_id = '\(ID.user(5))';"),
        Planting(
            "a refund is completed that the provider never paid", "6i",
            says: "\(ID.saga(6)): payment refunded, order refunded, at the provider 0, credited 1",
            saga: refund(.completed, 2).saga, billing: refund(.completed, 2).barrier),
        Planting(
            "a refund is completed, and the payment stands", "6i",
            says: "\(ID.saga(6)): payment success, order paid, at the provider 1, credited 0",
            saga: refund(.completed, 1).saga, billing: refund(.completed, 1).barrier + providerRefund("refunded")),
        Planting(
            "a refund is undone, and the provider pays none the less", "6j",
            says: "\(ID.saga(6)): payment success, at the provider accepted",
            saga: refund(.compensated, 1).saga, billing: refund(.compensated, 1).barrier + providerRefund("accepted")),
        Planting(
            "a refund is undone, and the payment is still on its way back", "6j",
            says: "\(ID.saga(6)): payment refunding, at the provider nothing",
            saga: refund(.compensated, 1).saga,
            billing: refund(.compensated, 1).barrier
                + "UPDATE payments SET status = 'refunding' WHERE id = '\(ID.payment(1))';"),
        Planting(
            "two orders follow one", "6k", says: "\(ID.order(1)) is followed by 2",
            billing: """
                DROP INDEX one_live_successor_per_order;
                UPDATE orders SET kind = 'renewal', previous_order_id = '\(ID.order(1))'
                    WHERE id IN ('\(ID.order(3))', '\(ID.order(4))');
                """),
    ]

    private static func providerRefund(_ status: String) -> String {
        """
        INSERT INTO provider_refunds (id, payment_id, order_id, amount, status, will_succeed, due_at, settled_at)
        VALUES ('\(ID.unknown)', '\(ID.payment(1))', '\(ID.order(1))', 99, '\(status)', true, now(), now());
        """
    }

    /// Refunds that are under way: the payment is given back, and the balance not yet, or the order is not closed yet.
    static let refundsUnderWay: [Planting] = [
        Planting(
            allowed: "a payment is given back, and the balance not yet", saga: refund(.running, 1).saga,
            billing: givenBack),
        Planting(
            allowed: "a balance is credited, and the order not closed yet", saga: refund(.running, 1).saga,
            billing: givenBack + """
                INSERT INTO balance_transactions
                        (user_id, type, amount, balance_before, balance_after, order_id, payment_id)
                    VALUES ('\(ID.user(1))', 'refund', 99, 901, 1000, '\(ID.order(1))', '\(ID.payment(1))');
                UPDATE user_balances SET balance = 1000, total_consumption = 0 WHERE user_id = '\(ID.user(1))';
                """),
    ]

    private static let givenBack = """
        UPDATE payments SET status = 'refunded', refunded_at = now(), refund_amount = amount
            WHERE id = '\(ID.payment(1))';
        """
}
