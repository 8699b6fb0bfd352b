extension Past {
    static let orders = """
        CREATE TEMP TABLE purchase (n int, status text, is_charged bool, is_refunded bool);
        INSERT INTO purchase VALUES
            (1, 'paid', true, false), (2, 'refunded', true, true), (3, 'pending', false, false), (4, 'paid', true, false);
        INSERT INTO orders (id, order_number, user_id, user_name, user_email, plan_id, device_id, amount, final_amount,
                status, paid_at, refunded_at, refund_amount)
            SELECT pg_temp.id('order', n), 'CP-' || n, pg_temp.id('user', n), 'User', 'user@example.test',
                pg_temp.id('plan', 2), CASE status WHEN 'paid' THEN pg_temp.id('device', n) END, 99, 99, status,
                CASE status WHEN 'paid' THEN pg_temp.at(6) END, CASE WHEN is_refunded THEN pg_temp.at(7) END,
                CASE WHEN is_refunded THEN 99 END
            FROM purchase;

        """

    static let money = """
        INSERT INTO payments (id, order_id, user_id, amount, method, status, payment_no, paid_at, refunded_at, refund_amount)
            SELECT pg_temp.id('payment', n), pg_temp.id('order', n), pg_temp.id('user', n), 99, 'balance',
                CASE WHEN is_refunded THEN 'refunded' ELSE 'success' END, 'PAY-' || n, pg_temp.at(5),
                CASE WHEN is_refunded THEN pg_temp.at(7) END, CASE WHEN is_refunded THEN 99 END
            FROM purchase WHERE is_charged;
        INSERT INTO balance_transactions (user_id, type, amount, balance_before, balance_after, order_id, payment_id)
            SELECT pg_temp.id('user', n), 'consume', -99, 1000, 901, pg_temp.id('order', n), pg_temp.id('payment', n)
            FROM purchase WHERE is_charged
            UNION ALL
            SELECT pg_temp.id('user', n), 'refund', 99, 901, 1000, pg_temp.id('order', n), pg_temp.id('payment', n)
            FROM purchase WHERE is_refunded;
        UPDATE user_balances SET balance = 901, total_consumption = 99
            FROM purchase WHERE user_id = pg_temp.id('user', n) AND is_charged AND NOT is_refunded;

        """

    static let billingBarrier = barrier(
        """
        ('{1,2,3,4}', 2, 'validate-plan', 'do', 'done', 'billing.validate-plan', NULL, NULL),
        ('{1,2,3,4}', 3, 'create-order', 'do', 'done', 'billing.create-order', 'orderId', 'order'),
        ('{1,2,4}', 5, 'charge', 'do', 'done', 'billing.charge', 'paymentId', 'payment'),
        ('{1,4}', 6, 'activate-order', 'do', 'done', 'billing.activate-order', 'orderId', 'order'),
        ('{2}', 6, 'activate-order', 'do', 'rejected', 'billing.activate-order', NULL, NULL),
        ('{2}', 7, 'charge', 'undo', 'done', 'billing.refund', NULL, NULL),
        ('{2}', 9, 'create-order', 'undo', 'done', 'billing.cancel-order', NULL, NULL)
        """)

    static let coreBarrier = barrier(
        """
        ('{1,2,3,4}', 4, 'allocate-device', 'do', 'done', 'device.allocate', 'deviceId', 'device'),
        ('{1}', 7, 'raise-quota', 'do', 'done', 'user.raise-quota', NULL, NULL),
        ('{4}', 7, 'raise-quota', 'do', 'rejected', 'user.raise-quota', NULL, NULL),
        ('{1}', 8, 'notify', 'do', 'done', 'notification.send', 'notificationId', 'notification'),
        ('{2}', 8, 'allocate-device', 'undo', 'done', 'device.release', NULL, NULL)
        """)

    static let devices = """
        UPDATE devices SET status = 'allocated', order_id = pg_temp.id('order', n), user_id = pg_temp.id('user', n)
            FROM (VALUES (1), (3), (4)) AS taken (n) WHERE id = pg_temp.id('device', n);
        INSERT INTO quotas (user_id, plan_id, limits)
            VALUES (pg_temp.id('user', 1), pg_temp.id('plan', 2), '{"maxDevices": 5}');
        INSERT INTO notifications (id, user_id, type, status, title, message, sent_at)
            VALUES (pg_temp.id('notification', 1), pg_temp.id('user', 1), 'order', 'sent', 't', 'm', pg_temp.at(8));

        """

    /// - Parameter rows: sagas, second, step, direction, outcome, action, and a member of the reply with the kind of
    ///   its id.
    private static func barrier(_ rows: String) -> String {
        """
        INSERT INTO saga_barrier (saga_id, step, iteration, direction, outcome, round, action, reply, at)
            SELECT pg_temp.id('saga', n), step, 0, direction, outcome, 1, action,
                CASE WHEN member IS NULL THEN '{}' ELSE json_build_object(member, pg_temp.id(kind, n))::text END,
                pg_temp.at(second)
            FROM (VALUES
        \(rows)
            ) AS row (sagas, second, step, direction, outcome, action, member, kind), unnest(sagas::int[]) AS n;

        """
    }
}
