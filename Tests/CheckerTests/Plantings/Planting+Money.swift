extension Planting {
    static let money: [Planting] = [
        Planting(
            "a balance has more than its ledger", "6a", says: "\(ID.user(1)) has 902.00, the ledger says 901.00",
            follows: ["6f": "\(ID.user(1)) paid in 1000.00, has 902.00"],
            billing: "UPDATE user_balances SET balance = balance + 1 WHERE user_id = '\(ID.user(1))';"),
        Planting(
            "a row of the ledger was lost and its neighbours say so", "6a",
            says: "\(ID.user(2)) had 1000.00, and then 900.00",
            billing: """
                UPDATE balance_transactions SET balance_before = balance_before - 100, balance_after = balance_after - 100
                WHERE payment_id = '\(ID.payment(2))';
                """),
        Planting(
            "the device of a completed purchase is not that of its order", "6b", says: "\(ID.saga(1)): order paid",
            billing: "UPDATE orders SET device_id = '\(ID.device(5))' WHERE id = '\(ID.order(1))';"),
        Planting(
            "the charge of a completed purchase was given back", "6b", says: "\(ID.saga(1)): order paid, charges 0",
            billing: """
                UPDATE payments SET status = 'refunded', refunded_at = now(), refund_amount = amount
                    WHERE id = '\(ID.payment(1))';
                INSERT INTO balance_transactions
                        (user_id, type, amount, balance_before, balance_after, order_id, payment_id)
                    VALUES ('\(ID.user(1))', 'refund', 99, 901, 1000, '\(ID.order(1))', '\(ID.payment(1))');
                UPDATE user_balances SET balance = 1000, total_consumption = 0 WHERE user_id = '\(ID.user(1))';
                """),
        Planting(
            "a completed purchase has no device", "6b", says: "\(ID.saga(1)): order paid, charges 1, devices 0",
            core: "UPDATE devices SET status = 'idle', order_id = NULL, user_id = NULL WHERE id = '\(ID.device(1))';"),
        Planting(
            "the order of a compensated purchase is open", "6c", says: "\(ID.saga(2)): order pending",
            billing: "UPDATE orders SET status = 'pending' WHERE id = '\(ID.order(2))';"),
        Planting(
            "the money of a compensated purchase was kept", "6c", says: "\(ID.saga(2)): order refunded",
            follows: [
                "6e": "\(ID.payment(2)) is refunded over 99.00, the ledger has taken 99.00 and given 0",
                "6f": "\(ID.user(2)) paid in 1000.00, has 901.00, and has paid 0",
            ],
            billing: """
                DELETE FROM balance_transactions WHERE type = 'refund';
                UPDATE user_balances SET balance = 901 WHERE user_id = '\(ID.user(2))';
                """),
        Planting(
            "a device is held for an order that is not there", "6d",
            says: "\(ID.device(5)) is held for order \(ID.unknown)",
            core: """
                UPDATE devices SET status = 'allocated', user_id = '\(ID.user(5))', order_id = '\(ID.unknown)'
                WHERE id = '\(ID.device(5))';
                """),
        Planting(
            "a device is held by somebody else than the buyer", "6d",
            says: "\(ID.device(3)) is held for order \(ID.order(3))",
            core: "UPDATE devices SET user_id = '\(ID.user(5))' WHERE id = '\(ID.device(3))';"),
        Planting(
            "a payment is not in the ledger", "6e",
            says: "\(ID.payment(4)) is success over 99.00, the ledger has taken 0",
            billing:
                "UPDATE balance_transactions SET payment_id = '\(ID.payment(3))' WHERE payment_id = '\(ID.payment(4))';"
        ),
        Planting(
            "money was taken for no payment", "6e", says: "in the ledger has no payment",
            follows: ["6f": "\(ID.user(5)) paid in 1000.00, has 990.00"],
            billing: """
                INSERT INTO balance_transactions (user_id, type, amount, balance_before, balance_after)
                    VALUES ('\(ID.user(5))', 'consume', -10, 1000, 990);
                UPDATE user_balances SET balance = 990 WHERE user_id = '\(ID.user(5))';
                """),
        Planting(
            "what a user is said to have spent is not what was paid", "6f", says: "\(ID.user(1)) paid in 1000.00",
            billing: "UPDATE user_balances SET total_consumption = 198 WHERE user_id = '\(ID.user(1))';"),
        Planting(
            "a completed purchase did not raise the quota", "6g",
            says: "\(ID.saga(1)) did not raise the quota of \(ID.user(1))",
            core: #"UPDATE quotas SET limits = '{"maxDevices": 1}';"#),
        Planting(
            "a quota was raised for a purchase that was undone", "6g",
            says: "\(ID.user(2)) has a quota without a paid order",
            core: """
                INSERT INTO quotas (user_id, plan_id, limits)
                VALUES ('\(ID.user(2))', '\(ID.plan(2))', '{"maxDevices": 5}');
                """),
    ]
}
