extension Schema {
    /// Sagas that were written to files and dropped.
    ///
    /// One advisory lock more is in use: (1396786945, -2), held by who archives.
    static let archive = """
        CREATE TABLE saga_archives (
            number     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            written_at timestamptz NOT NULL DEFAULT clock_timestamp(),
            dropped_at timestamptz,
            sagas      int NOT NULL CHECK (sagas > 0),
            bytes      bigint NOT NULL,
            digest     bytea NOT NULL CHECK (octet_length(digest) = 32),
            file       text COLLATE "C" NOT NULL
        );
        CREATE INDEX saga_archives_open ON saga_archives (number) WHERE dropped_at IS NULL;
        COMMENT ON TABLE saga_archives IS
            'Files of sagas that have ended. A row is there once its file was read again and found to be what was written.';
        COMMENT ON COLUMN saga_archives.dropped_at IS 'When all that stands in the file was dropped; null until then.';
        COMMENT ON COLUMN saga_archives.digest IS 'SHA-256 of the file.';

        CREATE TABLE saga_archived (
            id              uuid PRIMARY KEY,
            archive         bigint NOT NULL,
            ended_at        timestamptz NOT NULL,
            input_digest    bytea NOT NULL,
            status          text COLLATE "C" NOT NULL CHECK (status IN ('completed', 'compensated', 'abandoned')),
            workflow        text COLLATE "C" NOT NULL,
            tenant          text COLLATE "C" NOT NULL,
            idempotency_key text COLLATE "C" NOT NULL,
            CONSTRAINT saga_archived_start_key UNIQUE (idempotency_key, workflow, tenant)
        );
        CREATE INDEX saga_archived_ended ON saga_archived (ended_at);
        COMMENT ON TABLE saga_archived IS
            'What is left of a saga that was archived: its key, so that no second one is started with it, and where it is.';
        COMMENT ON COLUMN saga_archived.archive IS 'saga_archives.number of the file that it stands in.';

        -- Lines about a saga go with it; none other ever does.
        DROP TRIGGER saga_audit_append_only ON saga_audit;
        CREATE TRIGGER saga_audit_append_only BEFORE UPDATE OR TRUNCATE ON saga_audit
            FOR EACH STATEMENT EXECUTE FUNCTION saga_refuse_change();
        CREATE FUNCTION saga_refuse_audit_loss() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF OLD.saga_id IS NULL OR NOT EXISTS (SELECT FROM saga_archived WHERE id = OLD.saga_id) THEN
                RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'SG003';
            END IF;
            RETURN OLD;
        END $$;
        CREATE TRIGGER saga_audit_no_loss BEFORE DELETE ON saga_audit
            FOR EACH ROW EXECUTE FUNCTION saga_refuse_audit_loss();

        -- Families go together: what was written of one must be all there is of it.
        CREATE FUNCTION saga_drop_archived(file bigint, roots uuid[], ids uuid[], revisions int[])
        RETURNS int LANGUAGE plpgsql AS $$
        DECLARE
            gone uuid[];
        BEGIN
            PERFORM FROM sagas WHERE id = ANY (ids) ORDER BY id FOR UPDATE;
            WITH named AS (SELECT * FROM unnest(roots, ids, revisions) AS n(root, id, revision)),
            unfit AS (
                SELECT n.root FROM named n LEFT JOIN sagas s ON s.id = n.id
                WHERE s.id IS NULL OR s.ended_at IS NULL OR s.revision <> n.revision
                UNION ALL
                SELECT n.root FROM named n JOIN saga_origins c ON c.parent_id = n.id
                WHERE NOT c.id = ANY (ids)
            )
            SELECT array_agg(id) INTO gone FROM named WHERE root NOT IN (SELECT root FROM unfit);
            IF gone IS NULL THEN RETURN 0; END IF;
            INSERT INTO saga_archived (id, archive, ended_at, input_digest, status, workflow, tenant, idempotency_key)
                SELECT s.id, file, s.ended_at, o.input_digest, s.status, o.workflow, o.tenant, o.idempotency_key
                FROM sagas s JOIN saga_origins o USING (id) WHERE s.id = ANY (gone);
            DELETE FROM saga_audit WHERE saga_id = ANY (gone);
            DELETE FROM saga_incident_comments WHERE saga_id = ANY (gone);
            DELETE FROM saga_incident_assignees WHERE saga_id = ANY (gone);
            DELETE FROM saga_incidents WHERE saga_id = ANY (gone);
            DELETE FROM saga_waits WHERE saga_id = ANY (gone);
            DELETE FROM saga_taken_events WHERE saga_id = ANY (gone);
            DELETE FROM saga_origins WHERE id = ANY (gone);
            DELETE FROM sagas WHERE id = ANY (gone);
            RETURN cardinality(gone);
        END $$;
        COMMENT ON FUNCTION saga_drop_archived IS
            'Drops the rows of sagas that stand in a file, as long as they are as they were written; their history goes with its partition.';

        CREATE FUNCTION saga_old_partitions(before timestamptz)
        RETURNS TABLE (name text, low uuid, high uuid) LANGUAGE sql STABLE AS $$
            SELECT p.name, saga_id_floor(p.week), saga_id_floor(p.week + interval '7 days')
            FROM (
                SELECT c.relname AS name, to_date(right(c.relname, 7), 'IYYY"w"IW')::timestamp AT TIME ZONE 'UTC' AS week
                FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
                WHERE i.inhparent = 'saga_history'::regclass AND c.relname ~ '^saga_history_[0-9]{4}w[0-9]{2}$'
            ) AS p
            WHERE p.week + interval '7 days' <= before ORDER BY p.week
        $$;
        COMMENT ON FUNCTION saga_old_partitions IS 'Weeks of history that were over at that time, and their ids.';

        CREATE FUNCTION saga_drop_partition(wanted text, before timestamptz) RETURNS bool LANGUAGE plpgsql AS $$
        DECLARE
            week record;
        BEGIN
            SELECT * INTO week FROM saga_old_partitions(before) AS p WHERE p.name = wanted;
            IF NOT FOUND THEN RETURN false; END IF;
            IF EXISTS (SELECT FROM sagas WHERE id >= week.low AND id < week.high) THEN RETURN false; END IF;
            -- For a moment nobody writes or reads history. Whoever has it open for longer is not waited for.
            SET LOCAL lock_timeout = '1s';
            LOCK TABLE ONLY saga_history IN ACCESS EXCLUSIVE MODE;
            -- Again: nobody can have started one in between and not be seen now.
            IF EXISTS (SELECT FROM sagas WHERE id >= week.low AND id < week.high) THEN RETURN false; END IF;
            EXECUTE format('DROP TABLE %I', wanted);
            RETURN true;
        END $$;
        COMMENT ON FUNCTION saga_drop_partition IS
            'Drops a week of history as a whole, once no saga of that week is there any more; false if there is one.';
        """
}
