import Foundation

/// What has happened on the platform before anything is planted, as rows: five purchases by users 1 to 4.
///
/// 1 is completed, 2 compensated after its pivot refused, 3 in the middle of its charge, 4 held with an
/// incident after its pivot, and 5, of user 3, in line for the lock that 3 holds.
struct Past {
    let saga: String
    let billing: String
    let core: String

    init() throws {
        let workflow = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent().appending(path: "workflows/plan-purchase.yaml")
        let source = try String(contentsOf: workflow, encoding: .utf8)
        saga = """
            \(Past.functions)
            INSERT INTO workflow_versions (workflow, version, digest, source)
                VALUES ('plan-purchase', 1, 'digest', $source$\(source)$source$);
            \(Past.sagas)
            """
        billing = Past.functions + Past.orders + Past.money + Past.billingBarrier
        core = Past.functions + Past.devices + Past.coreBarrier
    }

    /// `pg_temp.id('saga', 1)`, and so on for the ids that other tables name.
    static let functions = """
        CREATE FUNCTION pg_temp.id(kind text, n int) RETURNS uuid LANGUAGE sql AS $$
            SELECT ('00000000-0000-7000-' || CASE kind
                WHEN 'plan' THEN '8000' WHEN 'user' THEN '8001' WHEN 'device' THEN '8002' WHEN 'saga' THEN '9000'
                WHEN 'order' THEN '9001' WHEN 'payment' THEN '9002' WHEN 'notification' THEN '9003' END
                || '-' || lpad(n::text, 12, '0'))::uuid $$;
        CREATE FUNCTION pg_temp.at(second int) RETURNS timestamptz LANGUAGE sql AS $$
            SELECT '2026-05-01T12:00:00Z'::timestamptz + second * interval '1 second' $$;

        """

    private static let sagas = """
        CREATE TEMP TABLE past (n int, of_user int, revision int, status text, timer int, has_incident bool, state text);
        INSERT INTO past VALUES
            (1, 1, 8, 'completed', NULL, false, '{"s":[[5,1,1,1,0,0,2],[5,1,1,1,0,0,3],[5,1,1,1,0,0,4],
                [5,1,1,1,0,0,5],[5,1,1,1,0,0,6],[5,1,1,1,0,0,7],[5,1,1,1,0,0,8]],"d":300000000}'),
            (2, 2, 9, 'compensated', NULL, false, '{"s":[[5,1,1,1,0,0,2],[11,1,1,1,0,0,3],[11,1,1,1,0,0,4],
                [11,1,1,1,0,0,5],[6,1,1,1,{"code":"order-expired","message":"late"}],0,0],"d":300000000,
                "f":{"kind":"rejected","step":4}}'),
            (3, 3, 4, 'running', 10, false, '{"s":[[5,1,1,1,0,0,2],[5,1,1,1,0,0,3],[5,1,1,1,0,0,4],
                [1,1,1,1,10000001],0,0,0],"d":300000000}'),
            (4, 4, 7, 'running', NULL, true, '{"s":[[5,1,1,1,0,0,2],[5,1,1,1,0,0,3],[5,1,1,1,0,0,4],
                [5,1,1,1,0,0,5],[5,1,1,1,0,0,6],[8,1,1,1,0,0,0,1,7],0],"d":300000000,"l":1}'),
            (5, 3, 1, 'queued', NULL, false, '{"s":[0,0,0,0,0,0,0]}');
        INSERT INTO sagas (id, started_at, node, workflow_id, revision, batch, updated_at, timer_at, ended_at,
                has_incident, status, state)
            SELECT pg_temp.id('saga', n), pg_temp.at(0), 1, 1, revision, n, pg_temp.at(revision), pg_temp.at(timer),
                CASE WHEN status IN ('completed', 'compensated') THEN pg_temp.at(revision) END, has_incident, status,
                state
            FROM past;
        INSERT INTO saga_origins (id, started_at, workflow_id, input_digest, workflow, tenant, idempotency_key)
            SELECT pg_temp.id('saga', n), pg_temp.at(0), 1, '\\x00', 'plan-purchase', 'default', 'key-' || n FROM past;
        INSERT INTO saga_timers (due_at, saga_id)
            SELECT pg_temp.at(timer), pg_temp.id('saga', n) FROM past WHERE timer IS NOT NULL;
        INSERT INTO saga_locks (saga_id, place, ordinal, held, key)
            SELECT pg_temp.id('saga', n), n, 0, status <> 'queued', 'user:' || of_user FROM past WHERE n >= 3;
        INSERT INTO saga_incidents (saga_id, opened_revision, opened_at, step, participant, cause)
            VALUES (pg_temp.id('saga', 4), 7, pg_temp.at(7), 'raise-quota', 'user', 'rejected');
        INSERT INTO saga_history (saga_id, at, revision, kind, step, direction, attempt, data)
            SELECT pg_temp.id('saga', n), pg_temp.at(0), 1, CASE status WHEN 'queued' THEN 'queued' ELSE 'started' END,
                NULL, NULL, NULL, '{"userId":"' || pg_temp.id('user', of_user) || '"}'
            FROM past
            UNION ALL
            SELECT pg_temp.id('saga', n), pg_temp.at(row.revision), row.revision, row.kind, row.step, row.direction, 1, '{}'
            FROM past JOIN (VALUES
                ('{1,2,3,4}'::int[], 2, 'done', 'validate-plan', 'do'), ('{1,2,3,4}', 3, 'done', 'create-order', 'do'),
                ('{1,2,3,4}', 4, 'done', 'allocate-device', 'do'), ('{1,2,4}', 5, 'done', 'charge', 'do'),
                ('{1,4}', 6, 'done', 'activate-order', 'do'), ('{1}', 7, 'done', 'raise-quota', 'do'),
                ('{1}', 8, 'done', 'notify', 'do'), ('{4}', 7, 'rejected', 'raise-quota', 'do'),
                ('{2}', 6, 'rejected', 'activate-order', 'do'), ('{2}', 7, 'done', 'charge', 'undo'),
                ('{2}', 8, 'done', 'allocate-device', 'undo'), ('{2}', 9, 'done', 'create-order', 'undo')
            ) AS row (sagas, revision, kind, step, direction) ON n = ANY (row.sagas);
        """
}
