extension Schema {
    /// Incidents that were opened and resolved, for those outside who are to know.
    ///
    /// A trigger writes what is to be told, so that it is there if and only if the incident is, whichever program wrote
    /// that. While nobody is to be told, nothing is written.
    static let notices = """
        CREATE TABLE saga_notice_targets (
            name  text COLLATE "C" PRIMARY KEY,
            pause interval NOT NULL
        );
        COMMENT ON TABLE saga_notice_targets IS 'Who is told of incidents, as the node that was started last was configured.';
        COMMENT ON COLUMN saga_notice_targets.pause IS
            'Between messages about incidents that are alike; zero for a message about each.';

        CREATE TABLE saga_notices (
            number          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            target          text COLLATE "C" NOT NULL,
            type            text COLLATE "C" NOT NULL,
            at              timestamptz NOT NULL,
            saga_id         uuid NOT NULL,
            opened_revision int NOT NULL,
            workflow_id     int,
            tenant          text COLLATE "C",
            step            text COLLATE "C" NOT NULL,
            participant     text COLLATE "C" NOT NULL,
            cause           text COLLATE "C" NOT NULL,
            error_code      text,
            resolution      text COLLATE "C"
        );
        COMMENT ON TABLE saga_notices IS
            'Outbox: written with the incident, gone once it is part of a delivery. Usually empty.';

        CREATE TABLE saga_notice_groups (
            target  text COLLATE "C" NOT NULL,
            digest  bytea NOT NULL,
            told_at timestamptz NOT NULL,
            PRIMARY KEY (target, digest)
        );
        COMMENT ON TABLE saga_notice_groups IS 'When incidents that are alike were told of last.';

        CREATE TABLE saga_notice_deliveries (
            id         uuid PRIMARY KEY DEFAULT gen_random_uuid(),
            target     text COLLATE "C" NOT NULL,
            type       text COLLATE "C" NOT NULL,
            body       text COLLATE "C" NOT NULL,
            written_at timestamptz NOT NULL DEFAULT clock_timestamp(),
            due_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
            attempts   int NOT NULL DEFAULT 0,
            last_error text
        );
        CREATE INDEX saga_notice_deliveries_due ON saga_notice_deliveries (due_at);
        COMMENT ON TABLE saga_notice_deliveries IS
            'Messages about incidents that were not delivered yet, with what came of the last attempt. Usually empty.';

        CREATE FUNCTION saga_note_incident() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            INSERT INTO saga_notices (target, type, at, saga_id, opened_revision, workflow_id, tenant, step, participant,
                cause, error_code, resolution)
            SELECT name, CASE WHEN NEW.resolved_at IS NULL THEN 'incident.opened' ELSE 'incident.resolved' END,
                coalesce(NEW.resolved_at, NEW.opened_at), NEW.saga_id, NEW.opened_revision, NEW.workflow_id, NEW.tenant,
                NEW.step, NEW.participant, NEW.cause, NEW.error_code, NEW.resolution
            FROM saga_notice_targets;
            RETURN NULL;
        END $$;
        CREATE TRIGGER saga_incidents_opened AFTER INSERT ON saga_incidents
            FOR EACH ROW WHEN (NEW.resolved_at IS NULL) EXECUTE FUNCTION saga_note_incident();
        CREATE TRIGGER saga_incidents_resolved AFTER UPDATE OF resolved_at ON saga_incidents
            FOR EACH ROW WHEN (OLD.resolved_at IS NULL AND NEW.resolved_at IS NOT NULL)
            EXECUTE FUNCTION saga_note_incident();

        CREATE FUNCTION saga_iso_time(moment timestamptz) RETURNS text LANGUAGE sql STABLE AS $$
            SELECT to_char(moment AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
        $$;

        CREATE FUNCTION saga_bundle_notices(wanted text) RETURNS void LANGUAGE plpgsql AS $$
        DECLARE
            between_messages interval;
        BEGIN
            -- One node at a time; the others need not wait.
            IF NOT pg_try_advisory_xact_lock(1396786947, hashtext(wanted)) THEN
                RETURN;
            END IF;
            SELECT pause INTO between_messages FROM saga_notice_targets WHERE name = wanted;
            IF NOT FOUND THEN
                RETURN;
            END IF;
            DELETE FROM saga_notice_groups
            WHERE target = wanted AND told_at <= clock_timestamp() - between_messages;
            WITH waiting AS MATERIALIZED (
                SELECT n.*, CASE WHEN between_messages > interval '0' THEN sha256(convert_to(jsonb_build_array(n.type,
                    n.workflow_id, n.tenant, n.step, n.participant, n.cause, n.error_code)::text, 'UTF8'))
                    ELSE int8send(n.number) END AS digest
                FROM saga_notices n WHERE n.target = wanted ORDER BY n.number LIMIT 50000
            ),
            gone AS (
                DELETE FROM saga_notices n USING waiting w
                WHERE n.number = w.number
                    AND NOT EXISTS (SELECT FROM saga_notice_groups g WHERE g.target = wanted AND g.digest = w.digest)
                RETURNING w.*
            ),
            bundles AS (
                SELECT digest, type, workflow_id, tenant, step, participant, cause, error_code, count(*) AS count,
                    min(at) AS first, max(at) AS last,
                    (array_agg(jsonb_strip_nulls(jsonb_build_object('saga', saga_id, 'revision', opened_revision,
                        'at', saga_iso_time(at), 'resolution', resolution)) ORDER BY number))[1:10] AS incidents
                FROM gone GROUP BY digest, type, workflow_id, tenant, step, participant, cause, error_code
            ),
            made AS (
                INSERT INTO saga_notice_deliveries (target, type, body)
                SELECT wanted, b.type, jsonb_build_object('type', b.type, 'timestamp', saga_iso_time(b.last),
                    'data', jsonb_strip_nulls(jsonb_build_object('workflow', v.workflow, 'version', v.version,
                        'tenant', b.tenant, 'step', b.step, 'participant', b.participant, 'cause', b.cause,
                        'code', b.error_code, 'count', b.count, 'first', saga_iso_time(b.first),
                        'last', saga_iso_time(b.last), 'incidents', to_jsonb(b.incidents))))::text
                FROM bundles b LEFT JOIN workflow_versions v ON v.id = b.workflow_id
                ORDER BY b.first
            )
            INSERT INTO saga_notice_groups (target, digest, told_at)
            SELECT wanted, digest, clock_timestamp() FROM bundles WHERE between_messages > interval '0';
        END $$;
        COMMENT ON FUNCTION saga_bundle_notices IS
            'Makes deliveries of what waits in saga_notices: of incidents that are alike one at once, then one for all that came within the pause.';
        """
}
