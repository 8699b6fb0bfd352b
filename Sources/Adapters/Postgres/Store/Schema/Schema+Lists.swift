extension Schema {
    /// What operators' lists and groups go by.
    ///
    /// An incident says itself whose it is, so that ten thousand of an outage are grouped without a look at ten
    /// thousand sagas. A trigger sees to it: nodes of an older program write incidents too while they are replaced.
    static let lists = """
        ALTER TABLE saga_incidents ADD COLUMN workflow_id int, ADD COLUMN tenant text COLLATE "C";
        UPDATE saga_incidents i SET workflow_id = o.workflow_id, tenant = o.tenant
            FROM saga_origins o WHERE o.id = i.saga_id;
        COMMENT ON COLUMN saga_incidents.workflow_id IS 'workflow_versions.id of its saga.';
        COMMENT ON COLUMN saga_incidents.tenant IS 'That of its saga.';
        CREATE FUNCTION saga_incident_origin() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            SELECT o.workflow_id, o.tenant INTO NEW.workflow_id, NEW.tenant FROM saga_origins o WHERE o.id = NEW.saga_id;
            RETURN NEW;
        END $$;
        CREATE TRIGGER saga_incidents_origin BEFORE INSERT ON saga_incidents
            FOR EACH ROW EXECUTE FUNCTION saga_incident_origin();

        -- In the order of the lists. All of them are touched only when an incident opens or is resolved.
        DROP INDEX saga_incidents_open;
        DROP INDEX saga_incidents_time;
        CREATE INDEX saga_incidents_open ON saga_incidents (opened_at, saga_id, opened_revision)
            WHERE resolved_at IS NULL;
        CREATE INDEX saga_incidents_time ON saga_incidents (opened_at, saga_id, opened_revision);
        CREATE INDEX saga_incidents_open_saga ON saga_incidents (saga_id) WHERE resolved_at IS NULL;

        CREATE TABLE saga_incident_assignees (
            saga_id         uuid NOT NULL,
            opened_revision int NOT NULL,
            assignee        text COLLATE "C" NOT NULL,
            assigned_by     text COLLATE "C" NOT NULL,
            assigned_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
            PRIMARY KEY (saga_id, opened_revision)
        );
        COMMENT ON TABLE saga_incident_assignees IS 'Who sees to an incident; no row for nobody.';

        CREATE TABLE saga_incident_comments (
            saga_id         uuid NOT NULL,
            opened_revision int NOT NULL,
            number          bigint GENERATED ALWAYS AS IDENTITY,
            at              timestamptz NOT NULL DEFAULT clock_timestamp(),
            author          text COLLATE "C" NOT NULL,
            text            text COLLATE "C" NOT NULL,
            PRIMARY KEY (saga_id, opened_revision, number)
        );
        COMMENT ON TABLE saga_incident_comments IS 'What people wrote about an incident, in the order of the numbers.';

        -- By the version and not by the name: narrower, and an old version of a busy workflow is found at once.
        DROP INDEX saga_origins_workflow;
        CREATE INDEX saga_origins_workflow ON saga_origins (workflow_id, uuid_send(id));

        -- Each is touched by the last transition of a saga alone, which is none within the page anyway; the second
        -- and the third only by sagas that were undone or given up, or that took long.
        CREATE INDEX sagas_ended ON sagas (ended_at) WHERE ended_at IS NOT NULL;
        CREATE INDEX sagas_undone ON sagas (status, workflow_id, id) WHERE status IN ('compensated', 'abandoned');
        CREATE INDEX sagas_slow ON sagas (ended_at) WHERE ended_at - started_at > interval '1 hour';
        """
}
