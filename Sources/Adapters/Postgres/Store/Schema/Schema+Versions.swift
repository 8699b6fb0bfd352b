extension Schema {
    /// Which versions of workflows start sagas.
    ///
    /// Two advisory locks more are in use: (1396786945, -3), shared by each commit in which sagas start, until its end, and
    /// taken alone by who retires a version; (1396786945, -4), held by who deploys, activates or retires one.
    static let versions = """
        ALTER TABLE workflow_versions
            ADD COLUMN activated_at timestamptz,
            ADD COLUMN retired_at timestamptz,
            ADD COLUMN changes int NOT NULL DEFAULT 0;
        COMMENT ON TABLE workflow_versions IS
            'Deployed workflows. The text is immutable: a running saga keeps the version it began with, unless a person has it move.';
        COMMENT ON COLUMN workflow_versions.activated_at IS
            'When it was activated last. Of a workflow''s versions the last one is active: starts that name no version take it.';
        COMMENT ON COLUMN workflow_versions.retired_at IS 'Since when no saga starts with it.';
        COMMENT ON COLUMN workflow_versions.changes IS 'How often it was activated or retired since it was deployed.';
        UPDATE workflow_versions AS v SET activated_at = deployed_at WHERE NOT EXISTS (
            SELECT FROM workflow_versions o
            WHERE o.workflow = v.workflow AND o.version > v.version AND o.deployed_at <= v.deployed_at);

        CREATE FUNCTION saga_activate_highest() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            PERFORM pg_advisory_xact_lock(1396786945, -4);
            IF NEW.version > ALL (SELECT version FROM workflow_versions WHERE workflow = NEW.workflow) THEN
                NEW.activated_at := greatest(NEW.deployed_at, (
                    SELECT max(activated_at) + interval '1 microsecond' FROM workflow_versions
                    WHERE workflow = NEW.workflow));
            END IF;
            RETURN NEW;
        END $$;
        CREATE TRIGGER workflow_versions_activate BEFORE INSERT ON workflow_versions
            FOR EACH ROW EXECUTE FUNCTION saga_activate_highest();

        CREATE FUNCTION saga_change_version(named text, numbered int, deed text) RETURNS bool LANGUAGE plpgsql AS $$
        DECLARE
            active timestamptz;
        BEGIN
            PERFORM set_config('lock_timeout', '3s', true);
            PERFORM pg_advisory_xact_lock(1396786945, -4);
            -- Whatever starts sagas and has not seen what is written here is over, and what comes later sees it.
            IF deed = 'retire' THEN PERFORM pg_advisory_xact_lock(1396786945, -3); END IF;
            SELECT max(activated_at) INTO active FROM workflow_versions WHERE workflow = named;
            UPDATE workflow_versions SET
                activated_at = CASE WHEN deed = 'retire' THEN activated_at
                    ELSE greatest(clock_timestamp(), active + interval '1 microsecond') END,
                retired_at = CASE WHEN deed = 'retire' THEN clock_timestamp() END,
                changes = changes + 1
            WHERE workflow = named AND version = numbered AND activated_at IS DISTINCT FROM active
                AND (deed <> 'retire' OR retired_at IS NULL);
            RETURN FOUND;
        END $$;
        COMMENT ON FUNCTION saga_change_version IS
            'Activates or retires a version. False if there is nothing to change, or it would leave the workflow without an active one.';

        CREATE FUNCTION saga_begin_starts(writer bigint, versions int[]) RETURNS timestamptz LANGUAGE plpgsql AS $$
        DECLARE
            began timestamptz := saga_begin_commit(writer);
        BEGIN
            PERFORM pg_advisory_xact_lock_shared(1396786945, -3);
            IF EXISTS (SELECT FROM workflow_versions WHERE id = ANY (versions) AND retired_at IS NOT NULL) THEN
                RAISE EXCEPTION 'a version is retired with which a saga would start' USING ERRCODE = 'SG004';
            END IF;
            RETURN began;
        END $$;
        COMMENT ON FUNCTION saga_begin_starts IS
            'saga_begin_commit for a transaction in which sagas start. Fails with SG004 if one of the versions is retired; if not, it cannot be until the transaction has ended.';
        """
}
