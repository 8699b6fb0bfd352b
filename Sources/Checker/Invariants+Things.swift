extension Invariants {
    /// 9: devices, and what hangs on them. A device that an open saga is about may be half made or half gone.
    static let devices: [Invariant] = [
        Invariant(
            name: "9a", statement: "a quota counts as many devices as are reported to it",
            violations: """
                SELECT q.user_id || ' uses ' || coalesce(q.usage ->> 'currentDevices', 'nothing') || ', and reported are '
                    || count(u.device_id)
                FROM core.quotas q LEFT JOIN core.quota_uses u USING (user_id) GROUP BY q.user_id, q.usage ->> 'currentDevices'
                HAVING coalesce((q.usage ->> 'currentDevices')::int, 0) <> count(u.device_id)
                """),
        Invariant(
            name: "9b", statement: "every device that counts is there, and every one that was made for a user counts",
            violations: """
                SELECT u.device_id || ' counts against the quota of ' || u.user_id || ', and is not a device of theirs'
                FROM core.quota_uses u
                WHERE NOT EXISTS (SELECT FROM living_device d WHERE d.id = u.device_id AND d.user_id = u.user_id)
                    AND NOT EXISTS (SELECT FROM device_in_hand h WHERE h.device_id = u.device_id)
                UNION ALL
                SELECT d.id || ' counts against no quota' FROM living_device d
                WHERE d.user_id IS NOT NULL AND d.order_id IS NULL
                    AND NOT EXISTS (SELECT FROM core.quota_uses u WHERE u.device_id = d.id AND u.user_id = d.user_id)
                    AND NOT EXISTS (SELECT FROM device_in_hand h WHERE h.device_id = d.id)
                """),
        Invariant(
            name: "9c", statement: "every port and every proxy that is held is carried by a device, and none by two",
            violations: """
                SELECT 'port ' || p.port || ' is held for ' || p.device_id || ', which does not carry it' FROM core.device_ports p
                WHERE p.device_id IS NOT NULL
                    AND NOT EXISTS (SELECT FROM living_device d WHERE d.id = p.device_id AND d.adb_port = p.port)
                    AND NOT EXISTS (SELECT FROM device_in_hand h WHERE h.device_id = p.device_id)
                UNION ALL
                SELECT 'proxy ' || p.id || ' is held for ' || p.device_id || ', which does not carry it' FROM core.proxies p
                WHERE p.device_id IS NOT NULL
                    AND NOT EXISTS (SELECT FROM living_device d WHERE d.id = p.device_id AND d.proxy_id = p.id)
                    AND NOT EXISTS (SELECT FROM device_in_hand h WHERE h.device_id = p.device_id)
                UNION ALL
                SELECT d.id || ' carries a proxy that it does not hold' FROM living_device d
                WHERE d.proxy_id IS NOT NULL
                    AND NOT EXISTS (SELECT FROM core.proxies p WHERE p.id = d.proxy_id AND p.device_id = d.id)
                    AND NOT EXISTS (SELECT FROM device_in_hand h WHERE h.device_id = d.id)
                """),
        Invariant(
            name: "9d", statement: "every machine at the provider is a device of ours, and none of ours is without",
            violations: """
                SELECT 'machine ' || o.external_id || ' for ' || o.device_id || ' is paid for, and no device of ours'
                FROM core.provider_objects o
                WHERE o.kind = 'device' AND o.deleted_at IS NULL
                    AND NOT EXISTS (SELECT FROM living_device d WHERE d.external_id = o.external_id)
                    AND NOT EXISTS (SELECT FROM device_in_hand h WHERE h.device_id = o.device_id)
                UNION ALL
                SELECT d.id || ' has no machine any more' FROM living_device d
                JOIN core.provider_objects o ON o.external_id = d.external_id
                WHERE o.deleted_at IS NOT NULL AND NOT EXISTS (SELECT FROM device_in_hand h WHERE h.device_id = d.id)
                """),
        Invariant(
            name: "9e", statement: "every snapshot at the provider is one of ours, and none of ours is without",
            violations: """
                SELECT 'picture ' || o.external_id || ' of ' || o.device_id || ' is paid for, and no snapshot of ours'
                FROM core.provider_objects o
                WHERE o.kind = 'snapshot' AND o.deleted_at IS NULL
                    AND NOT EXISTS (
                        SELECT FROM core.device_snapshots s WHERE s.external_id = o.external_id AND s.status <> 'deleted')
                    AND NOT EXISTS (SELECT FROM device_in_hand h WHERE h.device_id = o.device_id)
                UNION ALL
                SELECT s.id || ' is ' || s.status || ', and not at the provider' FROM core.device_snapshots s
                WHERE s.status <> 'deleted' AND NOT EXISTS (
                        SELECT FROM core.provider_objects o WHERE o.external_id = s.external_id AND o.deleted_at IS NULL)
                    AND NOT EXISTS (SELECT FROM device_in_hand h WHERE h.device_id = s.device_id)
                """),
        Invariant(
            name: "9f", statement: "no installation is left in the middle by a saga that has ended",
            violations: """
                SELECT a.application_id || ' is ' || a.status || ' on ' || a.device_id FROM core.device_applications a
                WHERE a.status IN ('pending', 'installing') AND NOT EXISTS (
                    SELECT FROM started t WHERE t.workflow = 'app-installation' AND t.body = '' AND t.ended_at IS NULL
                        AND t.input ->> 'applicationId' = a.application_id::text
                        AND t.input -> 'deviceIds' ? a.device_id::text)
                """),
    ]

    /// 10: users come and go in two databases.
    static let users: [Invariant] = [
        Invariant(
            name: "10a", statement: "of a registration that was undone nothing is left",
            violations: """
                SELECT t.saga_id || ' left ' || trace.what || ' of ' || trace.user_id
                FROM started t JOIN barrier b ON b.saga_id = t.saga_id AND b.action = 'user.create'
                    AND b.direction = 'do' AND b.outcome = 'done'
                JOIN (
                    SELECT 'the account' AS what, id AS user_id FROM core.users
                    UNION ALL SELECT 'the credentials', user_id FROM core.user_credentials
                    UNION ALL SELECT 'a role', user_id FROM core.user_roles
                    UNION ALL SELECT 'the quota', user_id FROM core.quotas
                    UNION ALL SELECT 'the balance', user_id FROM billing.user_balances
                ) AS trace ON trace.user_id::text = t.input ->> 'userId'
                WHERE t.workflow = 'user-registration' AND t.status = 'compensated' AND NOT EXISTS (
                    SELECT FROM started again WHERE again.workflow = 'user-registration'
                        AND again.input ->> 'userId' = t.input ->> 'userId' AND again.status <> 'compensated')
                """),
        Invariant(
            name: "10b", statement: "who has left has no device and no money here, and got back what was frozen",
            violations: """
                WITH gone AS (
                    SELECT u.id FROM core.users u WHERE u.status = 'deleted' AND NOT EXISTS (
                        SELECT FROM started t WHERE t.workflow = 'user-offboarding' AND t.ended_at IS NULL
                            AND t.input ->> 'userId' = u.id::text)
                )
                SELECT gone.id || ' has left, and still has the device ' || d.id
                FROM gone JOIN living_device d ON d.user_id = gone.id
                UNION ALL
                SELECT gone.id || ' has left, and the account is ' || b.status || ' with ' || b.balance
                FROM gone JOIN billing.user_balances b ON b.user_id = gone.id WHERE b.status <> 'closed' OR b.balance <> 0
                UNION ALL
                SELECT gone.id || ' has left, and can still sign in'
                FROM gone JOIN core.user_credentials c ON c.user_id = gone.id
                UNION ALL
                SELECT gone.id || ' has left with ' || coalesce(p.amount, 0) || ', and frozen were '
                    || coalesce(frozen.amount, 0)
                FROM gone LEFT JOIN billing.payouts p ON p.user_id = gone.id
                LEFT JOIN (
                    SELECT t.input ->> 'userId' AS user_id, (b.reply::json ->> 'amount')::numeric AS amount
                    FROM started t JOIN barrier b ON b.saga_id = t.saga_id AND b.action = 'billing.freeze-balance'
                        AND b.direction = 'do' AND b.outcome = 'done'
                    WHERE t.workflow = 'user-offboarding' AND t.status = 'completed'
                ) AS frozen ON frozen.user_id = gone.id::text
                WHERE coalesce(p.amount, 0) <> coalesce(frozen.amount, 0)
                """),
    ]

    /// 11: sagas that are part of others, and what sagas wait for.
    static let families: [Invariant] = [
        Invariant(
            name: "11a", statement: "every child has its parent, and is one level below it",
            violations: """
                SELECT c.id || ' is a child of ' || c.parent_id || CASE
                    WHEN p.id IS NULL THEN ', which is not there'
                    ELSE ', and stands at depth ' || coalesce(c.depth, 0) || ' below ' || coalesce(p.depth, 0) END
                FROM saga c LEFT JOIN saga p ON p.id = c.parent_id
                WHERE c.parent_id IS NOT NULL
                    AND (p.id IS NULL OR coalesce(c.depth, 0) <> coalesce(p.depth, 0) + 1)
                """),
        Invariant(
            name: "11b", statement: "what has ended leaves no child open, and what was undone none completed",
            violations: """
                SELECT p.id || ' is ' || p.status || ', and its child ' || c.id || ' is ' || c.status
                FROM saga p JOIN saga c ON c.parent_id = p.id
                LEFT JOIN workflow_step w ON w.workflow_id = p.workflow_id AND w.step = c.parent_step
                WHERE p.ended_at IS NOT NULL AND p.status <> 'abandoned'
                    AND (c.ended_at IS NULL OR (
                        p.status = 'compensated' AND c.status = 'completed' AND w.is_readonly IS NOT true))
                """),
        Invariant(
            name: "11c", statement: "a completed saga has a completed child for each item that it calls done",
            violations: """
                SELECT x.saga_id || ' calls ' || said.items || ' of ' || x.step || ' done, and '
                    || count(DISTINCT c.parent_item) || ' children have completed'
                FROM step_state x CROSS JOIN LATERAL (
                    SELECT CASE x.kind WHEN 'run' THEN (x.phase = 5)::int ELSE (
                        SELECT coalesce(sum(run[1]::int), 0) FROM jsonb_array_elements_text(
                                CASE jsonb_typeof(x.item) WHEN 'array' THEN x.item ELSE '[]' END) AS slot,
                            regexp_matches(split_part(slot, '/', 1), 'd(\\d+)', 'g') AS run
                        WHERE slot ~ '^([wodfusk]\\d+)+(/|$)') END AS items
                ) AS said LEFT JOIN saga c ON c.parent_id = x.saga_id AND c.parent_step = x.step AND c.status = 'completed'
                WHERE x.status = 'completed' AND x.kind IN ('run', 'each')
                GROUP BY x.saga_id, x.step, said.items HAVING count(DISTINCT c.parent_item) <> said.items
                """),
        Invariant(
            name: "11d", statement: "only an open saga waits for events",
            violations: """
                SELECT w.saga_id || ' waits at ' || w.step || ' for ' || w.key || ', and is ' || coalesce(s.status, 'not there')
                FROM saga.saga_waits w LEFT JOIN saga s ON s.id = w.saga_id WHERE s.id IS NULL OR s.ended_at IS NOT NULL
                """),
    ]
}
