internal import Postgres

/// What is asked about other sagas than those of a batch, and about events; see ``Statements/planLookups``.
extension Statements {
    static let children = PostgresStatement(
        """
        SELECT wanted.place, o.id, o.parent_round, o.parent_body, o.depth
        FROM unnest($1::uuid[], $2::text[], $3::int[]) WITH ORDINALITY AS wanted(saga, step, item, place)
        CROSS JOIN LATERAL (
            SELECT * FROM saga_origins
            WHERE parent_id = wanted.saga AND parent_step = wanted.step AND parent_item = wanted.item
            ORDER BY parent_round DESC LIMIT 1) AS o
        """, name: "children")

    // MARK: Events

    /// Between what is stored and the look that follows: see ``PostgresStore/listen(_:)``.
    static let commitAndGoOn = PostgresStatement("COMMIT AND CHAIN", name: "commit_and_go_on")

    static let addWaits = PostgresStatement(
        """
        INSERT INTO saga_waits (saga_id, step, ordinal, since, digest, key)
        SELECT saga_id, step, ordinal, since, saga_key_digest(key), left(key, 200)
        FROM unnest($1::uuid[], $2::text[], $3::smallint[], $4::timestamptz[], $5::text[])
            AS w(saga_id, step, ordinal, since, key)
        ON CONFLICT DO NOTHING
        """, name: "add_waits")

    /// Whoever finds an event there locks it until the end, so that it is not dropped meanwhile.
    static let addEvents = PostgresStatement(
        """
        INSERT INTO saga_kept_events (id, name, body, received_at)
        SELECT id, name, convert_from(body, 'UTF8'), clock_timestamp()
        FROM unnest($1::text[], $2::text[], $3::bytea[]) AS e(id, name, body)
        ON CONFLICT (id) DO UPDATE SET id = excluded.id WHERE false
        """, name: "add_events")
    /// What a person hands to one saga, with the line of the audit: one each time.
    static let addSignal = PostgresStatement(
        """
        WITH kept AS (
            INSERT INTO saga_kept_events (id, name, body, received_at, only_for, sent_id)
            SELECT $14, $15, convert_from($16::bytea, 'UTF8'), clock_timestamp(), $17::uuid, $18
            ON CONFLICT (id) DO UPDATE SET id = excluded.id WHERE false
            RETURNING 1
        )
        \(AuditColumns.insert(from: 1, if: "EXISTS (SELECT FROM kept)"))
        """, name: "add_signal")
    static let addEventKeys = PostgresStatement(
        """
        INSERT INTO saga_event_keys (digest, event_id)
        SELECT saga_key_digest(key), event_id FROM unnest($1::text[], $2::text[]) AS k(event_id, key)
        ON CONFLICT DO NOTHING
        """, name: "add_event_keys")

    static let eventsForWaits = PostgresStatement(
        matches(
            """
            unnest($1::uuid[], $2::text[], $3::timestamptz[], $4::text[]) AS w(saga_id, step, since, key)
                CROSS JOIN LATERAL (
                    SELECT event_id FROM saga_event_keys WHERE digest = saga_key_digest(w.key) OFFSET 0) AS k
            """), name: "events_for_waits")
    static let waitsForEvents = PostgresStatement(
        matches(
            """
            unnest($1::text[], $2::text[]) AS k(event_id, key)
                CROSS JOIN LATERAL (
                    SELECT saga_id, step, since FROM saga_waits WHERE digest = saga_key_digest(k.key) OFFSET 0) AS w
            """), name: "waits_for_events")

