internal import Postgres
internal import PostgresStore
internal import SagaValues

/// A store full of sagas as they may look after a month, written in bulk and not by the engine: lists do not read
/// histories, so there are none.
///
/// Nearly all are completed. Some are undone or given up, some took hours or days, some are parts of others. The last
/// hundredth is open: an outage, with an incident each, of which one in twenty has another cause.
enum ListStock {
    /// Of a hundred thousand and more, so that what is rare is there at all.
    static func fill(_ configuration: PostgresConfiguration, sagas count: Int) async throws {
        let connection = PostgresConnection(configuration, name: "stock")
        try await connection.runScript(
            "SET statement_timeout = 0; SET synchronous_commit = off; SET work_mem = '256MB';" + script(count),
            deadline: .seconds(600))
        try await connection.runScript("VACUUM ANALYZE", deadline: .seconds(600))
        await connection.close()
    }

    private static func script(_ count: Int) -> String {
        """
        INSERT INTO workflow_versions (workflow, version, digest, source, deployed_at)
        SELECT name, version, 'digest', 'workflow: ' || name, now() - interval '31 days'
        FROM (VALUES ('buy', 3), ('ship', 2), ('refund', 2), ('rare', 1)) AS given(name, versions),
            generate_series(1, versions) AS version;

        CREATE TEMP TABLE made AS
        SELECT i, at, random, kind, CASE WHEN kind <> 'open' THEN at + interval '1 second' * seconds END AS ended_at,
            (left(saga_id_floor(at)::text, 14) || '7' || substr(digest, 1, 3) || '-a' || substr(digest, 4, 3)
                || '-' || substr(digest, 7, 12))::uuid AS id
        FROM (
            SELECT *, CASE WHEN random = 5 THEN 1.5 * 86400 WHEN random < 20 THEN 7200 ELSE 0.5 + random / 200.0 END AS seconds
            FROM (
                SELECT i, md5(i::text) AS digest, hashint4(i)::bigint & 1023 AS random,
                    date_trunc('milliseconds', now() - interval '30 days' * (1 - i::float8 / \(count))) AS at,
                    CASE WHEN i > \(count) * 0.99 OR i % 100 = 7 THEN 'open' WHEN i % 100 < 4 THEN 'compensated'
                        WHEN i % 1000 = 9 THEN 'abandoned' ELSE 'completed' END AS kind
                FROM generate_series(1, \(count)) AS i) AS counted) AS timed;
        CREATE INDEX ON made (i);

        INSERT INTO saga_origins (id, started_at, workflow_id, input_digest, workflow, tenant, idempotency_key,
            business_key, traceparent, parent_id, parent_step, parent_item, parent_round, depth)
        SELECT m.id, m.at, v.id, sha256(m.id::text::bytea), v.workflow,
            CASE WHEN m.i % 20000 = 11 THEN 'tiny' WHEN m.random % 4 = 0 THEN 'acme' ELSE 'default' END,
            'key-' || m.i, 'order-' || m.i / 3, '00-' || md5(m.i::text) || '-' || left(md5(m.i::text), 16) || '-01',
            p.id, CASE WHEN p.id IS NOT NULL THEN 'each' END, CASE WHEN p.id IS NOT NULL THEN 0 END,
            CASE WHEN p.id IS NOT NULL THEN 1 END, CASE WHEN p.id IS NOT NULL THEN 1 END
        FROM made m
        JOIN workflow_versions v ON v.workflow = CASE WHEN m.i % 10000 = 13 THEN 'rare' WHEN m.random < 600 THEN 'buy'
                WHEN m.random < 900 THEN 'ship' ELSE 'refund' END
            AND v.version = CASE WHEN m.i % 10000 = 13 OR m.i < \(count) * 0.3 THEN 1
                WHEN m.random < 600 AND m.i > \(count) * 0.7 THEN 3 ELSE 2 END
        LEFT JOIN made p ON p.i = m.i - 1 AND m.i % 20 = 3
        ORDER BY m.i;

        INSERT INTO sagas (id, started_at, node, workflow_id, revision, batch, updated_at, ended_at, has_incident, status,
            state)
        SELECT m.id, m.at, 1, o.workflow_id, 8, m.i / 100, coalesce(m.ended_at, m.at + interval '1 second'), m.ended_at,
            m.i > \(count) * 0.99,
            CASE WHEN m.kind <> 'open' THEN m.kind WHEN m.i % 10 = 0 THEN 'compensating' ELSE 'running' END,
            '{"s":[[5,1,1,1,0,0,2],[5,1,1,1,0,0,3],[5,1,1,1,0,0,4]]'
                || CASE WHEN m.kind IN ('compensated', 'abandoned') THEN ',"f":{"kind":"rejected","step":' || m.random % 3
                    || ',"error":{"code":"sold-out","message":"none left"}}' ELSE '' END || '}'
        FROM made m JOIN saga_origins o USING (id) ORDER BY m.i;

        INSERT INTO saga_incidents (saga_id, opened_revision, opened_at, resolved_at, step, participant, cause, error_code,
            error_message, resolution)
        SELECT m.id, 5, m.at + interval '1 second', CASE WHEN NOT s.has_incident THEN m.at + interval '1 hour' END,
            CASE WHEN same THEN 'charge' ELSE 'step-' || m.random % 7 END,
            CASE WHEN same THEN 'billing' ELSE 'service-' || m.random % 3 END,
            CASE WHEN same THEN 'exhausted' ELSE 'undo-failed' END,
            CASE WHEN same THEN 'gateway-timeout' ELSE 'odd-' || m.random % 5 END,
            'no answer within 30 s, request ' || m.i, CASE WHEN NOT s.has_incident THEN 'retry-requested' END
        FROM made m JOIN sagas s USING (id), LATERAL (SELECT s.has_incident AND m.i % 20 <> 0 AS same) AS outage
        WHERE s.has_incident OR m.i % 50 = 1 ORDER BY m.i;
        DROP TABLE made;
        """
    }
}