    /// Which steps wait for which events, the oldest event first. Its name and body come with the first row of each, not
    /// with every one: many steps may wait for the same.
    ///
    /// - Parameter pairs: gives `w.saga_id`, `w.step`, `w.since` and `k.event_id`.
    private static func matches(_ pairs: String) -> String {
        """
        SELECT m.saga_id, m.step, e.id, coalesce(e.sent_id, e.id), CASE WHEN m.is_first THEN e.name END,
            CASE WHEN m.is_first THEN convert_to(e.body, 'UTF8') END
        FROM (
            SELECT found.*, row_number() OVER (PARTITION BY event_id ORDER BY saga_id, step) = 1 AS is_first
            FROM (
                SELECT DISTINCT w.saga_id, w.step, k.event_id, kept.received_at
                FROM \(pairs)
                CROSS JOIN LATERAL (
                    SELECT received_at, only_for, coalesce(sent_id, id) AS sent_id
                    FROM saga_kept_events WHERE id = k.event_id OFFSET 0) AS kept
                LEFT JOIN LATERAL (
                    SELECT true AS yes FROM saga_taken_events
                    WHERE saga_id = w.saga_id AND event_id = kept.sent_id OFFSET 0) AS taken ON true
                WHERE kept.received_at >= w.since AND taken.yes IS NULL
                    AND (kept.only_for IS NULL OR kept.only_for = w.saga_id)
            ) AS found
        ) AS m
        CROSS JOIN LATERAL (SELECT * FROM saga_kept_events WHERE id = m.event_id OFFSET 0) AS e
        ORDER BY m.received_at, e.id, m.saga_id, m.step
        """
    }

    static let hasTaken = PostgresStatement(
        "SELECT EXISTS (SELECT FROM saga_taken_events WHERE saga_id = $1 AND event_id = $2)", name: "has_taken")
    /// The index on the few that have a recipient leads, whatever the planner believes of the tables.
    static let signalsWaitedFor = PostgresStatement(
        matches(
            """
            LATERAL (
                SELECT w.saga_id, w.step, w.since, e.id AS event_id
                FROM (SELECT id, only_for, sent_id FROM saga_kept_events WHERE only_for IS NOT NULL OFFSET 0) AS e
                CROSS JOIN LATERAL (SELECT digest FROM saga_event_keys WHERE event_id = e.id OFFSET 0) AS key
                CROSS JOIN LATERAL (
                    SELECT saga_id, step, since FROM saga_waits WHERE digest = key.digest OFFSET 0) AS w
                WHERE w.saga_id = e.only_for AND NOT EXISTS (
                    SELECT FROM saga_taken_events t WHERE t.saga_id = e.only_for AND t.event_id = e.sent_id)
                LIMIT $1) AS w
                CROSS JOIN LATERAL (SELECT w.event_id) AS k
            """), name: "signals_waited_for")

    static let readCatalogRevision = PostgresStatement(catalogRevision, name: "catalog_revision")

    // MARK: Upkeep

    static let dropEvents = PostgresStatement(
        """
        WITH old AS MATERIALIZED (
            SELECT id FROM saga_kept_events WHERE received_at < $1 ORDER BY received_at LIMIT $2 FOR UPDATE SKIP LOCKED
        ),
        keys AS (DELETE FROM saga_event_keys WHERE event_id = ANY (ARRAY (SELECT id FROM old)))
        DELETE FROM saga_kept_events WHERE id = ANY (ARRAY (SELECT id FROM old))
        """, name: "drop_events")
    /// Of events that are there no more: as long as one is, nobody may get it twice.
    static let dropTaken = PostgresStatement(
        """
        DELETE FROM saga_taken_events WHERE ctid = ANY (ARRAY (
            SELECT t.ctid FROM saga_taken_events t
            WHERE t.taken_at < $1 AND NOT EXISTS (
                SELECT FROM saga_kept_events e
                WHERE e.id IN (t.event_id, 'signal:' || t.saga_id || ':' || t.event_id)) LIMIT $2))
        """, name: "drop_taken_events")
    static let dropWaits = PostgresStatement(
        """
        DELETE FROM saga_waits WHERE ctid = ANY (ARRAY (
            SELECT w.ctid FROM saga_waits w JOIN sagas s ON s.id = w.saga_id WHERE s.ended_at IS NOT NULL LIMIT $1))
        """, name: "drop_waits")
}
